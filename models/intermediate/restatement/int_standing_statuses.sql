-- One row per valued day of the earlier run that stands and that days in status may be counted on from in this update.
-- From the last one before the portfolio's first computed day; none in a full build.
with

first_computed_days as (
    select
        portfolio_id,
        min(as_of_date) as first_computed_date
    from {{ ref('int_portfolio_days') }}
    group by portfolio_id
),

standing_statuses as (
    select
        statuses.portfolio_id,
        statuses.as_of_date,
        statuses.drift_status,
        statuses.days_in_status,
        first_computed_days.first_computed_date
    from {{ ref('earlier_statuses') }} as statuses
    inner join first_computed_days on statuses.portfolio_id = first_computed_days.portfolio_id
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on statuses.as_of_date <= last_standing_day.last_standing_date
    left join {{ ref('int_restated_days') }} as restated_days
        on statuses.portfolio_id = restated_days.portfolio_id
        and statuses.as_of_date = restated_days.as_of_date
    where restated_days.portfolio_id is null
),

last_days_before as (
    select
        portfolio_id,
        max(as_of_date) as last_date
    from standing_statuses
    where as_of_date < first_computed_date
    group by portfolio_id
),

final as (
    select
        standing_statuses.portfolio_id,
        standing_statuses.as_of_date,
        standing_statuses.drift_status,
        standing_statuses.days_in_status
    from standing_statuses
    left join last_days_before on standing_statuses.portfolio_id = last_days_before.portfolio_id
    where
        standing_statuses.as_of_date > standing_statuses.first_computed_date
        or standing_statuses.as_of_date = last_days_before.last_date
)

select * from final
