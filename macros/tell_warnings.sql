{# At the end of a run: what each warning found, its first rows, so that a break is named where it is read. #}
{% macro tell_warnings(results) -%}
    {%- if execute -%}
        {%- for result in results if result.status == 'warn' -%}
            {%- do log('What ' ~ result.node.name ~ ' found (the first 10):', info=true) -%}
            {%- set found = run_query('select * from (' ~ result.node.compiled_code ~ ') as found limit 10') -%}
            {%- for row in found.rows -%}
                {%- set told = [] -%}
                {%- for column in found.column_names if row[column] is not none -%}
                    {%- do told.append(column ~ ' ' ~ row[column]) -%}
                {%- endfor -%}
                {%- do log('  ' ~ told | join(', '), info=true) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
