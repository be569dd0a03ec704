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
