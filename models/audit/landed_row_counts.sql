-- One row per landing table: what landed, and what became of it.
with

landed as (
    select
        'advisors' as table_name,
        count(*) as row_count
    from {{ ref('advisors') }}
    union all
    select
        'clients' as table_name,
        count(*) as row_count
    from {{ ref('clients') }}
    union all
    select
        'portfolios' as table_name,
        count(*) as row_count
    from {{ ref('portfolios') }}
    union all
    select
        'risk_profile_assignments' as table_name,
        count(*) as row_count
    from {{ ref('risk_profile_assignments') }}
    union all
    select
        'securities' as table_name,
        count(*) as row_count
    from {{ ref('securities') }}
    union all
    select
        'prices' as table_name,
        count(*) as row_count
    from {{ ref('prices') }}
    union all
    select
        'holdings' as table_name,
        count(*) as row_count
    from {{ ref('holdings') }}
    union all
    select
        'custodian_balances' as table_name,
        count(*) as row_count
    from {{ ref('custodian_balances') }}
),

judged as (
    select
        'advisors' as table_name,
        reject_reason
    from {{ ref('stg_advisors') }}
    union all
    select
        'clients' as table_name,
        reject_reason
    from {{ ref('stg_clients') }}
    union all
    select
        'portfolios' as table_name,
        reject_reason
    from {{ ref('stg_portfolios') }}
    union all
    select
        'risk_profile_assignments' as table_name,
        reject_reason
    from {{ ref('stg_risk_profile_assignments') }}
    union all
    select
        'securities' as table_name,
        reject_reason
    from {{ ref('stg_securities') }}
    union all
    select
        'prices' as table_name,
        reject_reason
    from {{ ref('stg_prices') }}
    union all
    select
        'holdings' as table_name,
        reject_reason
    from {{ ref('stg_holdings') }}
    union all
    select
        'custodian_balances' as table_name,
        reject_reason
    from {{ ref('stg_custodian_balances') }}
),

judgements as (
    select
        table_name,
        count_if(reject_reason is null) as accepted_count,
        count_if(reject_reason is not null and reject_reason <> 'superseded') as rejected_count,
        count_if(reject_reason = 'superseded') as superseded_count
    from judged
    group by table_name
),

-- left join: a table without a row is judged by nobody, and its counts are zero
final as (
    select
        landed.table_name,
        cast(landed.row_count as integer) as landed_count,
        cast(coalesce(judgements.accepted_count, 0) as integer) as accepted_count,
        cast(coalesce(judgements.rejected_count, 0) as integer) as rejected_count,
        cast(coalesce(judgements.superseded_count, 0) as integer) as superseded_count
    from landed
    left join judgements on landed.table_name = judgements.table_name
)

select * from final
