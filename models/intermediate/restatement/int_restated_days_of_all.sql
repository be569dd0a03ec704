-- One row per run of days on which what all share is not what it was in the earlier run: bands, calendar, order.
with

bands as (
    select
        drift_status,
        severity,
        above_drift,
        max_drift,
        action,
        risk_level,
        valid_from,
        valid_to
    from {{ ref('int_drift_bands_in_force') }}
),

earlier_bands as (
    select
        drift_status,
        severity,
        above_drift,
        max_drift,
        action,
        risk_level,
        valid_from,
        valid_to
    from {{ ref('earlier_drift_bands') }}
),

restated_bands as (
    select
        {{ restated_from('earlier_bands', 'bands') }} as restated_from,
        {{ restated_to('earlier_bands', 'bands') }} as restated_to
    from bands
    full join earlier_bands
        on bands.valid_from = earlier_bands.valid_from
        and bands.drift_status = earlier_bands.drift_status
        and bands.severity = earlier_bands.severity
        and bands.above_drift is not distinct from earlier_bands.above_drift
        and bands.max_drift is not distinct from earlier_bands.max_drift
        and bands.action = earlier_bands.action
        and bands.risk_level = earlier_bands.risk_level
    where
        bands.valid_from is null
        or earlier_bands.valid_from is null
        or bands.valid_to is distinct from earlier_bands.valid_to
),

-- a trading day that was none, or is none any more; where both have it the number of the day does not matter
days_now_and_before as (
    select
        trading_days.as_of_date is null or earlier_trading_days.as_of_date is null as is_restated,
        coalesce(trading_days.as_of_date, earlier_trading_days.as_of_date) as restated_from,
        lead(coalesce(trading_days.as_of_date, earlier_trading_days.as_of_date)) over (
            order by coalesce(trading_days.as_of_date, earlier_trading_days.as_of_date)
        ) as restated_to
    from {{ ref('int_trading_days') }} as trading_days
    full join {{ ref('earlier_trading_days') }} as earlier_trading_days
        on trading_days.as_of_date = earlier_trading_days.as_of_date
),

-- of classes that drift alike the first in display order is named, on any day
reordered_classes as (
    select asset_classes.asset_class
    from {{ ref('asset_classes') }} as asset_classes
    inner join {{ ref('earlier_asset_classes') }} as earlier_asset_classes
        on asset_classes.asset_class = earlier_asset_classes.asset_class
        and asset_classes.display_order <> earlier_asset_classes.display_order
),

restated_ranges as (
    select
        restated_from,
        restated_to
    from restated_bands
    union all
    select
        restated_from,
        restated_to
    from days_now_and_before
    where is_restated
    union all
    select
        min(days_now_and_before.restated_from) as restated_from,
        cast(null as date) as restated_to
    from days_now_and_before
    cross join reordered_classes
),

final as (
    select
        restated_ranges.restated_from,
        restated_ranges.restated_to
    from restated_ranges
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on restated_ranges.restated_from <= last_standing_day.last_standing_date
)

select * from final
