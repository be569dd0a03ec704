-- One row per monitor of distributions, horizon and feature: how far the values now are from those of training.
-- Terms are summed as decimals, so that the order of summing is no matter.
with

-- a bin that is empty then or now counts as a ten-thousandth, for a logarithm needs a share
bins as (
    select
        horizon_days,
        feature,
        bin_number,
        row_total,
        day_total,
        greatest(share, 0.0001) as share_above_zero,
        greatest(reference_share, 0.0001) as reference_share_above_zero,
        cast(share - reference_share as decimal(18, 10)) as more_than_in_training
    from {{ ref('int_bins_now_and_in_training') }}
    where row_total > 0
),

bins_in_order as (
    select
        *,
        sum(more_than_in_training) over (
            partition by horizon_days, feature order by bin_number rows between unbounded preceding and current row
        ) as cumulated
    from bins
),

distributions as (
    select
        horizon_days,
        feature,
        max(row_total) as row_count,
        max(day_total) as day_count,
        sum(
            cast(
                (share_above_zero - reference_share_above_zero) * ln(share_above_zero / reference_share_above_zero)
                as decimal(18, 10)
            )
        ) as population_stability_index,
        max(abs(cumulated)) as kolmogorov_smirnov
    from bins_in_order
    group by horizon_days, feature
),

final as (
    {% for monitor in ['population_stability_index', 'kolmogorov_smirnov'] -%}
        select
            '{{ monitor }}' as monitor,
            horizon_days,
            feature as subject,
            cast({{ monitor }} as double) as figure,
            row_count,
            day_count
        from distributions
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from final
