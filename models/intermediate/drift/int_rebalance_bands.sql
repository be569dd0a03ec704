-- One row per trading day: the drift score above which a portfolio is to be rebalanced that day.
with

-- the last band has no upper bound: above the highest lower bound a portfolio is to be rebalanced
final as (
    select
        as_of_date,
        max(above_drift) as rebalance_band
    from {{ ref('int_drift_bands_of_the_day') }}
    group by as_of_date
)

select * from final
