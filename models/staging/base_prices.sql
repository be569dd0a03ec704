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

repeated_keys as (
    select
        security_id,
        price_date,
        min(source_line) as first_line,
        min(close_price) <> max(close_price) as is_contradicted
    from judged_alone
    where own_reason is null
    group by security_id, price_date
    having count(*) > 1
),

judged_by_key as (
    select
        judged_alone.*,
        case
            when judged_alone.own_reason is not null then judged_alone.own_reason
            when repeated_keys.is_contradicted then 'duplicate_key'
            when judged_alone.source_line > repeated_keys.first_line then 'repeated_row'
        end as key_reason
    from judged_alone
    left join repeated_keys
        on judged_alone.security_id = repeated_keys.security_id
        and judged_alone.price_date = repeated_keys.price_date
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
