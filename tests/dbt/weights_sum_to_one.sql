-- Guards weights and drifts: on every portfolio-day the weights sum to 1 and the signed drifts to 0, each within half a
-- unit of the tenth decimal per class, and no weight was bent to make it so.
with

totals as (
    select
        class_days.portfolio_id,
        class_days.as_of_date,
        count(*) as class_count,
        sum(class_days.actual_weight) as weight_total,
        sum(class_days.signed_drift) as signed_drift_total
    from {{ ref('fct_asset_class_daily') }} as class_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on class_days.as_of_date = int_dates_computed.as_of_date
    group by class_days.portfolio_id, class_days.as_of_date
)

select *
from totals
where
    abs(weight_total - 1) > class_count * cast(0.00000000005 as decimal(18, 11))
    or abs(signed_drift_total) > class_count * cast(0.00000000005 as decimal(18, 11))
