-- One row per portfolio and holdings snapshot that was ever in force, or is still to be.
with

snapshots as (
    select
        portfolio_id,
        snapshot_date,
        position_count,
        valid_from,
        valid_to
    from {{ ref('int_snapshots_in_force') }}
),

final as (
    select
        snapshots.portfolio_id,
        snapshots.snapshot_date,
        snapshots.valid_from,
        snapshots.valid_to,
        snapshots.position_count,
        {{ is_in_force('snapshots', 'stg_as_of_date.as_of_date') }} as is_current
    from snapshots
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
    -- a snapshot of a portfolio that was closed by then is in force on no day
    where snapshots.valid_to is null or snapshots.valid_from < snapshots.valid_to
)

select * from final
