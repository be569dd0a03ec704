-- One row per portfolio and day whose features and scores this build computes.
with

scored_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        score_dates.trading_day_number
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_score_dates') }} as score_dates
        on portfolio_days.as_of_date = score_dates.as_of_date
),

final as (
    select
        scored_days.portfolio_id,
        scored_days.as_of_date,
        scored_days.trading_day_number
    from scored_days
    left join {{ ref('int_standing_scores') }} as standing_scores
        on scored_days.portfolio_id = standing_scores.portfolio_id
        and scored_days.as_of_date = standing_scores.as_of_date
    where standing_scores.portfolio_id is null
)

select * from final
