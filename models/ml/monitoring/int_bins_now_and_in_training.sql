-- One row per feature, or log-odds of a horizon, and bin of the training data: its share then, and on the
-- scored days of the window that policy looks at.
with

days_looked_at as (
    select distinct as_of_date
    from {{ ref('int_monitored_days') }}
    where monitor in ('population_stability_index', 'kolmogorov_smirnov')
),

bins as (
    select
        horizon_days,
        feature,
        bin_number,
        above,
        up_to,
        reference_share
    from {{ ref('reference_distribution') }}
),

values_looked_at as (
    select
        monitored_values.as_of_date,
        monitored_values.horizon_days,
        monitored_values.feature,
        monitored_values.value
    from {{ ref('int_monitored_values') }} as monitored_values
    inner join days_looked_at on monitored_values.as_of_date = days_looked_at.as_of_date
),

counted as (
    select
        bins.horizon_days,
        bins.feature,
        bins.bin_number,
        count(*) as row_count
    from values_looked_at as monitored_values
    inner join bins
        on monitored_values.feature = bins.feature
        and monitored_values.horizon_days is not distinct from bins.horizon_days
        and case
            when bins.bin_number = 0 then monitored_values.value is null
            else
                (bins.above is null or monitored_values.value > bins.above)
                and (bins.up_to is null or monitored_values.value <= bins.up_to)
        end
    group by bins.horizon_days, bins.feature, bins.bin_number
),

-- the calendar goes further back than the book: a day counts where there is something to compare
day_count as (
    select count(distinct as_of_date) as day_total from values_looked_at
),

shares as (
    select
        bins.horizon_days,
        bins.feature,
        bins.bin_number,
        bins.reference_share,
        cast(sum(coalesce(counted.row_count, 0)) over (partition by bins.horizon_days, bins.feature) as bigint)
            as row_total,
        coalesce(counted.row_count, 0) as row_count
    from bins
    left join counted
        on bins.feature = counted.feature
        and bins.horizon_days is not distinct from counted.horizon_days
        and bins.bin_number = counted.bin_number
),

final as (
    select
        shares.horizon_days,
        shares.feature,
        shares.bin_number,
        shares.reference_share,
        shares.row_count,
        shares.row_total,
        day_count.day_total,
        cast(shares.row_count as double) / nullif(shares.row_total, 0) as share
    from shares
    cross join day_count
)

select * from final
