-- One row per security.
with

final as (
    select
        security_id,
        security_name,
        asset_class,
        sector
    from {{ ref('stg_securities') }}
    where reject_reason is null
)

select * from final
