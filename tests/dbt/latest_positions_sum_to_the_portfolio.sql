-- Guards the latest positions: a portfolio's are as many as its snapshot lists, and sum to its value, to the cent.
with

position_totals as (
    select
        portfolio_id,
        as_of_date,
        sum(market_value) as position_total,
        count(*) as position_count
    from {{ ref('latest_positions') }}
    group by portfolio_id, as_of_date
),

portfolios as (
    select
        drift_monitor.portfolio_id,
        drift_monitor.as_of_date,
        drift_monitor.market_value,
        snapshots.position_count
    from {{ ref('drift_monitor') }} as drift_monitor
    left join {{ ref('holdings_snapshots') }} as snapshots
        on drift_monitor.portfolio_id = snapshots.portfolio_id
        and drift_monitor.snapshot_date = snapshots.snapshot_date
)

select coalesce(portfolios.portfolio_id, position_totals.portfolio_id) as portfolio_id
from portfolios
full join position_totals
    on portfolios.portfolio_id = position_totals.portfolio_id
    and portfolios.as_of_date = position_totals.as_of_date
where
    position_totals.position_total is distinct from portfolios.market_value
    or position_totals.position_count is distinct from portfolios.position_count
