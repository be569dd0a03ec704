-- One row per portfolio, valued trading day and security held. A view: positions x days are many.
with

positions as (
    select
        portfolio_id,
        as_of_date,
        security_id,
        snapshot_date,
        quantity,
        price_date,
        close_price,
        market_value,
        source_file
    from {{ ref('int_positions_priced') }}
),

final as (
    select
        positions.portfolio_id,
        positions.as_of_date,
        positions.security_id,
        positions.snapshot_date,
        positions.quantity,
        positions.price_date,
        positions.close_price,
        positions.market_value,
        cast({{ ratio('positions.market_value', 'portfolio_days.market_value') }} as decimal(18, 10)) as actual_weight,
        positions.source_file
    from positions
    inner join {{ ref('fct_portfolio_daily') }} as portfolio_days
        on positions.portfolio_id = portfolio_days.portfolio_id
        and positions.as_of_date = portfolio_days.as_of_date
)

select * from final
