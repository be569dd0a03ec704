-- One row per risk profile, version of its targets and asset class.
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

final as (
    select
        targets.risk_profile,
        targets.asset_class,
        targets.target_weight,
        targets.valid_from,
        targets.valid_to,
        {{ is_in_force('targets', 'stg_as_of_date.as_of_date') }} as is_current
    from targets
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
)

select * from final
