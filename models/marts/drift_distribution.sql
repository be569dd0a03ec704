-- One row per day (the as-of date and the one to compare with), risk profile and bin of drift scores that occurs.
with

bins as (
    select
        bin_number,
        lag(max_drift) over (order by bin_number) as above_drift,
        max_drift
    from {{ ref('drift_bins') }}
),

days_compared as (
    select
        dim_date.as_of_date,
        dim_date.is_as_of_date
    from {{ ref('dim_date') }} as dim_date
    inner join {{ ref('dim_date') }} as last_day on last_day.is_as_of_date
    where
        dim_date.is_as_of_date
        or dim_date.trading_day_number = last_day.trading_day_number - {{ integer_var('comparison_days') }}
),

portfolio_days as (
    select
        portfolio_days.as_of_date,
        days_compared.is_as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.drift_score,
        portfolio_days.market_value
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join days_compared on portfolio_days.as_of_date = days_compared.as_of_date
),

-- a bound itself belongs to the lower bin, as with the bands
final as (
    select
        portfolio_days.as_of_date,
        portfolio_days.is_as_of_date,
        portfolio_days.risk_profile,
        bins.bin_number,
        bins.above_drift,
        bins.max_drift,
        cast(count(*) as integer) as portfolio_count,
        cast(sum(portfolio_days.market_value) as decimal(18, 2)) as aum
    from portfolio_days
    inner join bins
        on (bins.above_drift is null or portfolio_days.drift_score > bins.above_drift)
        and (bins.max_drift is null or portfolio_days.drift_score <= bins.max_drift)
    group by
        portfolio_days.as_of_date,
        portfolio_days.is_as_of_date,
        portfolio_days.risk_profile,
        bins.bin_number,
        bins.above_drift,
        bins.max_drift
)

select * from final
