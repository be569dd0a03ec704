-- One row per landed portfolio: its text typed, its row judged.
with

clients as (
    select client_id from {{ ref('stg_clients') }}
    where reject_reason is null
),

advisors as (
    select advisor_id from {{ ref('stg_advisors') }}
    where reject_reason is null
),

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('portfolio_id') }} as portfolio_id,
        {{ trimmed('portfolio_name') }} as portfolio_name,
        {{ trimmed('client_id') }} as client_id,
        {{ trimmed('advisor_id') }} as advisor_id,
        {{ trimmed('inception_date') }} as inception_date_text,
        {{ trimmed('closed_date') }} as closed_date_text
    from {{ ref('portfolios') }}
),

typed as (
    select
        *,
        {{ as_date('inception_date_text') }} as inception_date,
        {{ as_date('closed_date_text') }} as closed_date,
        max(source_file) over (partition by portfolio_id, malformed_line is null) as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when portfolio_id = '' then 'missing_portfolio_id'
            when portfolio_name = '' then 'missing_portfolio_name'
            when client_id = '' then 'missing_client_id'
            when advisor_id = '' then 'missing_advisor_id'
            when inception_date_text = '' then 'missing_inception_date'
            when inception_date is null then 'invalid_inception_date'
            when closed_date is null and closed_date_text <> '' then 'invalid_closed_date'
        end as own_reason,
        {{ row_as_json(['portfolio_name', 'client_id', 'advisor_id', 'inception_date', 'closed_date']) }} as content
    from typed
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
    window same_key as (partition by portfolio_id, own_reason)
),

final as (
    select
        judged_by_key.source_file,
        judged_by_key.source_line,
        judged_by_key.portfolio_id,
        judged_by_key.portfolio_name,
        judged_by_key.client_id,
        judged_by_key.advisor_id,
        judged_by_key.inception_date,
        judged_by_key.closed_date,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when clients.client_id is null then 'unknown_client'
            when advisors.advisor_id is null then 'unknown_advisor'
        end as reject_reason
    from judged_by_key
    left join clients on judged_by_key.client_id = clients.client_id
    left join advisors on judged_by_key.advisor_id = advisors.advisor_id
)

select * from final
