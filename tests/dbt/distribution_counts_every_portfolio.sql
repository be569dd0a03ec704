-- Guards the distribution: each of its days has the portfolios and the money of the facts, and the as-of date is one.
with

facts as (
    select
        portfolio_days.as_of_date,
        dim_date.is_as_of_date,
        count(*) as portfolio_count,
        sum(portfolio_days.market_value) as aum
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('dim_date') }} as dim_date on portfolio_days.as_of_date = dim_date.as_of_date
    group by portfolio_days.as_of_date, dim_date.is_as_of_date
),

by_bin as (
    select
        as_of_date,
        is_as_of_date,
        sum(portfolio_count) as portfolio_count,
        sum(aum) as aum
    from {{ ref('drift_distribution') }}
    group by as_of_date, is_as_of_date
)

select coalesce(facts.as_of_date, by_bin.as_of_date) as as_of_date
from facts
full join by_bin on facts.as_of_date = by_bin.as_of_date
where
    (facts.is_as_of_date or by_bin.as_of_date is not null)
    and (
        by_bin.portfolio_count is distinct from facts.portfolio_count
        or by_bin.aum is distinct from facts.aum
        or by_bin.is_as_of_date is distinct from facts.is_as_of_date
    )
