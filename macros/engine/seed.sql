{#
    Seeds come through the same door as a user's own files (scripts/landing). dbt's own loader fills an existing table by
    the position of columns, guesses types, and lets one short line turn a whole file to text.
#}
{% materialization seed, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if config.get('meta', {}).get('is_landing_table') -%}
        {%- set folder = model.original_file_path.rsplit('/', 1)[0] -%}
        {%- set rows = answer_of_the_door('landing_query', folder, model.name) -%}
    {%- else -%}
        {%- set rows = answer_of_the_door('policy_query', model.original_file_path, tojson(config.get('column_types'))) -%}
    {%- endif -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace table {{ target_relation }} as
        {{ rows }}
    {%- endcall %}
    {#- what `dbt seed --show` prints -#}
    {%- do store_result('agate_table', response='OK', agate_table=run_query('select * from ' ~ target_relation ~ ' limit 10')) -%}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
    Policy on Spark. dbt reads the file here and sends its text in one statement, so that a cluster need not see the file; each
    value is held to the grammar of its type, as scripts/landing does, and empty ones to the not_null tests of _policy.yml.
#}
{% materialization seed, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if config.get('meta', {}).get('is_landing_table') -%}
        {{ exceptions.raise_compiler_error(
            "landing: Spark reads landed Parquet, not seeds/raw; say --vars 'landing: FOLDER' (`drift simulate --format parquet` makes one)"
        ) }}
    {%- endif -%}
    {%- set types = config.get('column_types') -%}
    {%- set table = load_agate_table() -%}
    {%- if table.column_names | sort != types | sort -%}
        {{ exceptions.raise_compiler_error(
            model.original_file_path ~ ', line 1: the columns must be ' ~ types | join(', ') ~ '; it has ' ~ table.column_names | join(', ')
        ) }}
    {%- endif -%}
    {%- set rows = [] -%}
    {%- for row in table.rows -%}
        {%- set fields = {'line': loop.index + 1} -%}
        {%- for column in types -%}{%- do fields.update({column: (row[column] or '').strip(' \t')}) -%}{%- endfor -%}
        {%- do rows.append(fields) -%}
    {%- endfor -%}
    {%- set text = tojson(rows) | replace('\\', '\\\\') | replace("'", "\\'") -%}

    {{ run_hooks(pre_hooks) }}
    {%- do adapter.drop_relation(target_relation) -%}
    {% call statement('main') -%}
        create table {{ target_relation }} {{ file_format_clause() }} as
        select
            {%- for column, type in types.items() %}
            {{ spark__policy_value(column, type) }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select inline(from_json('{{ text }}', 'array<struct<line: int, {{ types | join(': string, ') }}: string>>'))
        ) as policy
    {%- endcall %}
    {%- do store_result('agate_table', response='OK', agate_table=table) -%}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro spark__policy_value(column, type) -%}
    {%- if type == 'string' -%}
        nullif({{ column }}, '')
    {%- else -%}
        {%- if type == 'date' -%}
            {%- set is_written_so = matches(column, '[0-9]{4}-[0-9]{2}-[0-9]{2}') -%}
        {%- elif type == 'integer' -%}
            {%- set is_written_so = matches(column, '[+-]?[0-9]{1,9}') -%}
        {%- elif type == 'boolean' -%}
            {%- set is_written_so = column ~ " in ('true', 'false')" -%}
        {%- else -%}
            {%- set width, scale = modules.re.findall('[0-9]+', type) | map('int') -%}
            {%- set is_written_so = matches(
                column, '[+-]?0*[0-9]{1,' ~ (width - scale) ~ '}([.][0-9]{1,' ~ scale ~ '}0*)?'
            ) -%}
        {%- endif -%}
        case
            when {{ column }} = '' then null
            when {{ is_written_so }} and try_cast({{ column }} as {{ type }}) is not null then cast({{ column }} as {{ type }})
            else {{ stop_with(
                "'" ~ model.original_file_path ~ ", line ' || line || ': " ~ column ~ ' is "\' || ' ~ column ~ ' || \'", which is no ' ~ type ~ "'"
            ) }}
        end
    {%- endif -%}
{%- endmacro %}
