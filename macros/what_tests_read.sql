{#
    What a generic test reads of a model, in dbt's own hook for it. In an update the tests of a table that is brought up to
    date look at the dates that the update computed; content hashes prove the other days unchanged (scripts/runs), and a
    full build tests them all. The dates are written out, which lets DuckDB pass over all other rows.
    In `where`, __last_date_computed__ stands for the last of them.
#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- set where = config.get('where', '') or '' -%}
    {%- if execute and '__last_date_computed__' in where -%}
        {%- set where = where.replace('__last_date_computed__', dates_computed()[-1]) -%}
    {%- endif -%}
    {%- if where -%}{%- do conditions.append('(' ~ where ~ ')') -%}{%- endif -%}
    {%- if execute and is_update() and is_brought_up_to_date(relation) -%}
        {%- do conditions.append('as_of_date in (' ~ dates_computed() | join(', ') ~ ')') -%}
    {%- endif -%}
    {%- if conditions -%}
        (select * from {{ relation }} where {{ conditions | join(' and ') }}) as rows_to_test
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro is_brought_up_to_date(relation) -%}
    {%- set models = graph.nodes.values() | selectattr('relation_name', 'equalto', relation | string) | list -%}
    {{ return((models | first).config.materialized == 'incremental' if models else false) }}
{%- endmacro %}

{% macro dates_computed() -%}
    {%- set dates = [] -%}
    {%- set query = 'select as_of_date from intermediate.int_dates_computed order by as_of_date' -%}
    {%- for (date,) in run_query(query).rows -%}{%- do dates.append("date '" ~ date ~ "'") -%}{%- endfor -%}
    {{ return(dates or ['null']) }}
{%- endmacro %}
