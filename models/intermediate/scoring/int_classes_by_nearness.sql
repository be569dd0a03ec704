-- One row per portfolio, scored day and asset class: how far the class is from its band, the nearest first.
with

classes_in_their_bands as (
    select
        class_histories.*,
        rebalance_bands.rebalance_band - abs(class_histories.signed_drift) as headroom,
        rebalance_bands.rebalance_band + abs(class_histories.signed_drift) as opposite_headroom,
        sign(class_histories.signed_drift) as outward,
        dim_asset_class.display_order
    from {{ ref('int_class_histories') }} as class_histories
    inner join {{ ref('int_rebalance_bands') }} as rebalance_bands
        on class_histories.as_of_date = rebalance_bands.as_of_date
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
final as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        actual_weight,
        target_weight,
        signed_drift,
        drift_change_5d,
        drift_change_20d,
        drift_volatility_5d,
        drift_volatility_20d,
        drift_volatility_60d,
        return_volatility_20d,
        return_volatility_60d,
        correlation_20d,
        correlation_60d,
        headroom,
        opposite_headroom,
        outward,
        headroom_deviations_20d,
        headroom_deviations_60d,
        row_number() over (
            partition by portfolio_id, as_of_date
            order by headroom_deviations_60d asc nulls last, headroom asc, display_order asc
        ) as nearness,
        sum(weight_millionths * weight_millionths) over (partition by portfolio_id, as_of_date) as squared_weights
    from classes_measured
)

select * from final
