-- One row per open portfolio, at its latest valued day, ranked: alert_rank 1 is the most urgent.
with

open_portfolios as (
    select
        portfolios.portfolio_id,
        portfolios.portfolio_name,
        portfolios.client_id,
        portfolios.advisor_id
    from {{ ref('stg_portfolios') }} as portfolios
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
    where
        portfolios.reject_reason is null
        and (portfolios.closed_date is null or portfolios.closed_date > stg_as_of_date.as_of_date)
),

latest_valued_days as (
    select
        portfolio_days.portfolio_id,
        max(portfolio_days.as_of_date) as as_of_date
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join open_portfolios on portfolio_days.portfolio_id = open_portfolios.portfolio_id
    group by portfolio_days.portfolio_id
),

five_days_earlier as (
    select
        trading_days.as_of_date,
        earlier_days.as_of_date as earlier_date
    from {{ ref('int_trading_days') }} as trading_days
    inner join {{ ref('int_trading_days') }} as earlier_days
        on trading_days.trading_day_number - 5 = earlier_days.trading_day_number
),

scores_five_days_earlier as (
    select
        latest_valued_days.portfolio_id,
        portfolio_days.drift_score
    from latest_valued_days
    inner join five_days_earlier on latest_valued_days.as_of_date = five_days_earlier.as_of_date
    inner join {{ ref('fct_portfolio_daily') }} as portfolio_days
        on latest_valued_days.portfolio_id = portfolio_days.portfolio_id
        and five_days_earlier.earlier_date = portfolio_days.as_of_date
),

latest_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.snapshot_date,
        portfolio_days.market_value,
        portfolio_days.drift_score,
        portfolio_days.drift_asset_class,
        portfolio_days.drift_status,
        portfolio_days.severity,
        portfolio_days.recommended_action,
        portfolio_days.risk_level,
        portfolio_days.stale_position_count,
        portfolio_days.days_in_status,
        scores_five_days_earlier.drift_score as drift_score_5d_ago
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join latest_valued_days
        on portfolio_days.portfolio_id = latest_valued_days.portfolio_id
        and portfolio_days.as_of_date = latest_valued_days.as_of_date
    left join scores_five_days_earlier on portfolio_days.portfolio_id = scores_five_days_earlier.portfolio_id
),

-- of the horizons that are scored, the longest
longest_horizon as (
    select max(horizon_days) as horizon_days from {{ ref('risk_score_policy') }}
),

risk_scores as (
    select
        risk_scores.portfolio_id,
        risk_scores.as_of_date,
        risk_scores.breach_probability,
        risk_scores.ml_risk_level,
        risk_scores.reason_1
    from {{ ref('portfolio_risk_scores') }} as risk_scores
    inner join longest_horizon on risk_scores.horizon_days = longest_horizon.horizon_days
),

-- who is in breach is not next, and who has no score is not ranked
ranked_by_risk as (
    select
        latest_days.portfolio_id,
        row_number() over (
            order by
                latest_days.severity desc, risk_scores.breach_probability desc, latest_days.drift_score desc,
                latest_days.market_value desc, latest_days.portfolio_id asc
        ) as next_rank
    from latest_days
    inner join risk_scores
        on latest_days.portfolio_id = risk_scores.portfolio_id and latest_days.as_of_date = risk_scores.as_of_date
    where risk_scores.breach_probability is not null
),

final as (
    select
        cast(
            row_number() over (
                order by
                    latest_days.severity desc, latest_days.drift_score desc, latest_days.market_value desc,
                    latest_days.portfolio_id
            ) as integer
        ) as alert_rank,
        latest_days.portfolio_id,
        open_portfolios.portfolio_name,
        stg_clients.client_name,
        open_portfolios.advisor_id,
        dim_advisor.advisor_name,
        latest_days.risk_profile,
        latest_days.as_of_date,
        latest_days.market_value,
        latest_days.drift_score,
        latest_days.drift_asset_class,
        class_days.signed_drift,
        latest_days.drift_status,
        latest_days.severity,
        latest_days.recommended_action,
        latest_days.risk_level,
        latest_days.days_in_status,
        latest_days.drift_score_5d_ago,
        cast(latest_days.drift_score - latest_days.drift_score_5d_ago as decimal(18, 10)) as drift_score_change_5d,
        latest_days.snapshot_date,
        latest_days.as_of_date < stg_as_of_date.as_of_date
        or latest_days.stale_position_count > 0
        or latest_snapshots.is_old as is_stale,
        risk_scores.breach_probability,
        risk_scores.ml_risk_level,
        risk_scores.reason_1 as breach_reason,
        cast(ranked_by_risk.next_rank as integer) as next_rank
    from latest_days
    inner join open_portfolios on latest_days.portfolio_id = open_portfolios.portfolio_id
    inner join {{ ref('stg_clients') }} as stg_clients
        on open_portfolios.client_id = stg_clients.client_id and stg_clients.reject_reason is null
    inner join {{ ref('dim_advisor') }} as dim_advisor
        on open_portfolios.advisor_id = dim_advisor.advisor_id
    inner join {{ ref('fct_asset_class_daily') }} as class_days
        on latest_days.portfolio_id = class_days.portfolio_id
        and latest_days.as_of_date = class_days.as_of_date
        and latest_days.drift_asset_class = class_days.asset_class
    inner join {{ ref('int_latest_snapshots') }} as latest_snapshots
        on latest_days.portfolio_id = latest_snapshots.portfolio_id
    left join risk_scores
        on latest_days.portfolio_id = risk_scores.portfolio_id and latest_days.as_of_date = risk_scores.as_of_date
    left join ranked_by_risk on latest_days.portfolio_id = ranked_by_risk.portfolio_id
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
)

select * from final
