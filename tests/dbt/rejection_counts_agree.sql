-- Guards the list of rejects: by table, the reasons count what audit.landed_row_counts calls rejected and superseded.
with

by_reason as (
    select
        table_name,
        sum(case when reason <> 'superseded' then row_count else 0 end) as rejected_count,
        sum(case when reason = 'superseded' then row_count else 0 end) as superseded_count
    from {{ ref('rejection_counts') }}
    group by table_name
)

select
    coalesce(landed_row_counts.table_name, by_reason.table_name) as table_name,
    landed_row_counts.rejected_count,
    landed_row_counts.superseded_count
from {{ ref('landed_row_counts') }} as landed_row_counts
full join by_reason on landed_row_counts.table_name = by_reason.table_name
where
    coalesce(by_reason.rejected_count, 0) is distinct from landed_row_counts.rejected_count
    or coalesce(by_reason.superseded_count, 0) is distinct from landed_row_counts.superseded_count
