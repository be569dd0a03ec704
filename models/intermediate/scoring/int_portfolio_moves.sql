-- One row per portfolio and valued day that a feature of this build looks at: what the market moved since yesterday.
-- A move across a trade, a change of profile or a day without a value is not the market's, and is not known.
with

days_to_score as (
    select trading_day_number from {{ ref('int_days_to_score') }}
    group by trading_day_number
),

days_looked_at as (
    select
        trading_days.as_of_date,
        trading_days.trading_day_number
    from {{ ref('int_trading_days') }} as trading_days
    inner join days_to_score
        on trading_days.trading_day_number
        between days_to_score.trading_day_number - {{ score_window_days() }} and days_to_score.trading_day_number
    group by trading_days.as_of_date, trading_days.trading_day_number
),

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        days_looked_at.trading_day_number,
        portfolio_days.snapshot_date,
        portfolio_days.portfolio_key,
        portfolio_days.market_value,
        portfolio_days.drift_score
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join days_looked_at on portfolio_days.as_of_date = days_looked_at.as_of_date
),

days_beside_the_day_before as (
    select
        *,
        lag(trading_day_number) over by_day as earlier_day_number,
        lag(snapshot_date) over by_day as earlier_snapshot_date,
        lag(portfolio_key) over by_day as earlier_portfolio_key,
        lag(market_value) over by_day as earlier_market_value,
        lag(drift_score) over by_day as earlier_drift_score
    from portfolio_days
    window by_day as (partition by portfolio_id order by trading_day_number)
),

days_judged as (
    select
        *,
        coalesce(
            earlier_day_number = trading_day_number - 1
            and earlier_snapshot_date = snapshot_date
            and earlier_portfolio_key = portfolio_key,
            false
        ) as is_market_move
    from days_beside_the_day_before
),

final as (
    select
        portfolio_id,
        as_of_date,
        trading_day_number,
        is_market_move,
        drift_score,
        case when is_market_move then {{ move_units('drift_score - earlier_drift_score') }} end as drift_score_move,
        case when is_market_move then {{ return_units('market_value', 'earlier_market_value') }} end as portfolio_return
    from days_judged
)

select * from final
