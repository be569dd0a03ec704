-- Guards the averages by class: over the classes of a profile the signed drifts, as money, sum to 0 within half a unit
-- of the tenth decimal for each weight and each average, and each class of each portfolio is counted.
with

totals as (
    select
        risk_profile,
        sum(cast(average_signed_drift as decimal(19, 10)) * aum) as signed_drift_total,
        sum(aum) as aum_total,
        sum(portfolio_count) as class_count
    from {{ ref('profile_class_drift') }}
    group by risk_profile
),

facts as (
    select
        portfolio_days.risk_profile,
        count(*) as class_count
    from {{ ref('fct_asset_class_daily') }} as class_days
    inner join {{ ref('dim_date') }} as dim_date
        on class_days.as_of_date = dim_date.as_of_date and dim_date.is_as_of_date
    inner join {{ ref('fct_portfolio_daily') }} as portfolio_days
        on class_days.portfolio_id = portfolio_days.portfolio_id
        and class_days.as_of_date = portfolio_days.as_of_date
    group by portfolio_days.risk_profile
)

select coalesce(totals.risk_profile, facts.risk_profile) as risk_profile
from totals
full join facts on totals.risk_profile = facts.risk_profile
where
    totals.class_count is distinct from facts.class_count
    or abs(totals.signed_drift_total) > totals.aum_total * cast(0.0000000001 as decimal(11, 10))
