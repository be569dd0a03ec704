-- Guards the score: it is the largest drift among the portfolio's classes, and the class it names has it.
with

largest as (
    select
        portfolio_id,
        as_of_date,
        max(drift) as largest_drift
    from {{ ref('fct_asset_class_daily') }}
    group by portfolio_id, as_of_date
)

select
    portfolio_days.portfolio_id,
    portfolio_days.as_of_date
from {{ ref('fct_portfolio_daily') }} as portfolio_days
left join largest
    on portfolio_days.portfolio_id = largest.portfolio_id
    and portfolio_days.as_of_date = largest.as_of_date
left join {{ ref('fct_asset_class_daily') }} as named_class
    on portfolio_days.portfolio_id = named_class.portfolio_id
    and portfolio_days.as_of_date = named_class.as_of_date
    and portfolio_days.drift_asset_class = named_class.asset_class
where
    portfolio_days.drift_score is distinct from largest.largest_drift
    or portfolio_days.drift_score is distinct from named_class.drift
