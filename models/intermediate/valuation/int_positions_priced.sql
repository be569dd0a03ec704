-- One row per portfolio, trading day and position with a usable price. Never stored: positions x days are many.
-- The day says which snapshot is in force, the snapshot what is held, the security and the day what it costs.
with

portfolio_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date
    from {{ ref('int_portfolio_days') }}
),

positions as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        asset_class,
        quantity,
        source_file
    from {{ ref('int_positions_in_force') }}
),

prices as (
    select
        security_id,
        as_of_date,
        price_date,
        close_price,
        is_stale
    from {{ ref('int_prices_of_the_day') }}
),

final as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        positions.security_id,
        positions.asset_class,
        portfolio_days.snapshot_date,
        positions.quantity,
        prices.price_date,
        prices.close_price,
        prices.is_stale,
        {{ market_value('positions.quantity', 'prices.close_price') }} as market_value,
        positions.source_file
    from portfolio_days
    inner join positions
        on portfolio_days.portfolio_id = positions.portfolio_id
        and portfolio_days.snapshot_date = positions.snapshot_date
    inner join prices
        on positions.security_id = prices.security_id
        and portfolio_days.as_of_date = prices.as_of_date
)

select * from final
