-- One row per valued trading day: the facts' total, and quantity x price recomputed from staging.
-- A control that shared the marts' way to the number would repeat their mistakes: this one looks prices up on its own,
-- and multiplies as decimals throughout.
with

portfolio_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        market_value
    from {{ ref('fct_portfolio_daily') }}
),

closes as (
    select
        security_id,
        price_date,
        close_price,
        lead(price_date) over (partition by security_id order by price_date) as next_price_date
    from {{ ref('stg_prices') }}
    where reject_reason is null
),

closes_of_the_day as (
    select
        closes.security_id,
        dim_date.as_of_date,
        closes.close_price
    from closes
    inner join {{ ref('dim_date') }} as dim_date
        on closes.price_date <= dim_date.as_of_date
        and (closes.next_price_date is null or closes.next_price_date > dim_date.as_of_date)
),

fact_values as (
    select
        as_of_date,
        cast(sum(market_value) as decimal(38, 2)) as fact_value
    from portfolio_days
    group by as_of_date
),

recomputed_values as (
    select
        portfolio_days.as_of_date,
        cast(
            sum(
                cast(
                    cast(stg_holdings.quantity as decimal(20, 6))
                    * cast(closes_of_the_day.close_price as decimal(12, 6)) as decimal(18, 2)
                )
            ) as decimal(38, 2)
        ) as recomputed_value
    from portfolio_days
    inner join {{ ref('stg_holdings') }} as stg_holdings
        on portfolio_days.portfolio_id = stg_holdings.portfolio_id
        and portfolio_days.snapshot_date = stg_holdings.snapshot_date
        and stg_holdings.reject_reason is null
    inner join closes_of_the_day
        on stg_holdings.security_id = closes_of_the_day.security_id
        and portfolio_days.as_of_date = closes_of_the_day.as_of_date
    group by portfolio_days.as_of_date
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
