-- One row per landing table and reason that occurs: how many of its landed rows are not used for it.
with

final as (
    select
        table_name,
        reason,
        cast(count(*) as integer) as row_count,
        min(first_seen_at) as first_seen_at
    from {{ ref('rejected_rows') }}
    group by table_name, reason
)

select * from final
