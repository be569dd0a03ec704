-- Guards against silence: a portfolio-day has a row in the facts or a row in the exceptions, never both, never none.
with

portfolio_days as (
    select
        snapshots.portfolio_id,
        int_trading_days.as_of_date
    from {{ ref('int_snapshots_in_force') }} as snapshots
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on {{ is_in_force('snapshots', 'int_trading_days.as_of_date') }}
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on int_trading_days.as_of_date = int_dates_computed.as_of_date
),

explained as (
    select
        explanations.portfolio_id,
        explanations.as_of_date,
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
    ) as explanations
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on explanations.as_of_date = int_dates_computed.as_of_date
    group by explanations.portfolio_id, explanations.as_of_date
)

select
    coalesce(portfolio_days.portfolio_id, explained.portfolio_id) as portfolio_id,
    coalesce(portfolio_days.as_of_date, explained.as_of_date) as as_of_date,
    explained.row_count
from portfolio_days
full join explained
    on portfolio_days.portfolio_id = explained.portfolio_id
    and portfolio_days.as_of_date = explained.as_of_date
where portfolio_days.portfolio_id is null or explained.row_count is distinct from 1
