-- Guards against two answers: who is valued on the last day has there the positions that position_daily has. On one day,
-- written out, for the view is computed anew for every test.
{% set last_day = dates_computed()[-1] if execute else 'null' %}

with

latest as (
    select
        portfolio_id,
        security_id,
        snapshot_date,
        quantity,
        price_date,
        close_price,
        market_value,
        actual_weight
    from {{ ref('latest_positions') }}
    where as_of_date = {{ last_day }}
),

positions_of_the_day as (
    select
        positions.portfolio_id,
        positions.security_id,
        positions.snapshot_date,
        positions.quantity,
        positions.price_date,
        positions.close_price,
        positions.market_value,
        positions.actual_weight
    from {{ ref('position_daily') }} as positions
    inner join {{ ref('drift_monitor') }} as drift_monitor
        on positions.portfolio_id = drift_monitor.portfolio_id
        and positions.as_of_date = drift_monitor.as_of_date
    where positions.as_of_date = {{ last_day }}
)

select
    coalesce(latest.portfolio_id, positions_of_the_day.portfolio_id) as portfolio_id,
    coalesce(latest.security_id, positions_of_the_day.security_id) as security_id
from latest
full join positions_of_the_day
    on latest.portfolio_id = positions_of_the_day.portfolio_id
    and latest.security_id = positions_of_the_day.security_id
where
    latest.snapshot_date is distinct from positions_of_the_day.snapshot_date
    or latest.quantity is distinct from positions_of_the_day.quantity
    or latest.price_date is distinct from positions_of_the_day.price_date
    or latest.close_price is distinct from positions_of_the_day.close_price
    or latest.market_value is distinct from positions_of_the_day.market_value
    or latest.actual_weight is distinct from positions_of_the_day.actual_weight
