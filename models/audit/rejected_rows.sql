-- One row per landed row that is not used: where it landed, as it landed, and the first reason why it is not used.
with

rejected as (
    select
        'advisors' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['advisor_id', 'advisor_name', 'team']) }} as raw_row
    from {{ ref('stg_advisors') }} as judged
    inner join {{ ref('advisors') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'clients' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['client_id', 'client_name']) }} as raw_row
    from {{ ref('stg_clients') }} as judged
    inner join {{ ref('clients') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'portfolios' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json([
            'portfolio_id', 'portfolio_name', 'client_id', 'advisor_id', 'inception_date', 'closed_date'
        ]) }} as raw_row
    from {{ ref('stg_portfolios') }} as judged
    inner join {{ ref('portfolios') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'risk_profile_assignments' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['portfolio_id', 'effective_date', 'risk_profile']) }} as raw_row
    from {{ ref('stg_risk_profile_assignments') }} as judged
    inner join {{ ref('risk_profile_assignments') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'securities' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['security_id', 'security_name', 'asset_class', 'sector']) }} as raw_row
    from {{ ref('stg_securities') }} as judged
    inner join {{ ref('securities') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'prices' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['security_id', 'price_date', 'close_price']) }} as raw_row
    from {{ ref('stg_prices') }} as judged
    inner join {{ ref('prices') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'holdings' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['portfolio_id', 'snapshot_date', 'security_id', 'quantity']) }} as raw_row
    from {{ ref('stg_holdings') }} as judged
    inner join {{ ref('holdings') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
    union all
    select
        'custodian_balances' as table_name,
        judged.reject_reason as reason,
        landed.source_file,
        {{ landed_row_as_json(['portfolio_id', 'balance_date', 'market_value']) }} as raw_row
    from {{ ref('stg_custodian_balances') }} as judged
    inner join {{ ref('custodian_balances') }} as landed
        on judged.source_file = landed.source_file and judged.source_line = landed.source_line
    where judged.reject_reason is not null
),

-- a row that an earlier run saw was first seen then, also if it was gone for a while
final as (
    select
        rejected.table_name,
        rejected.reason,
        rejected.source_file,
        rejected.raw_row,
        coalesce(earlier_rejected_rows.first_seen_at, this_run.started_at) as first_seen_at
    from rejected
    cross join {{ ref('this_run') }} as this_run
    left join {{ ref('earlier_rejected_rows') }} as earlier_rejected_rows
        on rejected.table_name = earlier_rejected_rows.table_name
        and rejected.reason = earlier_rejected_rows.reason
        and rejected.source_file = earlier_rejected_rows.source_file
        and rejected.raw_row = earlier_rejected_rows.raw_row
)

select * from final
