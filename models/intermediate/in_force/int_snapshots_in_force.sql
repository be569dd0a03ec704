-- One row per usable holdings snapshot: the days it is in force, until the next snapshot or the portfolio's closing.
with

snapshots as (
    select
        portfolio_id,
        snapshot_date,
        cast(count(*) as integer) as position_count
    from {{ ref('stg_holdings') }}
    where reject_reason is null
    group by portfolio_id, snapshot_date
),

followed as (
    select
        portfolio_id,
        snapshot_date,
        position_count,
        {{ next_of_its_kind('snapshot_date', 'portfolio_id') }} as next_snapshot_date
    from snapshots
),

portfolios as (
    select
        portfolio_id,
        closed_date
    from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

final as (
    select
        followed.portfolio_id,
        followed.snapshot_date,
        followed.position_count,
        followed.snapshot_date as valid_from,
        least(followed.next_snapshot_date, portfolios.closed_date) as valid_to
    from followed
    inner join portfolios on followed.portfolio_id = portfolios.portfolio_id
)

select * from final
