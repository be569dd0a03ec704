-- One row per position of a usable snapshot: what is held, and the days it is held.
with

holdings as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        quantity,
        source_file
    from {{ ref('stg_holdings') }}
    where reject_reason is null
),

final as (
    select
        holdings.portfolio_id,
        holdings.snapshot_date,
        holdings.security_id,
        stg_securities.asset_class,
        holdings.quantity,
        holdings.source_file,
        snapshots.valid_from,
        snapshots.valid_to
    from holdings
    inner join {{ ref('int_snapshots_in_force') }} as snapshots
        on holdings.portfolio_id = snapshots.portfolio_id and holdings.snapshot_date = snapshots.snapshot_date
    inner join {{ ref('stg_securities') }} as stg_securities
        on holdings.security_id = stg_securities.security_id and stg_securities.reject_reason is null
)

select * from final
