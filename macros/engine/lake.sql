{#
    The target `lake` alone: one build at a time, and a book that readers see whole. dbt commits model by model, so who looks
    at the newest state of the lake during a build sees tables of two books. A build that went well therefore ends by writing
    down the version (DuckLake's snapshot) at which it was complete, and readers attach the lake at the last such version.
#}
{% macro lock_the_lake() %}
    {%- if writes_to_the_lake() -%}{{ build_lock('take') }}{%- endif -%}
{% endmacro %}

{# Commands that compile or test read the lake as it is. #}
{% macro writes_to_the_lake() -%}
    {%- set writing = ['build', 'run', 'seed', 'snapshot', 'retry', 'clone'] -%}
    {{ return(execute and target.name == 'lake' and invocation_args_dict.which in writing) }}
{%- endmacro %}

{% macro build_lock(action) %}
    {%- set answer = fromjson(run_query("select build_lock('" ~ action ~ "')").columns[0].values()[0]) -%}
    {%- if 'refused' in answer -%}{{ exceptions.raise_compiler_error(answer.refused) }}{%- endif -%}
{% endmacro %}

{#
    Publishes what a whole build has made: every node of the project, every data test passed, no control that blocks. Else
    readers go on seeing the book before.
#}
{% macro publish_on_the_lake(results) %}
    {%- if writes_to_the_lake() -%}
        {%- set why_not = why_not_published(results) -%}
        {%- if why_not -%}
            {%- do log('Not published: ' ~ why_not ~ '. Readers go on seeing the book before.', info=true) -%}
        {%- else -%}
            {%- set blocking = run_query("select control, worst_finding from audit.controls where outcome = 'blocks'") -%}
            {%- for row in blocking.rows -%}
                {{ exceptions.raise_compiler_error('not published, the control ' ~ row[0] ~ ' blocks: ' ~ row[1]) }}
            {%- endfor -%}
            {{ build_lock('check') }}
            {%- do run_query(new_published_version()) -%}
            {%- set version = run_query('select max(version) from audit.published_versions').columns[0].values()[0] -%}
            {%- do log('Published: version ' ~ version ~ ' of the lake', info=true) -%}
        {%- endif -%}
        {{ build_lock('release') }}
    {%- endif -%}
{% endmacro %}

{# Empty where every node of the project was built on all its rows and every data test passed. #}
{% macro why_not_published(results) -%}
    {%- set of_the_book = ['model', 'seed', 'snapshot', 'test'] -%}
    {%- set done = results | map(attribute='node.unique_id') | list -%}
    {%- set left_out = graph.nodes.values() | selectattr('resource_type', 'in', of_the_book)
        | rejectattr('config.materialized', 'equalto', 'ephemeral') | rejectattr('unique_id', 'in', done) | list -%}
    {%- if results | rejectattr('status', 'in', ['success', 'pass', 'warn', 'no-op']) | list -%}
        {{ return('the build failed') }}
    {%- elif flags.EMPTY or flags.SAMPLE -%}
        {{ return('it was built without all rows') }}
    {%- elif left_out or invocation_args_dict.which != 'build' -%}
        {{ return('only a part of the book was built') }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{# One row per book that readers may see. The version is that of the lake before the row is added. #}
{% macro new_published_version() -%}
    create table if not exists audit.published_versions (
        version bigint not null,
        as_of_date date not null,
        published_at timestamp not null,
        invocation_id varchar not null
    );
    insert into audit.published_versions
    select
        (select id from ducklake_current_snapshot('{{ target.database }}')),
        (select as_of_date from staging.stg_as_of_date),
        now() at time zone 'UTC',
        '{{ invocation_id }}';
{%- endmacro %}

{#
    `dbt run-operation prune_the_lake --target lake`: keeps the newest published books (var kept_daily_runs) and lets go of all
    other states of the lake. The files that only those needed are deleted once they have been unused for some days, for
    somebody may still be reading them.
#}
{% macro prune_the_lake(unused_for_days=7) %}
    {{ build_lock('take') }}
    {%- set kept = run_query(
        'select version from audit.published_versions order by version desc limit ' ~ integer_var('kept_daily_runs')
    ).columns[0].values() | map('int') | list -%}
    {%- if not kept -%}{{ exceptions.raise_compiler_error('nothing is published, or nothing would be kept') }}{%- endif -%}
    {%- do run_query('delete from audit.published_versions where version not in (' ~ kept | join(', ') ~ ')') -%}
    {%- set expired = run_query(
        "select snapshot_id from ducklake_snapshots('" ~ target.database ~ "') where snapshot_id not in (" ~ kept | join(', ')
        ~ ") and snapshot_id < (select id from ducklake_current_snapshot('" ~ target.database ~ "'))"
    ).columns[0].values() | map('int') | list -%}
    {%- if expired -%}
        {%- do run_query("call ducklake_expire_snapshots('" ~ target.database ~ "', versions => " ~ expired ~ ')') -%}
    {%- endif -%}
    {%- for delete in ['ducklake_cleanup_old_files', 'ducklake_delete_orphaned_files'] -%}
        {%- do run_query(
            'call ' ~ delete ~ "('" ~ target.database ~ "', older_than => now() - interval '" ~ unused_for_days | int ~ " days')"
        ) -%}
    {%- endfor -%}
    {%- do log(kept | length ~ ' published versions are kept; ' ~ expired | length ~ ' other states are gone', info=true) -%}
    {{ build_lock('release') }}
{% endmacro %}
