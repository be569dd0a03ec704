-- One row per landed custodian balance: its text typed, its row judged.
with

portfolios as (
    select portfolio_id from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('portfolio_id') }} as portfolio_id,
        {{ trimmed('balance_date') }} as balance_date_text,
        {{ trimmed('market_value') }} as market_value_text
    from {{ ref('custodian_balances') }}
),

typed as (
    select
        *,
        {{ as_date('balance_date_text') }} as balance_date,
        {{ as_decimal('market_value_text', whole_digits=14, type='decimal(20, 6)') }} as market_value,
        max(source_file)
            over (partition by portfolio_id, balance_date_text, malformed_line is null)
            as latest_source_file
    from landed
),

judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when portfolio_id = '' then 'missing_portfolio_id'
            when balance_date_text = '' then 'missing_balance_date'
            when market_value_text = '' then 'missing_market_value'
            when balance_date is null then 'invalid_balance_date'
            when market_value is null then 'invalid_market_value'
        end as own_reason
    from typed
),

repeated_keys as (
    select
        portfolio_id,
        balance_date,
        min(source_line) as first_line,
        min(market_value) <> max(market_value) as is_contradicted
    from judged_alone
    where own_reason is null
    group by portfolio_id, balance_date
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
        on judged_alone.portfolio_id = repeated_keys.portfolio_id
        and judged_alone.balance_date = repeated_keys.balance_date
),

final as (
    select
        judged_by_key.source_file,
        judged_by_key.source_line,
        judged_by_key.portfolio_id,
        judged_by_key.balance_date,
        judged_by_key.market_value,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when portfolios.portfolio_id is null then 'unknown_portfolio'
        end as reject_reason
    from judged_by_key
    left join portfolios on judged_by_key.portfolio_id = portfolios.portfolio_id
)

select * from final
