-- One row per portfolio and trading day from its first snapshot on: the snapshot and the risk profile in force.
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

portfolio_days as (
    select
        snapshots.portfolio_id,
        int_trading_days.as_of_date,
        snapshots.snapshot_date,
        snapshots.position_count
    from snapshots
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on {{ is_in_force('snapshots', 'int_trading_days.as_of_date') }}
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
