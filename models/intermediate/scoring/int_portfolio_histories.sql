-- One row per portfolio and valued day that a feature of this build looks at: how its drift score and its value moved.
with

summed as (
    select
        portfolio_id,
        as_of_date,
        drift_score - {{ exactly_days_before('drift_score', 1) }} as drift_score_change_1d,
        drift_score - {{ exactly_days_before('drift_score', 5) }} as drift_score_change_5d,
        drift_score - {{ exactly_days_before('drift_score', 20) }} as drift_score_change_20d,
        sum(drift_score_move * drift_score_move) over last_20_days as drift_square_20d,
        count(drift_score_move) over last_20_days as drift_count_20d,
        sum(drift_score_move * drift_score_move) over last_60_days as drift_square_60d,
        count(drift_score_move) over last_60_days as drift_count_60d,
        sum(portfolio_return * portfolio_return) over last_20_days as return_square_20d,
        count(portfolio_return) over last_20_days as return_count_20d,
        sum(portfolio_return * portfolio_return) over last_60_days as return_square_60d,
        count(portfolio_return) over last_60_days as return_count_60d
    from {{ ref('int_portfolio_moves') }}
    window
        last_20_days as (
            partition by portfolio_id order by trading_day_number range between 19 preceding and current row
        ),
        last_60_days as (
            partition by portfolio_id order by trading_day_number range between 59 preceding and current row
        )
),

final as (
    select
        portfolio_id,
        as_of_date,
        drift_score_change_1d,
        drift_score_change_5d,
        drift_score_change_20d,
        {{ volatility('drift_square_20d', 'drift_count_20d') }} as drift_volatility_20d,
        {{ volatility('drift_square_60d', 'drift_count_60d') }} as drift_volatility_60d,
        {{ volatility('return_square_20d', 'return_count_20d') }} as portfolio_volatility_20d,
        {{ volatility('return_square_60d', 'return_count_60d') }} as portfolio_volatility_60d,
        return_count_60d as history_days
    from summed
)

select * from final
