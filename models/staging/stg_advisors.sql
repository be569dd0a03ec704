-- One row per landed advisor: its text typed, its row judged.
with

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('advisor_id') }} as advisor_id,
        {{ trimmed('advisor_name') }} as advisor_name,
        nullif({{ trimmed('team') }}, '') as team
    from {{ ref('advisors') }}
),

filed as (
    select
        *,
        max(source_file) over (partition by advisor_id, malformed_line is null) as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when advisor_id = '' then 'missing_advisor_id'
            when advisor_name = '' then 'missing_advisor_name'
        end as own_reason,
        {{ row_as_json(['advisor_name', 'team']) }} as content
    from filed
),

final as (
    select
        source_file,
        source_line,
        advisor_id,
        advisor_name,
        team,
        case
            when own_reason is not null then own_reason
            when min(content) over same_key <> max(content) over same_key then 'duplicate_key'
            when source_line > min(source_line) over same_key then 'repeated_row'
        end as reject_reason
    from judged_alone
    window same_key as (partition by advisor_id, own_reason)
)

select * from final
