-- One row per rejected row that this run or an earlier one saw: who saw it first and last, and who found it gone.
-- Rows that are equal in table, reason, file and text are one here; row_count says how many they are.
with

rows_now as (
    select
        table_name,
        reason,
        source_file,
        raw_row,
        first_seen_at,
        count(*) as row_count
    from {{ ref('rejected_rows') }}
    group by table_name, reason, source_file, raw_row, first_seen_at
),

rows_now_and_earlier as (
    select
        coalesce(rows_now.table_name, earlier_rejected_rows.table_name) as table_name,
        coalesce(rows_now.reason, earlier_rejected_rows.reason) as reason,
        coalesce(rows_now.source_file, earlier_rejected_rows.source_file) as source_file,
        coalesce(rows_now.raw_row, earlier_rejected_rows.raw_row) as raw_row,
        coalesce(rows_now.row_count, earlier_rejected_rows.row_count) as row_count,
        coalesce(rows_now.first_seen_at, earlier_rejected_rows.first_seen_at) as first_seen_at,
        earlier_rejected_rows.first_seen_run_id,
        earlier_rejected_rows.last_seen_at,
        earlier_rejected_rows.last_seen_run_id,
        earlier_rejected_rows.resolved_at,
        earlier_rejected_rows.resolved_by_run_id,
        case
            when earlier_rejected_rows.table_name is null then 'new'
            when rows_now.table_name is not null then 'seen again'
            when earlier_rejected_rows.resolved_at is null then 'gone now'
            else 'gone before'
        end as sighting
    from rows_now
    full join {{ ref('earlier_rejected_rows') }} as earlier_rejected_rows
        on rows_now.table_name = earlier_rejected_rows.table_name
        and rows_now.reason = earlier_rejected_rows.reason
        and rows_now.source_file = earlier_rejected_rows.source_file
        and rows_now.raw_row = earlier_rejected_rows.raw_row
),

-- a row that is seen is not resolved, whatever an earlier run said
final as (
    select
        history.table_name,
        history.reason,
        history.source_file,
        history.raw_row,
        cast(history.row_count as integer) as row_count,
        history.first_seen_at,
        case when history.sighting = 'new' then this_run.run_id else history.first_seen_run_id end as first_seen_run_id,
        case
            when history.sighting in ('new', 'seen again') then this_run.started_at else history.last_seen_at
        end as last_seen_at,
        case
            when history.sighting in ('new', 'seen again') then this_run.run_id else history.last_seen_run_id
        end as last_seen_run_id,
        case history.sighting
            when 'gone now' then this_run.started_at
            when 'gone before' then history.resolved_at
        end as resolved_at,
        case history.sighting
            when 'gone now' then this_run.run_id
            when 'gone before' then history.resolved_by_run_id
        end as resolved_by_run_id
    from rows_now_and_earlier as history
    cross join {{ ref('this_run') }} as this_run
)

select * from final
