-- One row: the run that makes this build. A plain `dbt build` has a start and no id.
with

handed_over as (
    {{ rows_handed_over('this_run', {'run_id': 'string', 'started_at': 'timestamp'}) }}
),

final as (
    select
        run_id,
        started_at
    from handed_over
    union all
    select
        cast(null as string) as run_id,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as started_at
    where not exists (select run_id from handed_over)
)

select * from final
