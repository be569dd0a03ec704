-- One row per landed holding: its text typed, its row judged, alone and as part of its snapshot.
with

portfolios as (
    select portfolio_id from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

securities as (
    select
        stg_securities.security_id,
        asset_classes.allows_negative
    from {{ ref('stg_securities') }} as stg_securities
    inner join {{ ref('asset_classes') }} as asset_classes
        on stg_securities.asset_class = asset_classes.asset_class
    where stg_securities.reject_reason is null
),

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('portfolio_id') }} as portfolio_id,
        {{ trimmed('snapshot_date') }} as snapshot_date_text,
        {{ trimmed('security_id') }} as security_id,
        {{ trimmed('quantity') }} as quantity_text
    from {{ ref('holdings') }}
),

typed as (
    select
        *,
        {{ as_date('snapshot_date_text') }} as snapshot_date,
        {{ as_decimal('quantity_text', whole_digits=10, type='decimal(18, 6)') }} as quantity,
        max(source_file)
            over (partition by portfolio_id, snapshot_date_text, malformed_line is null)
            as latest_source_file
    from landed
),

-- a later file replaces the whole snapshot, for a snapshot is a complete list
judged_alone as (
    select
        *,
        case
            when malformed_line is null and source_file < latest_source_file then 'superseded'
            when malformed_line is not null then 'malformed_line'
            when portfolio_id = '' then 'missing_portfolio_id'
            when snapshot_date_text = '' then 'missing_snapshot_date'
            when security_id = '' then 'missing_security_id'
            when quantity_text = '' then 'missing_quantity'
            when snapshot_date is null then 'invalid_snapshot_date'
            when quantity is null then 'invalid_quantity'
        end as own_reason
    from typed
),

repeated_keys as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        min(source_line) as first_line,
        min(quantity) <> max(quantity) as is_contradicted
    from judged_alone
    where own_reason is null
    group by portfolio_id, snapshot_date, security_id
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
        and judged_alone.snapshot_date = repeated_keys.snapshot_date
        and judged_alone.security_id = repeated_keys.security_id
),

judged_by_reference as (
    select
        judged_by_key.*,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when portfolios.portfolio_id is null then 'unknown_portfolio'
            when securities.security_id is null then 'unknown_security'
            when judged_by_key.quantity < 0 and not securities.allows_negative then 'negative_quantity'
        end as reference_reason
    from judged_by_key
    left join portfolios on judged_by_key.portfolio_id = portfolios.portfolio_id
    left join securities on judged_by_key.security_id = securities.security_id
),

-- one bad row spoils its snapshot: half a portfolio is no portfolio
final as (
    select
        source_file,
        source_line,
        portfolio_id,
        snapshot_date,
        security_id,
        quantity,
        case
            when reference_reason is not null then reference_reason
            when count_if(reference_reason not in ('superseded', 'repeated_row')) over same_snapshot > 0
            then 'incomplete_snapshot'
        end as reject_reason
    from judged_by_reference
    window same_snapshot as (partition by portfolio_id, snapshot_date)
)

select * from final
