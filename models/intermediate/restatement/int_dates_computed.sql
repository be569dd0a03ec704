-- One row per trading day of which this build computes something, or takes it away: in a full build every day there is.
with

days_now_and_before as (
    select as_of_date from {{ ref('int_trading_days') }}
    union distinct
    select as_of_date from {{ ref('earlier_trading_days') }}
),

new_days as (
    select days_now_and_before.as_of_date
    from days_now_and_before
    cross join {{ ref('int_last_standing_day') }} as last_standing_day
    where
        last_standing_day.last_standing_date is null
        or days_now_and_before.as_of_date > last_standing_day.last_standing_date
),

final as (
    select as_of_date from new_days
    union distinct
    select as_of_date from {{ ref('int_restated_days') }}
)

select * from final
