-- One row per advisor.
with

final as (
    select
        advisor_id,
        advisor_name,
        team
    from {{ ref('stg_advisors') }}
    where reject_reason is null
)

select * from final
