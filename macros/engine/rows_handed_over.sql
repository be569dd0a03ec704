{#
    What the guarded run hands over to a build: the rows of <run_context>/<name>.parquet, its columns in the types given. A
    plain build is handed nothing, which is no row; a file that is missing from the folder stops the build.
#}
{% macro rows_handed_over(name, columns) -%}
    {{ adapter.dispatch('rows_handed_over')(path_var('run_context'), name, columns) }}
{%- endmacro %}
{% macro duckdb__rows_handed_over(folder, name, columns) -%}
    select
        {%- for column, type in columns.items() %}
        cast({{ column if folder else 'null' }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {% if folder %}from read_parquet('{{ folder }}/{{ name }}.parquet'){% else %}where false{% endif %}
{%- endmacro %}
{% macro spark__rows_handed_over(folder, name, columns) -%}
    select
        {%- for column, type in columns.items() %}
        cast({{ column if folder else 'null' }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {% if folder %}from parquet.`{{ folder }}/{{ name }}.parquet`{% else %}where false{% endif %}
{%- endmacro %}
