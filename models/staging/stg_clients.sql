-- One row per landed client: its text typed, its row judged.
with

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('client_id') }} as client_id,
        {{ trimmed('client_name') }} as client_name
    from {{ ref('clients') }}
),

filed as (
    select
        *,
        max(source_file) over (partition by client_id, malformed_line is null) as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when client_id = '' then 'missing_client_id'
            when client_name = '' then 'missing_client_name'
        end as own_reason
    from filed
),

final as (
    select
        source_file,
        source_line,
        client_id,
        client_name,
        case
            when own_reason is not null then own_reason
            when min(client_name) over same_key <> max(client_name) over same_key then 'duplicate_key'
            when source_line > min(source_line) over same_key then 'repeated_row'
        end as reject_reason
    from judged_alone
    window same_key as (partition by client_id, own_reason)
)

select * from final
