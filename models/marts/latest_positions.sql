-- One row per open portfolio and position, on the portfolio's latest valued day: with the lines that it was made from.
-- Made from what position_daily is made from, by the same macros: through the view all days would be valued first.
with

latest_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        market_value as portfolio_value
    from {{ ref('drift_monitor') }}
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

closes as (
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

positions as (
    select
        latest_days.portfolio_id,
        latest_days.as_of_date,
        latest_days.portfolio_value,
        positions.security_id,
        positions.snapshot_date,
        positions.quantity,
        prices.price_date,
        prices.close_price,
        {{ market_value('positions.quantity', 'prices.close_price') }} as market_value
    from latest_days
    inner join {{ ref('int_positions_in_force') }} as positions
        on latest_days.portfolio_id = positions.portfolio_id
        and latest_days.snapshot_date = positions.snapshot_date
    inner join {{ ref('int_prices_of_the_day') }} as prices
        on positions.security_id = prices.security_id and latest_days.as_of_date = prices.as_of_date
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
        cast({{ ratio('positions.market_value', 'positions.portfolio_value') }} as decimal(18, 10)) as actual_weight,
        holdings.source_file as holding_source_file,
        cast(holdings.source_line as integer) as holding_source_line,
        closes.source_file as price_source_file,
        cast(closes.source_line as integer) as price_source_line
    from positions
    inner join {{ ref('dim_security') }} as dim_security on positions.security_id = dim_security.security_id
    inner join trading_days as days on positions.as_of_date = days.as_of_date
    inner join trading_days as price_days on positions.price_date = price_days.as_of_date
    inner join holdings
        on positions.portfolio_id = holdings.portfolio_id
        and positions.snapshot_date = holdings.snapshot_date
        and positions.security_id = holdings.security_id
    inner join closes
        on positions.security_id = closes.security_id and positions.price_date = closes.price_date
)

select * from final
order by portfolio_id, security_id -- stored by portfolio: who asks for one reads its blocks only
