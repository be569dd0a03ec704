-- One row per target that is not what it was in the earlier run, or not as long: the days on which that matters.
with

targets as (
    select
        risk_profile,
        asset_class,
        target_weight,
        valid_from,
        valid_to
    from {{ ref('int_targets_in_force') }}
),

earlier_targets as (
    select
        risk_profile,
        asset_class,
        target_weight,
        valid_from,
        valid_to
    from {{ ref('earlier_targets') }}
),

compared as (
    select
        coalesce(targets.risk_profile, earlier_targets.risk_profile) as risk_profile,
        {{ restated_from('earlier_targets', 'targets') }} as restated_from,
        {{ restated_to('earlier_targets', 'targets') }} as restated_to
    from targets
    full join earlier_targets
        on targets.risk_profile = earlier_targets.risk_profile
        and targets.asset_class = earlier_targets.asset_class
        and targets.target_weight = earlier_targets.target_weight
        and targets.valid_from = earlier_targets.valid_from
    where
        targets.valid_from is null
        or earlier_targets.valid_from is null
        or targets.valid_to is distinct from earlier_targets.valid_to
),

final as (
    select
        compared.risk_profile,
        compared.restated_from,
        compared.restated_to
    from compared
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on compared.restated_from <= last_standing_day.last_standing_date
)

select * from final
