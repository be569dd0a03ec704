-- One row per security that portfolios are valued with on the as-of date on a close older than the day.
with

positions as (
    select
        positions.portfolio_id,
        positions.as_of_date,
        positions.security_id,
        positions.price_date,
        positions.market_value
    from {{ ref('int_positions_priced') }} as positions
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on positions.as_of_date = stg_as_of_date.as_of_date
    where positions.is_stale
),

-- a portfolio that another position leaves without a value is valued with none
holders as (
    select
        positions.security_id,
        positions.price_date,
        positions.as_of_date,
        count(*) as portfolio_count,
        sum(positions.market_value) as market_value
    from positions
    inner join {{ ref('fct_portfolio_daily') }} as portfolio_days
        on positions.portfolio_id = portfolio_days.portfolio_id
        and positions.as_of_date = portfolio_days.as_of_date
    group by positions.security_id, positions.price_date, positions.as_of_date
),

final as (
    select
        holders.security_id,
        holders.price_date,
        cast(valued_days.trading_day_number - price_days.trading_day_number as integer) as stale_days,
        cast(holders.portfolio_count as integer) as portfolio_count,
        cast(holders.market_value as decimal(38, 2)) as market_value
    from holders
    inner join {{ ref('int_trading_days') }} as valued_days on holders.as_of_date = valued_days.as_of_date
    inner join {{ ref('int_trading_days') }} as price_days on holders.price_date = price_days.as_of_date
)

select * from final
