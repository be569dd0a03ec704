{# The rows of a landing table as they landed: its columns as text, source_file, source_line, malformed_line. #}
{% macro landed_rows(table_name) -%}
    {{ return(adapter.dispatch('landed_rows')(path_var('landing'), table_name)) }}
{%- endmacro %}

{% macro duckdb__landed_rows(landing, table_name) -%}
    {{ return(answer_of_the_door('landing_query', landing, table_name)) }}
{%- endmacro %}

{# Asks scripts/landing for the SQL that reads a file; a file that it refuses stops the build with one clear line. #}
{% macro answer_of_the_door(function, first, second) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set arguments = [first, second] | map('string') | map('replace', "'", "''") | list -%}
    {%- set call = "select " ~ function ~ "('" ~ arguments[0] ~ "', '" ~ arguments[1] ~ "')" -%}
    {%- set answer = fromjson(run_query(call).columns[0].values()[0]) -%}
    {%- if 'refused' in answer -%}{{ exceptions.raise_compiler_error(answer.refused) }}{%- endif -%}
    {{ return(answer.sql) }}
{%- endmacro %}
