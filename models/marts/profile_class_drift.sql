-- One row per risk profile and asset class on the as-of date: how far the class is from policy, over all portfolios.
with

last_day as (
    select as_of_date from {{ ref('dim_date') }}
    where is_as_of_date
),

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.market_value
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join last_day on portfolio_days.as_of_date = last_day.as_of_date
),

class_drifts as (
    select
        class_days.portfolio_id,
        class_days.asset_class,
        class_days.signed_drift,
        class_days.drift
    from {{ ref('fct_asset_class_daily') }} as class_days
    inner join last_day on class_days.as_of_date = last_day.as_of_date
),

sums as (
    select
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        class_drifts.asset_class,
        count(*) as portfolio_count,
        sum(portfolio_days.market_value) as aum,
        sum(
            cast(class_drifts.signed_drift as decimal(19, 10)) * portfolio_days.market_value
        ) as signed_drift_times_value,
        sum(cast(class_drifts.drift as decimal(19, 10)) * portfolio_days.market_value) as drift_times_value,
        max(class_drifts.drift) as largest_drift
    from portfolio_days
    inner join class_drifts on portfolio_days.portfolio_id = class_drifts.portfolio_id
    group by portfolio_days.as_of_date, portfolio_days.risk_profile, class_drifts.asset_class
),

final as (
    select
        as_of_date,
        risk_profile,
        asset_class,
        cast(portfolio_count as integer) as portfolio_count,
        cast(aum as decimal(18, 2)) as aum,
        cast(
            {{ ratio('signed_drift_times_value', 'aum', numerator_decimals=12) }} as decimal(18, 10)
        ) as average_signed_drift,
        cast({{ ratio('drift_times_value', 'aum', numerator_decimals=12) }} as decimal(18, 10)) as average_drift,
        largest_drift
    from sums
)

select * from final
