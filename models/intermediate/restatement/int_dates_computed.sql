-- One row per trading day of which this build computes something, or takes it away: in a full build every day there is.
with

new_days as (
    select days_now_and_before.as_of_date
    from {{ ref('int_days_now_and_before') }} as days_now_and_before
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
