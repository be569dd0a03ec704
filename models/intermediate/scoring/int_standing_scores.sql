-- One row per portfolio and scored day of the earlier run that this build takes over: none in a full build.
-- Features look back over the longest window, so a restated day takes with it the scores of as many days after it.
with

earlier_days as (
    select
        earlier_scored_days.portfolio_id,
        earlier_scored_days.as_of_date,
        score_dates.trading_day_number
    from {{ ref('earlier_scored_days') }} as earlier_scored_days
    inner join {{ ref('int_score_dates') }} as score_dates
        on earlier_scored_days.as_of_date = score_dates.as_of_date
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on earlier_scored_days.as_of_date <= last_standing_day.last_standing_date
),

restated_days as (
    select
        restated_days.portfolio_id,
        trading_days.trading_day_number
    from {{ ref('int_restated_days') }} as restated_days
    inner join {{ ref('int_trading_days') }} as trading_days
        on restated_days.as_of_date = trading_days.as_of_date
),

reached_days as (
    select
        earlier_days.portfolio_id,
        earlier_days.as_of_date
    from earlier_days
    inner join restated_days
        on earlier_days.portfolio_id = restated_days.portfolio_id
        and restated_days.trading_day_number
        between earlier_days.trading_day_number - {{ score_window_days() }} and earlier_days.trading_day_number
    group by earlier_days.portfolio_id, earlier_days.as_of_date
),

final as (
    select
        earlier_days.portfolio_id,
        earlier_days.as_of_date
    from earlier_days
    left join reached_days
        on earlier_days.portfolio_id = reached_days.portfolio_id and earlier_days.as_of_date = reached_days.as_of_date
    where reached_days.portfolio_id is null
)

select * from final
