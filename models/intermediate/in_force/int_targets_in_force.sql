-- One row per risk profile, set of targets and asset class: the target weight and the days its set is in force.
with

targets as (
    select
        risk_profile,
        effective_date,
        asset_class,
        target_weight
    from {{ ref('target_allocations') }}
),

target_sets as (
    select
        risk_profile,
        effective_date
    from targets
    group by risk_profile, effective_date
),

followed as (
    select
        risk_profile,
        effective_date,
        {{ next_of_its_kind('effective_date', 'risk_profile') }} as valid_to
    from target_sets
),

final as (
    select
        targets.risk_profile,
        targets.asset_class,
        targets.target_weight,
        targets.effective_date as valid_from,
        followed.valid_to
    from targets
    inner join followed
        on targets.risk_profile = followed.risk_profile and targets.effective_date = followed.effective_date
)

select * from final
