-- One row per portfolio-day to compute, new or restated, with a snapshot in force: that, and the risk profile in force.
-- In a full build every day is new.
with

snapshots as (
    select
        portfolio_id,
        snapshot_date,
        position_count,
        valid_from,
        valid_to
    from {{ ref('int_snapshots_in_force') }}
),

risk_profiles as (
    select
        portfolio_key,
        portfolio_id,
        risk_profile,
        valid_from,
        valid_to
    from {{ ref('int_risk_profiles_in_force') }}
),

new_days as (
    select int_trading_days.as_of_date
    from {{ ref('int_trading_days') }} as int_trading_days
    cross join {{ ref('int_last_standing_day') }} as last_standing_day
    where coalesce(int_trading_days.as_of_date > last_standing_day.last_standing_date, true)
),

-- a restated day that is no trading day any more is not computed again
restated_days as (
    select
        restated_days.portfolio_id,
        restated_days.as_of_date
    from {{ ref('int_restated_days') }} as restated_days
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on restated_days.as_of_date = int_trading_days.as_of_date
),

portfolio_days as (
    select
        snapshots.portfolio_id,
        new_days.as_of_date,
        snapshots.snapshot_date,
        snapshots.position_count
    from snapshots
    inner join new_days on {{ is_in_force('snapshots', 'new_days.as_of_date') }}
    union all
    select
        snapshots.portfolio_id,
        restated_days.as_of_date,
        snapshots.snapshot_date,
        snapshots.position_count
    from snapshots
    inner join restated_days
        on snapshots.portfolio_id = restated_days.portfolio_id
        and {{ is_in_force('snapshots', 'restated_days.as_of_date') }}
),

final as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.snapshot_date,
        portfolio_days.position_count,
        risk_profiles.portfolio_key,
        risk_profiles.risk_profile
    from portfolio_days
    left join risk_profiles
        on portfolio_days.portfolio_id = risk_profiles.portfolio_id
        and {{ is_in_force('risk_profiles', 'portfolio_days.as_of_date') }}
)

select * from final
