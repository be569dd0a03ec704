-- One row per portfolio and valued trading day: its value, its drift, and what the policy of that day makes of it.
with

valued_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        portfolio_key,
        risk_profile,
        market_value,
        position_count,
        stale_position_count
    from {{ ref('int_portfolio_valuations') }}
    where unvalued_reason is null
),

-- the tie-breaker lies below the last digit of a drift: of classes that drift alike, the first in display order
largest_drifts as (
    select
        class_drifts.portfolio_id,
        class_drifts.as_of_date,
        max(class_drifts.drift) as drift_score,
        max_by(
            class_drifts.asset_class,
            cast(class_drifts.drift as decimal(24, 16))
            - dim_asset_class.display_order * cast(0.0000000000000001 as decimal(17, 16))
        ) as drift_asset_class
    from {{ ref('fct_asset_class_daily') }} as class_drifts
    inner join {{ ref('dim_asset_class') }} as dim_asset_class
        on class_drifts.asset_class = dim_asset_class.asset_class
    group by class_drifts.portfolio_id, class_drifts.as_of_date
),

-- the first band, by severity, whose max_drift the score does not exceed; a bound itself belongs to the lower band
judged_by_band as (
    select
        largest_drifts.portfolio_id,
        largest_drifts.as_of_date,
        largest_drifts.drift_score,
        largest_drifts.drift_asset_class,
        bands.drift_status,
        bands.severity,
        bands.action,
        bands.risk_level
    from largest_drifts
    inner join {{ ref('int_drift_bands_of_the_day') }} as bands
        on largest_drifts.as_of_date = bands.as_of_date
        and (bands.above_drift is null or largest_drifts.drift_score > bands.above_drift)
        and (bands.max_drift is null or largest_drifts.drift_score <= bands.max_drift)
),

-- counted over the valued days of the portfolio: a day without a value neither ends a run nor lengthens it
numbered_days as (
    select
        portfolio_id,
        as_of_date,
        drift_score,
        drift_asset_class,
        drift_status,
        severity,
        action,
        risk_level,
        row_number() over (partition by portfolio_id order by as_of_date) as valued_day_number,
        lag(drift_status) over (partition by portfolio_id order by as_of_date) as previous_status
    from judged_by_band
),

status_runs as (
    select
        portfolio_id,
        as_of_date,
        drift_score,
        drift_asset_class,
        drift_status,
        severity,
        action,
        risk_level,
        valued_day_number - max(
            case when drift_status is distinct from previous_status then valued_day_number end
        ) over (
            partition by portfolio_id order by as_of_date
            rows between unbounded preceding and current row
        ) + 1 as days_in_status
    from numbered_days
),

final as (
    select
        valued_days.portfolio_id,
        valued_days.as_of_date,
        valued_days.portfolio_key,
        stg_portfolios.advisor_id,
        valued_days.risk_profile,
        valued_days.snapshot_date,
        valued_days.market_value,
        status_runs.drift_score,
        status_runs.drift_asset_class,
        status_runs.drift_status,
        status_runs.severity,
        status_runs.action as recommended_action,
        status_runs.risk_level,
        valued_days.position_count,
        valued_days.stale_position_count,
        cast(status_runs.days_in_status as integer) as days_in_status
    from valued_days
    inner join {{ ref('stg_portfolios') }} as stg_portfolios
        on valued_days.portfolio_id = stg_portfolios.portfolio_id and stg_portfolios.reject_reason is null
    -- left, so that a day that no band takes stops at the contract's not_null, not in silence
    left join status_runs
        on valued_days.portfolio_id = status_runs.portfolio_id and valued_days.as_of_date = status_runs.as_of_date
)

select * from final
