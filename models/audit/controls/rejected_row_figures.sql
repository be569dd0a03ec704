-- One row, for the control rejected_rows: the largest rejected share of a landed table, superseded rows aside.
with

judged_tables as (
    select
        table_name,
        rejected_count,
        landed_count - superseded_count as judged_count
    from {{ ref('landed_row_counts') }}
    where landed_count > superseded_count
),

rejected_shares as (
    select
        table_name,
        rejected_count,
        {{ ratio('rejected_count', 'judged_count', 0, 0) }} as rejected_share,
        table_name || ': ' || cast(rejected_count as string) || ' of ' || cast(judged_count as string) || ' rows'
            as told
    from judged_tables
),

ranked_shares as (
    select
        *,
        row_number() over (order by rejected_share desc, rejected_count desc, table_name) as place
    from rejected_shares
),

final as (
    select
        'rejected_rows' as control,
        cast(max(rejected_share) as decimal(18, 10)) as figure,
        cast(coalesce(sum(rejected_count), 0) as integer) as finding_count,
        max(case when place = 1 and rejected_count > 0 then told end) as worst_finding,
        'audit.rejected_rows' as listed_in
    from ranked_shares
)

select * from final
