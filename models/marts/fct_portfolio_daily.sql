-- One row per portfolio and valued trading day: its value, its drift, and what the policy of that day makes of it.
with

-- the tie-breaker lies below the last digit of a drift: of classes that drift alike, the first in display order
largest_drifts as (
    select
        class_drifts.portfolio_id,
        class_drifts.as_of_date,
        max(class_drifts.drift) as drift_score,
        max_by(
            class_drifts.asset_class,
            cast(class_drifts.drift as decimal(24, 16))
            - classes.display_order * cast(0.0000000000000001 as decimal(17, 16))
        ) as drift_asset_class
    from {{ ref('fct_asset_class_daily') }} as class_drifts
    inner join {{ ref('int_dates_computed') }} as dates on class_drifts.as_of_date = dates.as_of_date
    inner join {{ ref('dim_asset_class') }} as classes on class_drifts.asset_class = classes.asset_class
    group by class_drifts.portfolio_id, class_drifts.as_of_date
),

-- the first band, by severity, whose max_drift the score does not exceed; a bound itself belongs to the lower band
-- left, so that a day that no band takes stops at the contract's not_null, not in silence
judged_days as (
    select
        valuations.portfolio_id,
        valuations.as_of_date,
        valuations.snapshot_date,
        valuations.portfolio_key,
        valuations.risk_profile,
        valuations.market_value,
        valuations.position_count,
        valuations.stale_position_count,
        largest_drifts.drift_score,
        largest_drifts.drift_asset_class,
        bands.drift_status,
        bands.severity,
        bands.action,
        bands.risk_level
    from {{ ref('int_portfolio_valuations') }} as valuations
    left join largest_drifts
        on valuations.portfolio_id = largest_drifts.portfolio_id and valuations.as_of_date = largest_drifts.as_of_date
    left join {{ ref('int_drift_bands_of_the_day') }} as bands
        on valuations.as_of_date = bands.as_of_date
        and (bands.above_drift is null or largest_drifts.drift_score > bands.above_drift)
        and (bands.max_drift is null or largest_drifts.drift_score <= bands.max_drift)
    where valuations.unvalued_reason is null
),

-- an update counts on from the days that stand, each of which says how long its status has lasted
days_to_count as (
    select
        portfolio_id,
        as_of_date,
        drift_status,
        cast(null as integer) as days_before
    from judged_days
    union all
    select
        portfolio_id,
        as_of_date,
        drift_status,
        days_in_status - 1 as days_before
    from {{ ref('int_standing_statuses') }}
),

-- counted over the valued days of the portfolio: a day without a value neither ends a run nor lengthens it
numbered_days as (
    select
        portfolio_id,
        as_of_date,
        drift_status,
        days_before,
        row_number() over (partition by portfolio_id order by as_of_date) as day_number,
        lag(drift_status) over (partition by portfolio_id order by as_of_date) as previous_status
    from days_to_count
),

counted_days as (
    select
        portfolio_id,
        as_of_date,
        days_before is null as is_computed,
        day_number - max(
            case
                when days_before is not null then day_number - days_before
                when drift_status is distinct from previous_status then day_number
            end
        ) over (partition by portfolio_id order by as_of_date) + 1 as days_in_status
    from numbered_days
),

final as (
    select
        judged_days.portfolio_id,
        judged_days.as_of_date,
        judged_days.portfolio_key,
        stg_portfolios.advisor_id,
        judged_days.risk_profile,
        judged_days.snapshot_date,
        judged_days.market_value,
        judged_days.drift_score,
        judged_days.drift_asset_class,
        judged_days.drift_status,
        judged_days.severity,
        judged_days.action as recommended_action,
        judged_days.risk_level,
        judged_days.position_count,
        judged_days.stale_position_count,
        cast(counted_days.days_in_status as integer) as days_in_status
    from judged_days
    inner join {{ ref('stg_portfolios') }} as stg_portfolios
        on judged_days.portfolio_id = stg_portfolios.portfolio_id and stg_portfolios.reject_reason is null
    inner join counted_days
        on judged_days.portfolio_id = counted_days.portfolio_id and judged_days.as_of_date = counted_days.as_of_date
        and counted_days.is_computed
)

select * from final
order by as_of_date, portfolio_id -- stored by day: who asks for a day reads its blocks only
