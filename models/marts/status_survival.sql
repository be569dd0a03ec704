-- One row per drift status and number of trading days: the share of spells that are still in the status after so many.
-- Kaplan and Meier (1958), Nonparametric estimation from incomplete observations: S(t) = product over t_i <= t of
-- (1 - d_i / n_i), with n_i spells at risk and d_i that end. A spell that goes on says only that it lasted so long.
with

spells as (
    select
        drift_status,
        severity,
        last_date,
        status_days,
        is_over
    from {{ ref('status_spells') }}
    where is_start_seen
),

-- a policy may rank a status anew: as on the last day on which a spell had it
statuses as (
    select
        drift_status,
        max_by(severity, last_date) as severity,
        max(status_days) as longest_days
    from spells
    group by drift_status
),

spells_by_length as (
    select
        drift_status,
        status_days,
        count(*) as spell_count,
        count_if(is_over) as ended_count
    from spells
    group by drift_status, status_days
),

-- the calendar counts from 1, and no spell is longer than it
numbers_of_days as (
    select 0 as status_days
    union all
    select trading_day_number as status_days from {{ ref('int_trading_days') }}
),

days_of_statuses as (
    select
        statuses.drift_status,
        statuses.severity,
        numbers_of_days.status_days,
        coalesce(spells_by_length.ended_count, 0) as ended_count,
        sum(coalesce(spells_by_length.spell_count, 0)) over (
            partition by statuses.drift_status order by numbers_of_days.status_days desc
            rows between unbounded preceding and current row
        ) as at_risk_count
    from statuses
    inner join numbers_of_days on statuses.longest_days >= numbers_of_days.status_days
    left join spells_by_length
        on statuses.drift_status = spells_by_length.drift_status
        and numbers_of_days.status_days = spells_by_length.status_days
),

-- the logarithm of the share that stays on; there is none where all end, which can only be on the last day
days_and_shares as (
    select
        *,
        case
            when ended_count < at_risk_count
            then ln(cast(at_risk_count - ended_count as double) / cast(at_risk_count as double))
        end as log_of_staying_share
    from days_of_statuses
),

final as (
    select
        drift_status,
        severity,
        cast(status_days as integer) as status_days,
        cast(at_risk_count as integer) as at_risk_count,
        cast(ended_count as integer) as ended_count,
        cast(
            case
                when ended_count < at_risk_count then exp(sum(log_of_staying_share) over days_so_far)
                else 0
            end as decimal(18, 10)
        ) as surviving_share
    from days_and_shares
    window days_so_far as (
        partition by drift_status order by status_days rows between unbounded preceding and current row
    )
)

select * from final
