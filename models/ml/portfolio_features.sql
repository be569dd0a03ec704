-- One row per portfolio and scored day: what its close tells of how near the rebalance band is, and how fast it moves.
-- Nothing of a later day is in it. What the history is too short to tell is null.
with

-- the last band has no upper bound: above the highest lower bound a portfolio is to be rebalanced
rebalance_bands as (
    select
        as_of_date,
        max(above_drift) as band
    from {{ ref('int_drift_bands_of_the_day') }}
    group by as_of_date
),

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

looked_back as (
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
),

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.risk_level,
        portfolio_days.severity,
        portfolio_days.drift_score,
        portfolio_days.days_in_status,
        portfolio_days.snapshot_date,
        portfolio_days.position_count,
        portfolio_days.stale_position_count,
        days_to_score.trading_day_number
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_days_to_score') }} as days_to_score
        on portfolio_days.portfolio_id = days_to_score.portfolio_id
        and portfolio_days.as_of_date = days_to_score.as_of_date
),

-- a snapshot of a day without trading is in force from the next trading day
snapshot_dates as (
    select snapshot_date from portfolio_days
    group by snapshot_date
),

first_days_of_snapshots as (
    select
        snapshot_dates.snapshot_date,
        min(trading_days.trading_day_number) as first_day_number
    from snapshot_dates
    inner join {{ ref('int_trading_days') }} as trading_days on snapshot_dates.snapshot_date <= trading_days.as_of_date
    group by snapshot_dates.snapshot_date
),

classes_in_their_bands as (
    select
        class_histories.*,
        rebalance_bands.band - abs(class_histories.signed_drift) as headroom,
        rebalance_bands.band + abs(class_histories.signed_drift) as opposite_headroom,
        sign(class_histories.signed_drift) as outward,
        dim_asset_class.display_order
    from {{ ref('int_class_histories') }} as class_histories
    inner join rebalance_bands on class_histories.as_of_date = rebalance_bands.as_of_date
    inner join {{ ref('dim_asset_class') }} as dim_asset_class
        on class_histories.asset_class = dim_asset_class.asset_class
),

classes_measured as (
    select
        *,
        headroom / nullif(drift_volatility_20d, 0) as headroom_deviations_20d,
        headroom / nullif(drift_volatility_60d, 0) as headroom_deviations_60d,
        -- in millionths: whole numbers, whose sum is exact
        cast(round(least(greatest(actual_weight, -1000), 1000) * 1000000, 0) as bigint) as weight_millionths
    from classes_in_their_bands
),

-- a class that does not move, or whose moves are not known yet, is behind the others
classes_by_nearness as (
    select
        *,
        row_number() over (
            partition by portfolio_id, as_of_date
            order by headroom_deviations_60d asc nulls last, headroom asc, display_order asc
        ) as nearness,
        sum(weight_millionths * weight_millionths) over (partition by portfolio_id, as_of_date) as squared_weights
    from classes_measured
),

final as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.risk_level,
        portfolio_days.severity,
        portfolio_days.drift_score > rebalance_bands.band as is_in_breach,
        cast(rebalance_bands.band as double) as band,
        cast(portfolio_days.drift_score as double) as drift_score,
        cast(looked_back.drift_score_change_1d as double) as drift_score_change_1d,
        cast(looked_back.drift_score_change_5d as double) as drift_score_change_5d,
        cast(looked_back.drift_score_change_20d as double) as drift_score_change_20d,
        looked_back.drift_volatility_20d,
        looked_back.drift_volatility_60d,
        portfolio_days.days_in_status,
        cast(
            portfolio_days.trading_day_number - first_days_of_snapshots.first_day_number as integer
        ) as snapshot_age_days,
        portfolio_days.position_count,
        cast(portfolio_days.stale_position_count as double) / portfolio_days.position_count as stale_share,
        cast(nearest.squared_weights as double) / 1000000000000 as concentration,
        looked_back.portfolio_volatility_20d,
        looked_back.portfolio_volatility_60d,
        cast(looked_back.history_days as integer) as history_days,
        {{ class_feature_columns('nearest') }},
        {{ class_feature_columns('second') }}
    from portfolio_days
    inner join rebalance_bands on portfolio_days.as_of_date = rebalance_bands.as_of_date
    inner join looked_back
        on portfolio_days.portfolio_id = looked_back.portfolio_id
        and portfolio_days.as_of_date = looked_back.as_of_date
    inner join first_days_of_snapshots on portfolio_days.snapshot_date = first_days_of_snapshots.snapshot_date
    inner join classes_by_nearness as nearest
        on portfolio_days.portfolio_id = nearest.portfolio_id
        and portfolio_days.as_of_date = nearest.as_of_date
        and nearest.nearness = 1
    left join classes_by_nearness as second
        on portfolio_days.portfolio_id = second.portfolio_id
        and portfolio_days.as_of_date = second.as_of_date
        and second.nearness = 2
)

select * from final
