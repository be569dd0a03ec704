-- One row per assigned risk profile that is not what it was in the earlier run, or not as long: the days of that.
with

risk_profiles as (
    select
        portfolio_key,
        risk_profile,
        portfolio_id,
        valid_from,
        valid_to
    from {{ ref('int_risk_profiles_in_force') }}
),

earlier_risk_profiles as (
    select
        portfolio_key,
        risk_profile,
        portfolio_id,
        valid_from,
        valid_to
    from {{ ref('earlier_risk_profiles') }}
),

compared as (
    select
        coalesce(risk_profiles.portfolio_id, earlier_risk_profiles.portfolio_id) as portfolio_id,
        {{ restated_from('earlier_risk_profiles', 'risk_profiles') }} as restated_from,
        {{ restated_to('earlier_risk_profiles', 'risk_profiles') }} as restated_to
    from risk_profiles
    full join earlier_risk_profiles
        on risk_profiles.portfolio_key = earlier_risk_profiles.portfolio_key
        and risk_profiles.risk_profile = earlier_risk_profiles.risk_profile
    where
        risk_profiles.valid_from is null
        or earlier_risk_profiles.valid_from is null
        or risk_profiles.valid_to is distinct from earlier_risk_profiles.valid_to
),

final as (
    select
        compared.portfolio_id,
        compared.restated_from,
        compared.restated_to
    from compared
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on compared.restated_from <= last_standing_day.last_standing_date
)

select * from final
