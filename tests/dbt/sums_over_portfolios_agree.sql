-- Guards the reports: per day, advisor_overview, drift_trend and the firm in book_overview hold the portfolios and the
-- money of the facts.
with

facts as (
    select
        as_of_date,
        count(*) as portfolio_count,
        sum(market_value) as aum
    from {{ ref('fct_portfolio_daily') }}
    group by as_of_date
),

by_advisor as (
    select
        as_of_date,
        sum(portfolio_count) as portfolio_count,
        sum(normal_count + watch_count + rebalance_count) as status_count,
        sum(aum) as aum,
        sum(unvalued_count) as unvalued_count
    from {{ ref('advisor_overview') }}
    group by as_of_date
),

by_firm as (
    select
        as_of_date,
        portfolio_count,
        aum,
        unvalued_count
    from {{ ref('book_overview') }}
    where book_level = 'firm'
),

by_status as (
    select
        as_of_date,
        sum(case when drift_status <> 'Unvalued' then portfolio_count end) as portfolio_count,
        sum(aum) as aum,
        coalesce(sum(case when drift_status = 'Unvalued' then portfolio_count end), 0) as unvalued_count
    from {{ ref('drift_trend') }}
    group by as_of_date
)

select coalesce(facts.as_of_date, by_advisor.as_of_date, by_status.as_of_date, by_firm.as_of_date) as as_of_date
from facts
full join by_advisor on facts.as_of_date = by_advisor.as_of_date
full join by_status on coalesce(facts.as_of_date, by_advisor.as_of_date) = by_status.as_of_date
full join by_firm on coalesce(facts.as_of_date, by_advisor.as_of_date, by_status.as_of_date) = by_firm.as_of_date
where
    coalesce(by_advisor.portfolio_count, 0) is distinct from coalesce(facts.portfolio_count, 0)
    or coalesce(by_status.portfolio_count, 0) is distinct from coalesce(facts.portfolio_count, 0)
    or coalesce(by_firm.portfolio_count, 0) is distinct from coalesce(facts.portfolio_count, 0)
    or coalesce(by_advisor.status_count, 0) is distinct from coalesce(facts.portfolio_count, 0)
    or by_advisor.aum is distinct from facts.aum
    or by_status.aum is distinct from facts.aum
    or by_firm.aum is distinct from facts.aum
    or coalesce(by_advisor.unvalued_count, 0) is distinct from coalesce(by_status.unvalued_count, 0)
    or coalesce(by_firm.unvalued_count, 0) is distinct from coalesce(by_status.unvalued_count, 0)
