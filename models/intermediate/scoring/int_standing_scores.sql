-- One row per portfolio and scored day of the earlier run that this build takes over: none in a full build.
-- Features look back over the longest window, so a restated day takes with it the scores of as many days after it.
with

-- a snapshot's age counts trading days, however long ago: where the calendar is not what it was no later day stands
first_changed_day as (
    select min(coalesce(trading_days.as_of_date, earlier_trading_days.as_of_date)) as changed_date
    from {{ ref('int_trading_days') }} as trading_days
    full join {{ ref('earlier_trading_days') }} as earlier_trading_days
        on trading_days.as_of_date = earlier_trading_days.as_of_date
    where trading_days.as_of_date is null or earlier_trading_days.as_of_date is null
),

-- horizons that the earlier run did not score, or that policy does not name any more: then no day stands
changed_horizons as (
    select count(*) as horizon_count
    from {{ ref('risk_score_policy') }} as risk_score_policy
    full join {{ ref('earlier_horizons') }} as earlier_horizons
        on risk_score_policy.horizon_days = earlier_horizons.horizon_days
    where risk_score_policy.horizon_days is null or earlier_horizons.horizon_days is null
),

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
    inner join first_changed_day
        on earlier_scored_days.as_of_date < first_changed_day.changed_date or first_changed_day.changed_date is null
    inner join changed_horizons on changed_horizons.horizon_count = 0
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
