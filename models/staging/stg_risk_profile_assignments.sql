-- One row per landed assignment of a risk profile: its text typed, its row judged.
with

portfolios as (
    select portfolio_id from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

risk_profiles as (
    select risk_profile from {{ ref('target_allocations') }}
    group by risk_profile
),

landed as (
    select
        source_file,
        source_line,
        malformed_line,
        {{ trimmed('portfolio_id') }} as portfolio_id,
        {{ trimmed('effective_date') }} as effective_date_text,
        {{ trimmed('risk_profile') }} as risk_profile
    from {{ ref('risk_profile_assignments') }}
),

typed as (
    select
        *,
        {{ as_date('effective_date_text') }} as effective_date,
        max(source_file)
            over (partition by portfolio_id, effective_date_text, malformed_line is null)
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
            when effective_date_text = '' then 'missing_effective_date'
            when risk_profile = '' then 'missing_risk_profile'
            when effective_date is null then 'invalid_effective_date'
        end as own_reason
    from typed
),

judged_by_key as (
    select
        *,
        case
            when own_reason is not null then own_reason
            when min(risk_profile) over same_key <> max(risk_profile) over same_key then 'duplicate_key'
            when source_line > min(source_line) over same_key then 'repeated_row'
        end as key_reason
    from judged_alone
    window same_key as (partition by portfolio_id, effective_date, own_reason)
),

final as (
    select
        judged_by_key.source_file,
        judged_by_key.source_line,
        judged_by_key.portfolio_id,
        judged_by_key.effective_date,
        judged_by_key.risk_profile,
        case
            when judged_by_key.key_reason is not null then judged_by_key.key_reason
            when portfolios.portfolio_id is null then 'unknown_portfolio'
            when risk_profiles.risk_profile is null then 'unknown_risk_profile'
        end as reject_reason
    from judged_by_key
    left join portfolios on judged_by_key.portfolio_id = portfolios.portfolio_id
    left join risk_profiles on judged_by_key.risk_profile = risk_profiles.risk_profile
)

select * from final
