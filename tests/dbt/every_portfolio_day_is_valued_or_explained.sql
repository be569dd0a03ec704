-- Guards against silence: a portfolio-day has a row in the facts or a row in the exceptions, never both, never none.
with

explained as (
    select
        portfolio_id,
        as_of_date,
        count(*) as row_count
    from (
        select
            portfolio_id,
            as_of_date
        from {{ ref('fct_portfolio_daily') }}
        union all
        select
            portfolio_id,
            as_of_date
        from {{ ref('valuation_exceptions') }}
    ) as valued_or_excepted
    group by portfolio_id, as_of_date
)

select
    portfolio_days.portfolio_id,
    portfolio_days.as_of_date,
    explained.row_count
from {{ ref('int_portfolio_days') }} as portfolio_days
full join explained
    on portfolio_days.portfolio_id = explained.portfolio_id
    and portfolio_days.as_of_date = explained.as_of_date
where portfolio_days.portfolio_id is null or explained.row_count is distinct from 1
