-- One row per portfolio, scored day and horizon: the probability that its drift score first closes over the rebalance
-- band within the horizon, what it is called, and why; or why there is none.
with

horizons as (
    select horizon_days from {{ ref('risk_score_policy') }}
    group by horizon_days
),

scored_days as (
    select
        features.portfolio_id,
        features.as_of_date,
        features.risk_level,
        features.is_in_breach,
        horizons.horizon_days
    from {{ ref('portfolio_features') }} as features
    cross join horizons
),

risk_scores as (
    select
        portfolio_id,
        as_of_date,
        horizon_days,
        cast(breach_probability as decimal(18, 10)) as breach_probability,
        cast(log_odds as decimal(18, 10)) as log_odds,
        cast(baseline_log_odds as decimal(18, 10)) as baseline_log_odds,
        reason_1,
        reason_2,
        reason_3,
        cast(contribution_1 as decimal(18, 10)) as contribution_1,
        cast(contribution_2 as decimal(18, 10)) as contribution_2,
        cast(contribution_3 as decimal(18, 10)) as contribution_3,
        model_version
    from {{ ref('risk_scores') }}
),

-- the first level, by severity, whose max_probability the probability does not exceed
levels as (
    select
        horizon_days,
        ml_risk_level,
        severity,
        max_probability,
        max(max_probability) over (
            partition by horizon_days order by severity rows between unbounded preceding and 1 preceding
        ) as above_probability
    from {{ ref('risk_score_policy') }}
),

model_in_use as (
    select refusal from {{ ref('model_in_use') }}
),

final as (
    select
        scored_days.portfolio_id,
        scored_days.as_of_date,
        scored_days.horizon_days,
        risk_scores.breach_probability,
        case when scored_days.is_in_breach then 'In breach' else levels.ml_risk_level end as ml_risk_level,
        scored_days.risk_level,
        case
            when risk_scores.breach_probability is not null then null
            when scored_days.is_in_breach then 'Over the rebalance band already'
            when model_in_use.refusal is not null then model_in_use.refusal
            else 'The model in use has no score for this horizon'
        end as unscored_reason,
        risk_scores.model_version,
        risk_scores.reason_1,
        risk_scores.reason_2,
        risk_scores.reason_3,
        risk_scores.log_odds,
        risk_scores.baseline_log_odds,
        risk_scores.contribution_1,
        risk_scores.contribution_2,
        risk_scores.contribution_3,
        -- what is left, so that baseline and contributions sum to the log-odds to the last digit
        cast(
            risk_scores.log_odds - risk_scores.baseline_log_odds - risk_scores.contribution_1
            - risk_scores.contribution_2 - risk_scores.contribution_3 as decimal(18, 10)
        ) as contribution_of_the_rest
    from scored_days
    left join risk_scores
        on scored_days.portfolio_id = risk_scores.portfolio_id
        and scored_days.as_of_date = risk_scores.as_of_date
        and scored_days.horizon_days = risk_scores.horizon_days
    left join levels
        on scored_days.horizon_days = levels.horizon_days
        and (levels.above_probability is null or risk_scores.breach_probability > levels.above_probability)
        and (levels.max_probability is null or risk_scores.breach_probability <= levels.max_probability)
        and risk_scores.breach_probability is not null
    cross join model_in_use
)

select * from final
