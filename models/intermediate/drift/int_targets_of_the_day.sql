-- One row per risk profile, trading day and asset class: the target weight in force.
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
        int_trading_days.as_of_date,
        targets.asset_class,
        targets.target_weight
    from targets
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on {{ is_in_force('targets', 'int_trading_days.as_of_date') }}
)

select * from final
