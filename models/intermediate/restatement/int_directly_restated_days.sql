-- One row per portfolio and trading day that the earlier run made from something that is not what it was.
-- A close leads to those who hold the security, a target to those with the profile, a band or a trading day to all.
with

snapshots as (
    select
        portfolio_id,
        valid_from,
        valid_to
    from {{ ref('int_snapshots_in_force') }}
),

positions as (
    select
        portfolio_id,
        security_id,
        valid_from,
        valid_to
    from {{ ref('int_positions_in_force') }}
),

risk_profiles as (
    select
        portfolio_id,
        risk_profile,
        valid_from,
        valid_to
    from {{ ref('int_risk_profiles_in_force') }}
),

-- the advisor stands in each of the portfolio's rows, from its first snapshot on
portfolios_of_another_advisor as (
    select portfolios.portfolio_id
    from {{ ref('stg_portfolios') }} as portfolios
    inner join {{ ref('earlier_portfolios') }} as earlier_portfolios
        on portfolios.portfolio_id = earlier_portfolios.portfolio_id
        and portfolios.advisor_id <> earlier_portfolios.advisor_id
    where portfolios.reject_reason is null and earlier_portfolios.reject_reason is null
),

ranges_by_profile as (
    select
        portfolio_id,
        restated_from,
        restated_to
    from {{ ref('int_restated_risk_profiles') }}
    union all
    select
        risk_profiles.portfolio_id,
        greatest(targets.restated_from, risk_profiles.valid_from) as restated_from,
        least(targets.restated_to, risk_profiles.valid_to) as restated_to
    from {{ ref('int_restated_targets') }} as targets
    inner join risk_profiles
        on targets.risk_profile = risk_profiles.risk_profile
        and {{ is_in_force_within('risk_profiles', 'targets') }}
),

-- only days on which a portfolio holds something; the days of what it held and holds no more are those of its positions
restated_ranges as (
    select
        portfolio_id,
        restated_from,
        restated_to
    from {{ ref('int_restated_positions') }}
    union all
    select
        positions.portfolio_id,
        greatest(closes.restated_from, positions.valid_from) as restated_from,
        least(closes.restated_to, positions.valid_to) as restated_to
    from {{ ref('int_restated_closes') }} as closes
    inner join positions
        on closes.security_id = positions.security_id
        and {{ is_in_force_within('positions', 'closes') }}
    union all
    select
        snapshots.portfolio_id,
        greatest(ranges_by_profile.restated_from, snapshots.valid_from) as restated_from,
        least(ranges_by_profile.restated_to, snapshots.valid_to) as restated_to
    from ranges_by_profile
    inner join snapshots
        on ranges_by_profile.portfolio_id = snapshots.portfolio_id
        and {{ is_in_force_within('snapshots', 'ranges_by_profile') }}
    union all
    select
        snapshots.portfolio_id,
        greatest(days_of_all.restated_from, snapshots.valid_from) as restated_from,
        least(days_of_all.restated_to, snapshots.valid_to) as restated_to
    from {{ ref('int_restated_days_of_all') }} as days_of_all
    inner join snapshots on {{ is_in_force_within('snapshots', 'days_of_all') }}
    union all
    select
        snapshots.portfolio_id,
        snapshots.valid_from as restated_from,
        snapshots.valid_to as restated_to
    from portfolios_of_another_advisor
    inner join snapshots on portfolios_of_another_advisor.portfolio_id = snapshots.portfolio_id
),

standing_days as (
    select days.as_of_date
    from {{ ref('int_days_now_and_before') }} as days
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on days.as_of_date <= last_standing_day.last_standing_date
),

final as (
    select
        restated_ranges.portfolio_id,
        standing_days.as_of_date
    from restated_ranges
    inner join standing_days
        on restated_ranges.restated_from <= standing_days.as_of_date
        and standing_days.as_of_date < {{ end_of('restated_ranges.restated_to') }}
    group by restated_ranges.portfolio_id, standing_days.as_of_date
)

select * from final
