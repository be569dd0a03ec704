-- One row per portfolio and version, a run of assignments of one risk profile: the days it is in force.
with

assignments as (
    select
        portfolio_id,
        effective_date,
        risk_profile,
        lag(risk_profile) over (partition by portfolio_id order by effective_date) as previous_risk_profile
    from {{ ref('stg_risk_profile_assignments') }}
    where reject_reason is null
),

-- an assignment that repeats the profile in force starts no new version
versions as (
    select
        portfolio_id,
        effective_date,
        risk_profile
    from assignments
    where risk_profile is distinct from previous_risk_profile
),

final as (
    select
        portfolio_id || '@' || cast(effective_date as string) as portfolio_key,
        portfolio_id,
        risk_profile,
        effective_date as valid_from,
        {{ next_of_its_kind('effective_date', 'portfolio_id') }} as valid_to
    from versions
)

select * from final
