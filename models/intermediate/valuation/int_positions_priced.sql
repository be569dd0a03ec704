-- One row per portfolio, trading day and position with a usable price. Never stored: positions x days are many.
-- The snapshot says what is held and on which days, the security and the day what it costs.
with

positions as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        asset_class,
        quantity,
        source_file,
        valid_from,
        valid_to
    from {{ ref('int_positions_in_force') }}
),

prices as (
    select
        security_id,
        as_of_date,
        price_date,
        close_price,
        is_stale,
        is_new_day
    from {{ ref('int_prices_of_the_day') }}
),

final as (
    select
        positions.portfolio_id,
        prices.as_of_date,
        positions.security_id,
        positions.asset_class,
        positions.snapshot_date,
        positions.quantity,
        prices.price_date,
        prices.close_price,
        prices.is_stale,
        prices.is_new_day,
        {{ market_value('positions.quantity', 'prices.close_price') }} as market_value,
        positions.source_file
    from positions
    inner join prices
        on positions.security_id = prices.security_id
        and {{ is_in_force('positions', 'prices.as_of_date') }}
)

select * from final
