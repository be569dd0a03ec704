-- Guards the risk scores: each valued portfolio stands there on each day to score, once for each horizon, and has
-- either a probability, with all that belongs to it, or the reason why not; who is over the rebalance band has none.
with

horizons as (
    select horizon_days from {{ ref('risk_score_policy') }}
    group by horizon_days
),

days_to_score as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        horizons.horizon_days
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_score_dates') }} as score_dates on portfolio_days.as_of_date = score_dates.as_of_date
    cross join horizons
)

select
    coalesce(days_to_score.portfolio_id, risk_scores.portfolio_id) as portfolio_id,
    coalesce(days_to_score.as_of_date, risk_scores.as_of_date) as as_of_date,
    coalesce(days_to_score.horizon_days, risk_scores.horizon_days) as horizon_days
from days_to_score
full join {{ ref('portfolio_risk_scores') }} as risk_scores
    on days_to_score.portfolio_id = risk_scores.portfolio_id
    and days_to_score.as_of_date = risk_scores.as_of_date
    and days_to_score.horizon_days = risk_scores.horizon_days
where
    days_to_score.portfolio_id is null
    or risk_scores.portfolio_id is null
    or (risk_scores.breach_probability is null) = (risk_scores.unscored_reason is null)
    or (risk_scores.breach_probability is null) <> (risk_scores.log_odds is null)
    or (risk_scores.breach_probability is null) <> (risk_scores.model_version is null)
    or (risk_scores.breach_probability is not null and risk_scores.ml_risk_level is null)
    or (risk_scores.breach_probability is not null and risk_scores.ml_risk_level is not distinct from 'In breach')
