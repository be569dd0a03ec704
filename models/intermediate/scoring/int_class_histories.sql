-- One row per portfolio, scored day and asset class: where the class stands in its band, and how the market moved it.
with

class_days as (
    select
        class_days.portfolio_id,
        class_days.as_of_date,
        class_days.asset_class,
        class_days.market_value,
        class_days.actual_weight,
        class_days.target_weight,
        class_days.signed_drift,
        portfolio_moves.trading_day_number,
        portfolio_moves.is_market_move,
        portfolio_moves.portfolio_return
    from {{ ref('fct_asset_class_daily') }} as class_days
    inner join {{ ref('int_portfolio_moves') }} as portfolio_moves
        on class_days.portfolio_id = portfolio_moves.portfolio_id
        and class_days.as_of_date = portfolio_moves.as_of_date
),

days_beside_the_day_before as (
    select
        *,
        is_market_move and lag(trading_day_number) over by_day = trading_day_number - 1 as is_class_move,
        lag(actual_weight) over by_day as earlier_weight,
        lag(market_value) over by_day as earlier_market_value
    from class_days
    window by_day as (partition by portfolio_id, asset_class order by trading_day_number)
),

-- a move of the weight is a move of the drift: a target that changes is not the market's doing
moves as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        actual_weight,
        target_weight,
        signed_drift,
        trading_day_number,
        case when is_class_move then {{ move_units('actual_weight - earlier_weight') }} end as drift_move,
        case when is_class_move then {{ return_units('market_value', 'earlier_market_value') }} end as class_return,
        case when is_class_move then portfolio_return end as portfolio_return
    from days_beside_the_day_before
),

-- each sum once: they are what costs
summed as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        actual_weight,
        target_weight,
        signed_drift,
        sum(drift_move) over last_5_days as drift_move_5d,
        sum(drift_move * drift_move) over last_5_days as drift_square_5d,
        count(drift_move) over last_5_days as drift_count_5d,
        sum(drift_move) over last_20_days as drift_move_20d,
        sum(drift_move * drift_move) over last_20_days as drift_square_20d,
        count(drift_move) over last_20_days as drift_count_20d,
        sum(class_return * class_return) over last_20_days as class_square_20d,
        count(class_return) over last_20_days as class_count_20d,
        sum(class_return * portfolio_return) over last_20_days as common_square_20d,
        sum(portfolio_return * portfolio_return) over last_20_days as portfolio_square_20d,
        sum(drift_move * drift_move) over last_60_days as drift_square_60d,
        count(drift_move) over last_60_days as drift_count_60d,
        sum(class_return * class_return) over last_60_days as class_square_60d,
        count(class_return) over last_60_days as class_count_60d,
        sum(class_return * portfolio_return) over last_60_days as common_square_60d,
        sum(portfolio_return * portfolio_return) over last_60_days as portfolio_square_60d
    from moves
    window
        last_5_days as (
            partition by portfolio_id, asset_class
            order by trading_day_number range between 4 preceding and current row
        ),
        last_20_days as (
            partition by portfolio_id, asset_class
            order by trading_day_number range between 19 preceding and current row
        ),
        last_60_days as (
            partition by portfolio_id, asset_class
            order by trading_day_number range between 59 preceding and current row
        )
),

final as (
    select
        summed.portfolio_id,
        summed.as_of_date,
        summed.asset_class,
        summed.actual_weight,
        summed.target_weight,
        summed.signed_drift,
        {{ in_shares('summed.drift_move_5d') }} as drift_change_5d,
        {{ in_shares('summed.drift_move_20d') }} as drift_change_20d,
        {{ volatility('summed.drift_square_5d', 'summed.drift_count_5d') }} as drift_volatility_5d,
        {{ volatility('summed.drift_square_20d', 'summed.drift_count_20d') }} as drift_volatility_20d,
        {{ volatility('summed.drift_square_60d', 'summed.drift_count_60d') }} as drift_volatility_60d,
        {{ volatility('summed.class_square_20d', 'summed.class_count_20d') }} as return_volatility_20d,
        {{ volatility('summed.class_square_60d', 'summed.class_count_60d') }} as return_volatility_60d,
        {{ correlation('summed.common_square_20d', 'summed.class_square_20d', 'summed.portfolio_square_20d') }}
            as correlation_20d,
        {{ correlation('summed.common_square_60d', 'summed.class_square_60d', 'summed.portfolio_square_60d') }}
            as correlation_60d
    from summed
    inner join {{ ref('int_days_to_score') }} as days_to_score
        on summed.portfolio_id = days_to_score.portfolio_id
        and summed.as_of_date = days_to_score.as_of_date
)

select * from final
