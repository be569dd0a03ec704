{# What dbt-spark leaves out. #}

{#
    A contract's not_null. DuckDB's tables have it; Spark's Parquet tables can't, and dbt-spark passes over it in silence: so
    there the select that fills the table stops at a null.
#}
{% macro spark__get_select_subquery(sql) -%}
    select
        {%- for column in model.columns.values() %}
        {%- set stop = stop_with("'" ~ model.name ~ '.' ~ column.name ~ " is null: its contract has not_null'") %}
        {{ 'coalesce(' ~ column.name ~ ', ' ~ stop ~ ') as ' ~ column.name
            if column.constraints | selectattr('type', 'equalto', 'not_null') | list else column.name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as rows_under_contract
{%- endmacro %}

{# A text in a fixture of a unit test: to Spark a backslash in a literal escapes what follows, which dbt-spark overlooks. #}
{% macro spark__escape_single_quotes(expression) -%}
    {{- expression | replace('\\', '\\\\') | replace("'", "\\'") -}}
{%- endmacro %}

{# A view for the time of a step, named after the step: unit tests of different models may share a name, and run at once. #}
{% macro spark__make_temp_relation(base_relation, suffix) -%}
    {%- set name = model.unique_id | replace('.', '__') ~ suffix -%}
    {{ return(base_relation.incorporate(path={'identifier': name}).include(database=false, schema=false)) }}
{%- endmacro %}
