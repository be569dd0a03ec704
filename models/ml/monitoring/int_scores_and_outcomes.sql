-- One row per portfolio, scored day and horizon whose outcome is known, of the days that policy looks at: what was
-- foreseen, by the model in use and by each baseline, and what came.
with

days_looked_at as (
    select distinct as_of_date
    from {{ ref('int_monitored_days') }}
    where monitor in ('expected_breaches', 'brier_loss')
),

foreseen as (
    select
        risk_scores.portfolio_id,
        risk_scores.as_of_date,
        risk_scores.horizon_days,
        risk_scores.breach_probability,
        risk_scores.policy_level_probability,
        risk_scores.first_passage_probability,
        risk_scores.logistic_probability,
        case when labels.breaches then 1 else 0 end as breached
    from {{ ref('risk_scores') }} as risk_scores
    inner join days_looked_at on risk_scores.as_of_date = days_looked_at.as_of_date
    inner join {{ ref('portfolio_labels') }} as labels
        on risk_scores.portfolio_id = labels.portfolio_id
        and risk_scores.as_of_date = labels.as_of_date
        and risk_scores.horizon_days = labels.horizon_days
    where labels.breaches is not null
),

-- as decimals, whose sums do not depend on their order
final as (
    select
        portfolio_id,
        as_of_date,
        horizon_days,
        breached,
        cast(breach_probability as decimal(18, 10)) as breach_probability,
        cast({{ squared_error('breach_probability') }} as decimal(18, 10)) as squared_error,
        cast({{ squared_error('policy_level_probability') }} as decimal(18, 10)) as policy_level_squared_error,
        cast({{ squared_error('first_passage_probability') }} as decimal(18, 10)) as first_passage_squared_error,
        cast({{ squared_error('logistic_probability') }} as decimal(18, 10)) as logistic_squared_error
    from foreseen
)

select * from final
