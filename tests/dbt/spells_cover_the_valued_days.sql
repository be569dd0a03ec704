-- Guards the spells: the days of a portfolio's spells sum to its valued days, and each spell says what follows it.
with

valued_days as (
    select
        portfolio_id,
        count(*) as day_count,
        min(as_of_date) as first_date,
        max(as_of_date) as last_date
    from {{ ref('fct_portfolio_daily') }}
    group by portfolio_id
),

spells as (
    select
        portfolio_id,
        first_date,
        last_date,
        drift_status,
        status_days,
        next_status,
        is_over,
        is_start_seen,
        lag(last_date) over (partition by portfolio_id order by first_date) as previous_last_date,
        lead(drift_status) over (partition by portfolio_id order by first_date) as status_of_next
    from {{ ref('status_spells') }}
),

totals as (
    select
        portfolio_id,
        sum(status_days) as day_count,
        min(first_date) as first_date,
        max(last_date) as last_date,
        count_if(
            next_status is distinct from status_of_next
            or coalesce(next_status = drift_status, false)
            or is_over is distinct from (status_of_next is not null)
            or is_start_seen is distinct from (previous_last_date is not null)
            or coalesce(first_date <= previous_last_date, false)
        ) as wrong_count
    from spells
    group by portfolio_id
)

select
    coalesce(valued_days.portfolio_id, totals.portfolio_id) as portfolio_id,
    valued_days.day_count,
    totals.day_count as day_count_of_spells
from valued_days
full join totals on valued_days.portfolio_id = totals.portfolio_id
where
    totals.day_count is distinct from valued_days.day_count
    or totals.first_date is distinct from valued_days.first_date
    or totals.last_date is distinct from valued_days.last_date
    or totals.wrong_count is distinct from 0
