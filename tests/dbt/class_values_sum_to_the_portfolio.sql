-- Guards money: the values of a portfolio's classes sum to its value, to the cent, on every valued day.
with

class_totals as (
    select
        class_days.portfolio_id,
        class_days.as_of_date,
        sum(class_days.market_value) as class_total
    from {{ ref('fct_asset_class_daily') }} as class_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on class_days.as_of_date = int_dates_computed.as_of_date
    group by class_days.portfolio_id, class_days.as_of_date
),

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.market_value
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on portfolio_days.as_of_date = int_dates_computed.as_of_date
)

select
    portfolio_days.portfolio_id,
    portfolio_days.as_of_date,
    portfolio_days.market_value,
    class_totals.class_total
from portfolio_days
full join class_totals
    on portfolio_days.portfolio_id = class_totals.portfolio_id
    and portfolio_days.as_of_date = class_totals.as_of_date
where portfolio_days.market_value is distinct from class_totals.class_total
