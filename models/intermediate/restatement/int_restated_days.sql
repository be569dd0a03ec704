-- One row per portfolio and trading day that an update computes anew, or takes away, though the earlier run had it.
-- Days in status reach on: a day that stands in all else is restated with those before it that its count goes on from,
-- up to where a run of days begins after a day that stands.
with

directly_restated_days as (
    select
        portfolio_id,
        as_of_date
    from {{ ref('int_directly_restated_days') }}
),

first_restated_days as (
    select
        portfolio_id,
        min(as_of_date) as first_restated_date
    from directly_restated_days
    group by portfolio_id
),

days_after as (
    select
        statuses.portfolio_id,
        statuses.as_of_date,
        statuses.days_in_status
    from {{ ref('earlier_statuses') }} as statuses
    inner join first_restated_days
        on statuses.portfolio_id = first_restated_days.portfolio_id
        and statuses.as_of_date > first_restated_days.first_restated_date
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on statuses.as_of_date <= last_standing_day.last_standing_date
),

numbered_days as (
    select
        portfolio_id,
        as_of_date,
        days_in_status,
        is_restated,
        row_number() over (partition by portfolio_id order by as_of_date) as day_number,
        lag(is_restated) over (partition by portfolio_id order by as_of_date) as is_previous_restated
    from (
        select
            coalesce(directly_restated_days.portfolio_id, days_after.portfolio_id) as portfolio_id,
            coalesce(directly_restated_days.as_of_date, days_after.as_of_date) as as_of_date,
            days_after.days_in_status,
            directly_restated_days.portfolio_id is not null as is_restated
        from directly_restated_days
        full join days_after
            on directly_restated_days.portfolio_id = days_after.portfolio_id
            and directly_restated_days.as_of_date = days_after.as_of_date
    ) as days
),

last_ends as (
    select
        portfolio_id,
        as_of_date,
        max(case when is_restated then day_number end) over up_to_the_day as last_restated_number,
        max(case when not is_restated and not is_previous_restated and days_in_status = 1 then day_number end)
            over up_to_the_day
            as last_end_number
    from numbered_days
    window up_to_the_day as (
        partition by portfolio_id order by as_of_date rows between unbounded preceding and current row
    )
),

final as (
    select
        portfolio_id,
        as_of_date
    from last_ends
    where last_end_number is null or last_restated_number > last_end_number
)

select * from final
