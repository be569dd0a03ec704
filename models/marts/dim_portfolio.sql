-- One row per portfolio and version: a new one whenever the risk profile in force changes.
with

versions as (
    select
        portfolio_key,
        portfolio_id,
        risk_profile,
        valid_from,
        valid_to
    from {{ ref('int_risk_profiles_in_force') }}
),

portfolios as (
    select
        portfolio_id,
        portfolio_name,
        client_id,
        advisor_id,
        inception_date,
        closed_date
    from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

final as (
    select
        versions.portfolio_key,
        versions.portfolio_id,
        portfolios.portfolio_name,
        portfolios.client_id,
        stg_clients.client_name,
        portfolios.advisor_id,
        versions.risk_profile,
        portfolios.inception_date,
        portfolios.closed_date,
        versions.valid_from,
        versions.valid_to,
        {{ is_in_force('versions', 'stg_as_of_date.as_of_date') }} as is_current
    from versions
    inner join portfolios on versions.portfolio_id = portfolios.portfolio_id
    inner join {{ ref('stg_clients') }} as stg_clients
        on portfolios.client_id = stg_clients.client_id and stg_clients.reject_reason is null
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
)

select * from final
