-- One row per landed price: its text typed, its row judged by every rule but the as-of date, which follows from it.
with

securities as (
    select security_id from {{ ref('stg_securities') }}
    where reject_reason is null
),

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('security_id') }} as security_id,
        {{ trimmed('price_date') }} as price_date_text,
        {{ trimmed('close_price') }} as close_price_text
    from {{ ref('prices') }}
),

typed as (
    select
        *,
        {{ as_date('price_date_text') }} as price_date,
        {{ as_decimal('close_price_text', whole_digits=6, type='decimal(18, 6)') }} as close_price,
        max(source_file) over (partition by security_id, price_date_text, malformed_line is null) as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when security_id = '' then 'missing_security_id'
            when price_date_text = '' then 'missing_price_date'
            when close_price_text = '' then 'missing_close_price'
            when price_date is null then 'invalid_price_date'
            when close_price is null then 'invalid_close_price'
        end as own_reason
    from typed
),

judged_by_key as (
    select
        *,
        case
            when own_reason is not null then own_reason
            when min(close_price) over same_key <> max(close_price) over same_key then 'duplicate_key'
            when source_line > min(source_line) over same_key then 'repeated_row'
        end as key_reason
    from judged_alone
    window same_key as (partition by security_id, price_date, own_reason)
),

final as (
    select
        judged_by_key.source_file,
        judged_by_key.source_line,
        judged_by_key.security_id,
        judged_by_key.price_date,
        judged_by_key.close_price,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when securities.security_id is null then 'unknown_security'
            when trading_calendar.trading_date is null then 'not_a_trading_day'
            when judged_by_key.close_price <= 0 then 'non_positive_price'
        end as reject_reason
    from judged_by_key
    left join securities on judged_by_key.security_id = securities.security_id
    left join {{ ref('trading_calendar') }} as trading_calendar
        on judged_by_key.price_date = trading_calendar.trading_date
)

select * from final
