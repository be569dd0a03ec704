-- Guards the explanation of a score: baseline and contributions sum to its log-odds to the last digit, with a rest that
-- is what the model says is left, and the probability is the one of the log-odds.
with

explained as (
    select
        risk_scores.portfolio_id,
        risk_scores.as_of_date,
        risk_scores.horizon_days,
        risk_scores.log_odds,
        risk_scores.baseline_log_odds + risk_scores.contribution_1 + risk_scores.contribution_2
        + risk_scores.contribution_3 + risk_scores.contribution_of_the_rest as explained_log_odds,
        abs(risk_scores.contribution_of_the_rest - from_the_model.contribution_of_the_rest) as difference_of_the_rest,
        abs(
            risk_scores.breach_probability - 1 / (1 + exp(-cast(risk_scores.log_odds as double)))
        ) as difference_of_the_probability
    from {{ ref('portfolio_risk_scores') }} as risk_scores
    left join {{ ref('risk_scores') }} as from_the_model
        on risk_scores.portfolio_id = from_the_model.portfolio_id
        and risk_scores.as_of_date = from_the_model.as_of_date
        and risk_scores.horizon_days = from_the_model.horizon_days
    where risk_scores.breach_probability is not null
)

select
    portfolio_id,
    as_of_date,
    horizon_days,
    log_odds,
    explained_log_odds
from explained
where
    log_odds is distinct from explained_log_odds
    or coalesce(difference_of_the_rest > 0.000000001, true)
    or coalesce(difference_of_the_probability > 0.000000001, true)
