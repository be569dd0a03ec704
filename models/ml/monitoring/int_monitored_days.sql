-- One row per monitor of policy and scored day of the window that it looks back on.
with

last_day as (
    select max(trading_day_number) as trading_day_number from {{ ref('int_score_dates') }}
),

final as (
    select
        monitoring_policy.monitor,
        score_dates.as_of_date
    from {{ ref('int_score_dates') }} as score_dates
    cross join last_day
    inner join {{ ref('model_monitoring_policy') }} as monitoring_policy
        on score_dates.trading_day_number > last_day.trading_day_number - monitoring_policy.window_days
)

select * from final
