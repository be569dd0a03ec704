-- One row per open portfolio and trading day without a value, since the book's first snapshot: the reason.
with

portfolios as (
    select
        portfolio_id,
        advisor_id,
        inception_date,
        closed_date
    from {{ ref('stg_portfolios') }}
    where reject_reason is null
),

first_snapshots as (
    select
        portfolio_id,
        min(snapshot_date) as first_snapshot_date
    from {{ ref('int_snapshots_in_force') }}
    group by portfolio_id
),

book_days as (
    select as_of_date from {{ ref('int_book_days') }}
),

-- open, and nothing is known of what it holds
days_without_holdings as (
    select
        portfolios.portfolio_id,
        book_days.as_of_date
    from portfolios
    left join first_snapshots on portfolios.portfolio_id = first_snapshots.portfolio_id
    inner join book_days
        on portfolios.inception_date <= book_days.as_of_date
        and (portfolios.closed_date is null or portfolios.closed_date > book_days.as_of_date)
        and (first_snapshots.first_snapshot_date is null or first_snapshots.first_snapshot_date > book_days.as_of_date)
),

unvalued_days as (
    select
        portfolio_id,
        as_of_date,
        unvalued_reason
    from {{ ref('int_valuation_exceptions') }}
    union all
    select
        portfolio_id,
        as_of_date,
        'no_holdings' as unvalued_reason
    from days_without_holdings
),

risk_profiles as (
    select
        portfolio_id,
        risk_profile,
        valid_from,
        valid_to
    from {{ ref('int_risk_profiles_in_force') }}
),

final as (
    select
        unvalued_days.portfolio_id,
        unvalued_days.as_of_date,
        portfolios.advisor_id,
        risk_profiles.risk_profile,
        unvalued_days.unvalued_reason
    from unvalued_days
    inner join portfolios on unvalued_days.portfolio_id = portfolios.portfolio_id
    left join risk_profiles
        on unvalued_days.portfolio_id = risk_profiles.portfolio_id
        and {{ is_in_force('risk_profiles', 'unvalued_days.as_of_date') }}
)

select * from final
