-- One row per open portfolio and position, on the portfolio's latest valued day: with the lines that it was made from.
with

latest_days as (
    select
        portfolio_id,
        as_of_date
    from {{ ref('drift_monitor') }}
),

positions as (
    select
        positions.portfolio_id,
        positions.as_of_date,
        positions.security_id,
        positions.snapshot_date,
        positions.quantity,
        positions.price_date,
        positions.close_price,
        positions.market_value,
        positions.actual_weight
    from {{ ref('position_daily') }} as positions
    inner join latest_days
        on positions.portfolio_id = latest_days.portfolio_id and positions.as_of_date = latest_days.as_of_date
),

holdings as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        source_file,
        source_line
    from {{ ref('stg_holdings') }}
    where reject_reason is null
),

prices as (
    select
        security_id,
        price_date,
        source_file,
        source_line
    from {{ ref('stg_prices') }}
    where reject_reason is null
),

trading_days as (
    select
        as_of_date,
        trading_day_number
    from {{ ref('int_trading_days') }}
),

final as (
    select
        positions.portfolio_id,
        positions.as_of_date,
        positions.security_id,
        dim_security.security_name,
        dim_security.asset_class,
        dim_security.sector,
        positions.snapshot_date,
        positions.quantity,
        positions.price_date,
        cast(days.trading_day_number - price_days.trading_day_number as integer) as price_age_days,
        positions.close_price,
        positions.market_value,
        positions.actual_weight,
        holdings.source_file as holding_source_file,
        cast(holdings.source_line as integer) as holding_source_line,
        prices.source_file as price_source_file,
        cast(prices.source_line as integer) as price_source_line
    from positions
    inner join {{ ref('dim_security') }} as dim_security on positions.security_id = dim_security.security_id
    inner join trading_days as days on positions.as_of_date = days.as_of_date
    inner join trading_days as price_days on positions.price_date = price_days.as_of_date
    inner join holdings
        on positions.portfolio_id = holdings.portfolio_id
        and positions.snapshot_date = holdings.snapshot_date
        and positions.security_id = holdings.security_id
    inner join prices
        on positions.security_id = prices.security_id and positions.price_date = prices.price_date
)

select * from final
order by portfolio_id, security_id -- who asks for a portfolio reads its blocks only
