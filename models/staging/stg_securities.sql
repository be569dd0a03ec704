-- One row per landed security: its text typed, its row judged.
with

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('security_id') }} as security_id,
        {{ trimmed('security_name') }} as security_name,
        {{ trimmed('asset_class') }} as asset_class,
        nullif({{ trimmed('sector') }}, '') as sector
    from {{ ref('securities') }}
),

filed as (
    select
        *,
        max(source_file) over (partition by security_id, malformed_line is null) as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when security_id = '' then 'missing_security_id'
            when security_name = '' then 'missing_security_name'
            when asset_class = '' then 'missing_asset_class'
        end as own_reason,
        {{ row_as_json(['security_name', 'asset_class', 'sector']) }} as content
    from filed
),

judged_by_key as (
    select
        *,
        case
            when own_reason is not null then own_reason
            when min(content) over same_key <> max(content) over same_key then 'duplicate_key'
            when source_line > min(source_line) over same_key then 'repeated_row'
        end as key_reason
    from judged_alone
    window same_key as (partition by security_id, own_reason)
),

final as (
    select
        judged_by_key.source_file,
        judged_by_key.source_line,
        judged_by_key.security_id,
        judged_by_key.security_name,
        judged_by_key.asset_class,
        judged_by_key.sector,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when asset_classes.asset_class is null then 'unknown_asset_class'
        end as reject_reason
    from judged_by_key
    left join {{ ref('asset_classes') }} as asset_classes
        on judged_by_key.asset_class = asset_classes.asset_class
)

select * from final
