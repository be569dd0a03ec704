-- One row per asset class of the policy.
with

final as (
    select
        asset_class,
        display_order,
        allows_negative
    from {{ ref('asset_classes') }}
)

select * from final
