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

last_days_before as (
    select
        statuses.portfolio_id,
        max(statuses.as_of_date) as last_date
    from {{ ref('earlier_statuses') }} as statuses
    inner join first_computed_days
        on statuses.portfolio_id = first_computed_days.portfolio_id
        and statuses.as_of_date < first_computed_days.first_computed_date
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on statuses.as_of_date <= last_standing_day.last_standing_date
    left join {{ ref('int_restated_days') }} as restated_days
        on statuses.portfolio_id = restated_days.portfolio_id
        and statuses.as_of_date = restated_days.as_of_date
    where restated_days.portfolio_id is null
    group by statuses.portfolio_id
),

-- of all portfolios: an update that adds a day alone has no status after it, and this bound says so at once
first_computed_day as (
    select min(first_computed_date) as as_of_date from first_computed_days
),

days_after as (
    select
        statuses.portfolio_id,
        statuses.as_of_date,
        statuses.drift_status,
        statuses.days_in_status
    from {{ ref('earlier_statuses') }} as statuses
    inner join first_computed_day on statuses.as_of_date > first_computed_day.as_of_date
    inner join first_computed_days
        on statuses.portfolio_id = first_computed_days.portfolio_id
        and statuses.as_of_date > first_computed_days.first_computed_date
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on statuses.as_of_date <= last_standing_day.last_standing_date
    left join {{ ref('int_restated_days') }} as restated_days
        on statuses.portfolio_id = restated_days.portfolio_id
        and statuses.as_of_date = restated_days.as_of_date
    where restated_days.portfolio_id is null
),

final as (
    select
        statuses.portfolio_id,
        statuses.as_of_date,
        statuses.drift_status,
        statuses.days_in_status
    from {{ ref('earlier_statuses') }} as statuses
    inner join last_days_before
        on statuses.portfolio_id = last_days_before.portfolio_id
        and statuses.as_of_date = last_days_before.last_date
    union all
    select
        portfolio_id,
        as_of_date,
        drift_status,
        days_in_status
    from days_after
)

select * from final
