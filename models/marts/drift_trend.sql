-- One row per trading day, risk profile and status that occurs: how many portfolios, and how much money.
with

portfolio_days as (
    select
        as_of_date,
        risk_profile,
        drift_status,
        market_value
    from {{ ref('fct_portfolio_daily') }}
    union all
    select
        as_of_date,
        risk_profile,
        'Unvalued' as drift_status,
        cast(null as decimal(18, 2)) as market_value
    from {{ ref('int_unvalued_days') }}
),

final as (
    select
        as_of_date,
        risk_profile,
        drift_status,
        cast(count(*) as integer) as portfolio_count,
        cast(sum(market_value) as decimal(18, 2)) as aum
    from portfolio_days
    group by as_of_date, risk_profile, drift_status
)

select * from final
