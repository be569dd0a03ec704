-- One row per valued trading day: the facts' total, and quantity x price recomputed from staging.
-- A control that shared the marts' way to the number would repeat their mistakes: this one looks prices up on its own,
-- and multiplies whole numbers, millionths by cents; where those do not hold a value, decimals.
with

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.snapshot_date,
        portfolio_days.market_value
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on portfolio_days.as_of_date = int_dates_computed.as_of_date
),

holdings as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        quantity,
        case when abs(quantity) <= 1000000 then cast(round(cast(quantity as double) * 1000000) as bigint) end
            as quantity_millionths
    from {{ ref('stg_holdings') }}
    where reject_reason is null
),

closes as (
    select
        security_id,
        price_date,
        close_price,
        case
            when close_price = cast(close_price as decimal(18, 2))
            then cast(cast(close_price as decimal(12, 6)) * 100 as bigint)
        end as close_price_cents,
        lead(price_date) over (partition by security_id order by price_date) as next_price_date
    from {{ ref('stg_prices') }}
    where reject_reason is null
),

days as (
    select dim_date.as_of_date
    from {{ ref('dim_date') }} as dim_date
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on dim_date.as_of_date = int_dates_computed.as_of_date
),

closes_of_the_day as (
    select
        closes.security_id,
        days.as_of_date,
        closes.close_price,
        closes.close_price_cents
    from closes
    inner join days
        on closes.price_date <= days.as_of_date
        and days.as_of_date < {{ end_of('closes.next_price_date') }}
),

fact_values as (
    select
        as_of_date,
        cast(sum(market_value) as decimal(38, 2)) as fact_value
    from portfolio_days
    group by as_of_date
),

held_positions as (
    select
        portfolio_days.as_of_date,
        holdings.quantity,
        closes_of_the_day.close_price,
        case
            when closes_of_the_day.close_price_cents <= 4000000
            then holdings.quantity_millionths * closes_of_the_day.close_price_cents
        end as product
    from portfolio_days
    inner join holdings
        on portfolio_days.portfolio_id = holdings.portfolio_id
        and portfolio_days.snapshot_date = holdings.snapshot_date
    left join closes_of_the_day -- left, so that no engine pairs a day's portfolios with all of its closes first
        on holdings.security_id = closes_of_the_day.security_id
        and portfolio_days.as_of_date = closes_of_the_day.as_of_date
),

position_values as (
    select
        as_of_date,
        case
            when product is not null then {{ rounded_quotient('product', 1000000) }}
            else cast(
                100 * cast(
                    cast(quantity as decimal(20, 6)) * cast(close_price as decimal(12, 6)) as decimal(20, 2)
                ) as bigint
            )
        end as value_cents
    from held_positions
),

recomputed_values as (
    select
        as_of_date,
        cast(sum(cast(value_cents as decimal(20, 0))) * cast(0.01 as decimal(3, 2)) as decimal(38, 2))
            as recomputed_value
    from position_values
    group by as_of_date
),

final as (
    select
        fact_values.as_of_date,
        recomputed_values.recomputed_value,
        fact_values.fact_value
    from fact_values
    left join recomputed_values on fact_values.as_of_date = recomputed_values.as_of_date
)

select * from final
