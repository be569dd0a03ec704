-- One row per landed row that is not used: where it landed, as it landed, and the first reason why it is not used.
with

rejected as (
    select
        'advisors' as table_name,
        stg_advisors.reject_reason as reason,
        advisors.source_file,
        {{ landed_row_as_json('advisors', ['advisor_id', 'advisor_name', 'team']) }} as raw_row
    from {{ ref('stg_advisors') }} as stg_advisors
    inner join {{ ref('advisors') }} as advisors
        on stg_advisors.source_file = advisors.source_file and stg_advisors.source_line = advisors.source_line
    where stg_advisors.reject_reason is not null
    union all
    select
        'clients' as table_name,
        stg_clients.reject_reason as reason,
        clients.source_file,
        {{ landed_row_as_json('clients', ['client_id', 'client_name']) }} as raw_row
    from {{ ref('stg_clients') }} as stg_clients
    inner join {{ ref('clients') }} as clients
        on stg_clients.source_file = clients.source_file and stg_clients.source_line = clients.source_line
    where stg_clients.reject_reason is not null
    union all
    select
        'portfolios' as table_name,
        stg_portfolios.reject_reason as reason,
        portfolios.source_file,
        {{ landed_row_as_json('portfolios', [
            'portfolio_id', 'portfolio_name', 'client_id', 'advisor_id', 'inception_date', 'closed_date'
        ]) }} as raw_row
    from {{ ref('stg_portfolios') }} as stg_portfolios
    inner join {{ ref('portfolios') }} as portfolios
        on stg_portfolios.source_file = portfolios.source_file and stg_portfolios.source_line = portfolios.source_line
    where stg_portfolios.reject_reason is not null
    union all
    select
        'risk_profile_assignments' as table_name,
        stg_risk_profile_assignments.reject_reason as reason,
        risk_profile_assignments.source_file,
        {{ landed_row_as_json('risk_profile_assignments', [
            'portfolio_id', 'effective_date', 'risk_profile'
        ]) }} as raw_row
    from {{ ref('stg_risk_profile_assignments') }} as stg_risk_profile_assignments
    inner join {{ ref('risk_profile_assignments') }} as risk_profile_assignments
        on stg_risk_profile_assignments.source_file = risk_profile_assignments.source_file and stg_risk_profile_assignments.source_line = risk_profile_assignments.source_line
    where stg_risk_profile_assignments.reject_reason is not null
    union all
    select
        'securities' as table_name,
        stg_securities.reject_reason as reason,
        securities.source_file,
        {{ landed_row_as_json('securities', ['security_id', 'security_name', 'asset_class', 'sector']) }} as raw_row
    from {{ ref('stg_securities') }} as stg_securities
    inner join {{ ref('securities') }} as securities
        on stg_securities.source_file = securities.source_file and stg_securities.source_line = securities.source_line
    where stg_securities.reject_reason is not null
    union all
    select
        'prices' as table_name,
        stg_prices.reject_reason as reason,
        prices.source_file,
        {{ landed_row_as_json('prices', ['security_id', 'price_date', 'close_price']) }} as raw_row
    from {{ ref('stg_prices') }} as stg_prices
    inner join {{ ref('prices') }} as prices
        on stg_prices.source_file = prices.source_file and stg_prices.source_line = prices.source_line
    where stg_prices.reject_reason is not null
    union all
    select
        'holdings' as table_name,
        stg_holdings.reject_reason as reason,
        holdings.source_file,
        {{ landed_row_as_json('holdings', ['portfolio_id', 'snapshot_date', 'security_id', 'quantity']) }} as raw_row
    from {{ ref('stg_holdings') }} as stg_holdings
    inner join {{ ref('holdings') }} as holdings
        on stg_holdings.source_file = holdings.source_file and stg_holdings.source_line = holdings.source_line
    where stg_holdings.reject_reason is not null
    union all
    select
        'custodian_balances' as table_name,
        stg_custodian_balances.reject_reason as reason,
        custodian_balances.source_file,
        {{ landed_row_as_json('custodian_balances', ['portfolio_id', 'balance_date', 'market_value']) }} as raw_row
    from {{ ref('stg_custodian_balances') }} as stg_custodian_balances
    inner join {{ ref('custodian_balances') }} as custodian_balances
        on stg_custodian_balances.source_file = custodian_balances.source_file and stg_custodian_balances.source_line = custodian_balances.source_line
    where stg_custodian_balances.reject_reason is not null
),

final as (
    select
        table_name,
        reason,
        source_file,
        raw_row,
        -- a plain build knows no earlier one: first seen is seen by this one
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as first_seen_at
    from rejected
)

select * from final
