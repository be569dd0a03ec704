-- Guards the score: it is the largest drift among the portfolio's classes, and the class it names has it.
with

class_drifts as (
    select
        class_days.portfolio_id,
        class_days.as_of_date,
        class_days.asset_class,
        class_days.drift,
        portfolio_days.drift_score,
        portfolio_days.drift_asset_class
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on portfolio_days.as_of_date = int_dates_computed.as_of_date
    left join {{ ref('fct_asset_class_daily') }} as class_days
        on portfolio_days.portfolio_id = class_days.portfolio_id
        and portfolio_days.as_of_date = class_days.as_of_date
)

select
    portfolio_id,
    as_of_date
from class_drifts
group by portfolio_id, as_of_date, drift_score
having
    drift_score is distinct from max(drift)
    or drift_score is distinct from max(case when asset_class = drift_asset_class then drift end)
