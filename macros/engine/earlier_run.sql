{#
    An update: a guarded run lets dbt build on a copy of the book's last published file, and says so by the var earlier_run,
    the path of that file. It is attached for reading, beside the copy. Any other build knows nothing of earlier ones; one
    with dbt's --full-refresh looks at none (a flag, for with other vars dbt would parse the project anew).
#}
{% macro is_update() -%}{{ return(path_var('earlier_run') != '' and not flags.FULL_REFRESH) }}{%- endmacro %}

{% macro attach_earlier_run() -%}{% if is_update() %}{{ adapter.dispatch('attach_earlier_run')() }}{% endif %}{%- endmacro %}
{% macro duckdb__attach_earlier_run() -%}
    attach if not exists '{{ path_var('earlier_run') }}' as earlier (read_only)
{%- endmacro %}
{% macro spark__attach_earlier_run() -%}
    {{ exceptions.raise_compiler_error('var earlier_run: an update is of a DuckDB file; Spark builds everything') }}
{%- endmacro %}

{# The rows of a table as the earlier run published it; none where everything is built. #}
{% macro rows_of_earlier_run(table, columns) -%}{{ adapter.dispatch('rows_of_earlier_run')(table, columns) }}{%- endmacro %}
{% macro duckdb__rows_of_earlier_run(table, columns) -%}
    {%- set is_update = is_update() -%}
    select
        {%- for column, type in columns.items() %}
        {{ column if is_update else 'cast(null as ' ~ type ~ ') as ' ~ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {% if is_update %}from earlier.{{ table }}{% else %}where false{% endif %}
{%- endmacro %}
{% macro spark__rows_of_earlier_run(table, columns) -%}
    select
        {%- for column, type in columns.items() %}
        cast(null as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#
    How an update changes a table that has a row for each day: what no longer stands goes, by the change set and not by the
    keys of the new rows, so that a row whose input vanished vanishes too. Then what was computed comes.
#}
{% macro get_incremental_restatement_sql(strategy) -%}
    {%- set target = strategy.target_relation -%}
    {%- set columns = strategy.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set change_set = target.incorporate(path={'schema': 'intermediate', 'identifier': 'int_restated_days'}) -%}
    {%- set dates = target.incorporate(path={'schema': 'intermediate', 'identifier': 'int_dates_computed'}) -%}
    {%- set last_standing_day = target.incorporate(path={'schema': 'intermediate', 'identifier': 'int_last_standing_day'}) -%}
    delete from {{ target }}
    where coalesce(as_of_date > (select last_standing_date from {{ last_standing_day }}), true);
    {% if 'portfolio_id' in strategy.unique_key -%}
    delete from {{ target }} using {{ change_set }} as restated
    where {{ target.identifier }}.portfolio_id = restated.portfolio_id
        and {{ target.identifier }}.as_of_date = restated.as_of_date;
    {%- else -%}
    delete from {{ target }} where as_of_date in (select as_of_date from {{ dates }});
    {%- endif %}
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ strategy.temp_relation }};
{%- endmacro %}

{#
    How an update changes a table that has a row for each scored day: what int_standing_scores does not name goes (a day
    restated within the features' reach, the as-of date of before, what vanished), and what was computed comes.
#}
{% macro get_incremental_rescoring_sql(strategy) -%}
    {%- set target = strategy.target_relation -%}
    {%- set columns = strategy.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set standing_scores = target.incorporate(path={'schema': 'intermediate', 'identifier': 'int_standing_scores'}) -%}
    delete from {{ target }}
    where not exists (
        select 1 from {{ standing_scores }} as standing
        where standing.portfolio_id = {{ target.identifier }}.portfolio_id
            and standing.as_of_date = {{ target.identifier }}.as_of_date
    );
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ strategy.temp_relation }};
{%- endmacro %}
