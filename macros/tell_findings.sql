{# At the end of a run: what each test that failed or warned found, its first rows, so that a slip is named where it is read. #}
{% macro tell_findings(results) -%}
    {%- if execute -%}
        {%- for result in results if result.node.resource_type == 'test' and result.status in ('warn', 'fail') -%}
            {%- do log('What ' ~ result.node.name ~ ' found: ' ~ (result.node.description or result.message), info=true) -%}
            {%- set found = run_query('select * from (' ~ result.node.compiled_code ~ ') as found limit 10') -%}
            {%- for row in found.rows -%}
                {%- set told = [] -%}
                {%- for column in found.column_names if row[column] is not none -%}
                    {%- do told.append(column ~ ' ' ~ row[column]) -%}
                {%- endfor -%}
                {%- do log('    ' ~ told | join(', '), info=true) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
