-- One row per monitor of the model in use, horizon and subject: its figure beside policy's limit, and whether it rings.
-- Empty without a model. Terms are summed as decimals, so that the order of summing is no matter.
with

-- a bin that is empty then or now counts as a ten-thousandth, for a logarithm needs a share
bins as (
    select
        horizon_days,
        feature,
        bin_number,
        row_total,
        day_total,
        reference_share,
        share,
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
        feature as subject,
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

-- portfolios share the market of their day, so a day counts once, whatever the number of its portfolios
days as (
    select
        as_of_date,
        horizon_days,
        count(*) as row_count,
        sum(breached - breach_probability) as breaches_beyond_expectation,
        sum(squared_error - policy_level_squared_error) as loss_to_policy_level,
        sum(squared_error - first_passage_squared_error) as loss_to_first_passage,
        sum(squared_error - logistic_squared_error) as loss_to_logistic
    from {{ ref('int_scores_and_outcomes') }}
    group by as_of_date, horizon_days
),

figures_of_days as (
    {% for monitor, subject, figure in [
        ('expected_breaches', 'all portfolios', 'breaches_beyond_expectation'),
        ('brier_loss', 'policy_level', 'loss_to_policy_level'),
        ('brier_loss', 'first_passage', 'loss_to_first_passage'),
        ('brier_loss', 'logistic', 'loss_to_logistic'),
    ] -%}
        select
            '{{ monitor }}' as monitor,
            '{{ subject }}' as subject,
            horizon_days,
            row_count,
            cast(cast({{ figure }} as double) / row_count as decimal(18, 10)) as figure
        from days
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

averages as (
    select
        monitor,
        subject,
        horizon_days,
        sum(row_count) as row_count,
        count(*) as day_count,
        cast(sum(figure) as double) / count(*) as average
    from figures_of_days
    group by monitor, subject, horizon_days
),

variances as (
    select
        averages.monitor,
        averages.subject,
        averages.horizon_days,
        averages.row_count,
        averages.day_count,
        averages.average,
        cast(
            sum(
                cast(
                    (cast(figures_of_days.figure as double) - averages.average)
                    * (cast(figures_of_days.figure as double) - averages.average) as decimal(18, 16)
                )
            ) as double
        ) / nullif(averages.day_count - 1, 0) as variance
    from averages
    inner join figures_of_days
        on averages.monitor = figures_of_days.monitor
        and averages.subject = figures_of_days.subject
        and averages.horizon_days = figures_of_days.horizon_days
    group by
        averages.monitor, averages.subject, averages.horizon_days, averages.row_count, averages.day_count,
        averages.average
),

deciles as (
    select
        horizon_days,
        breached,
        breach_probability,
        as_of_date,
        ntile(10) over (
            partition by horizon_days order by breach_probability asc, portfolio_id asc, as_of_date asc
        ) as decile
    from {{ ref('int_scores_and_outcomes') }}
),

figures as (
    select
        'population_stability_index' as monitor,
        horizon_days,
        subject,
        cast(population_stability_index as double) as figure,
        cast(null as double) as expected,
        row_count,
        day_count
    from distributions
    union all
    select
        'kolmogorov_smirnov' as monitor,
        horizon_days,
        subject,
        cast(kolmogorov_smirnov as double) as figure,
        cast(null as double) as expected,
        row_count,
        day_count
    from distributions
    union all
    select
        monitor,
        horizon_days,
        subject,
        -- a model that is the baseline differs from it on no day
        case
            when average = 0 and variance = 0 then 0
            else average / nullif(sqrt(variance / day_count), 0)
        end as figure,
        cast(null as double) as expected,
        row_count,
        day_count
    from variances
    union all
    select
        'breaches_by_decile' as monitor,
        horizon_days,
        'decile ' || cast(decile as string) as subject,
        cast(sum(breached) as double) / count(*) as figure,
        cast(sum(breach_probability) as double) / count(*) as expected,
        count(*) as row_count,
        count(distinct as_of_date) as day_count
    from deciles
    group by horizon_days, decile
),

-- a loss below zero is a gain; of what can go either way, either way rings
final as (
    select
        figures.monitor,
        figures.horizon_days,
        figures.subject,
        figures.figure,
        figures.expected,
        cast(monitoring_policy.alarm_limit as double) as alarm_limit,
        case
            when
                figures.day_count >= monitoring_policy.fewest_days
                and figures.row_count >= monitoring_policy.fewest_rows
            then case
                when figures.monitor = 'brier_loss' then figures.figure else abs(figures.figure)
            end > monitoring_policy.alarm_limit
        end as rings,
        cast(figures.row_count as bigint) as row_count,
        cast(figures.day_count as integer) as day_count
    from figures
    left join {{ ref('model_monitoring_policy') }} as monitoring_policy on figures.monitor = monitoring_policy.monitor
)

select * from final
