-- One row per portfolio and scored day: what its close tells of how near the rebalance band is, and how fast it moves.
-- Nothing of a later day is in it. What the history is too short to tell is null.
with

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

final as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.risk_level,
        portfolio_days.severity,
        portfolio_days.drift_score > rebalance_bands.rebalance_band as is_in_breach,
        cast(rebalance_bands.rebalance_band as double) as band,
        cast(portfolio_days.drift_score as double) as drift_score,
        cast(portfolio_histories.drift_score_change_1d as double) as drift_score_change_1d,
        cast(portfolio_histories.drift_score_change_5d as double) as drift_score_change_5d,
        cast(portfolio_histories.drift_score_change_20d as double) as drift_score_change_20d,
        portfolio_histories.drift_volatility_20d,
        portfolio_histories.drift_volatility_60d,
        portfolio_days.days_in_status,
        cast(
            portfolio_days.trading_day_number - first_days_of_snapshots.first_day_number as integer
        ) as snapshot_age_days,
        portfolio_days.position_count,
        cast(portfolio_days.stale_position_count as double) / portfolio_days.position_count as stale_share,
        cast(nearest.squared_weights as double) / 1000000000000 as concentration,
        portfolio_histories.portfolio_volatility_20d,
        portfolio_histories.portfolio_volatility_60d,
        cast(portfolio_histories.history_days as integer) as history_days,
        {{ class_feature_columns('nearest') }},
        {{ class_feature_columns('second') }}
    from portfolio_days
    inner join {{ ref('int_rebalance_bands') }} as rebalance_bands
        on portfolio_days.as_of_date = rebalance_bands.as_of_date
    inner join {{ ref('int_portfolio_histories') }} as portfolio_histories
        on portfolio_days.portfolio_id = portfolio_histories.portfolio_id
        and portfolio_days.as_of_date = portfolio_histories.as_of_date
    inner join first_days_of_snapshots on portfolio_days.snapshot_date = first_days_of_snapshots.snapshot_date
    inner join {{ ref('int_classes_by_nearness') }} as nearest
        on portfolio_days.portfolio_id = nearest.portfolio_id
        and portfolio_days.as_of_date = nearest.as_of_date
        and nearest.nearness = 1
    left join {{ ref('int_classes_by_nearness') }} as second
        on portfolio_days.portfolio_id = second.portfolio_id
        and portfolio_days.as_of_date = second.as_of_date
        and second.nearness = 2
)

select * from final
