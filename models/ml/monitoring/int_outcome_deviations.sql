-- One row per monitor of outcomes, horizon and subject: how far what came is from what was foreseen, on average over
-- days and in standard errors. Portfolios share the market of their day, so a day counts once, whatever their number.
with

-- as decimals, whose sums do not depend on their order
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

figures_beside_their_average as (
    select
        monitor,
        subject,
        horizon_days,
        row_count,
        cast(figure as double) as figure,
        cast(sum(figure) over days_of_subject as double) / count(*) over days_of_subject as average
    from figures_of_days
    window days_of_subject as (partition by monitor, subject, horizon_days)
),

averages as (
    select
        monitor,
        subject,
        horizon_days,
        sum(row_count) as row_count,
        count(*) as day_count,
        max(average) as average,
        cast(sum(cast((figure - average) * (figure - average) as decimal(18, 16))) as double)
        / nullif(count(*) - 1, 0) as variance
    from figures_beside_their_average
    group by monitor, subject, horizon_days
),

-- a model that is the baseline differs from it on no day
final as (
    select
        monitor,
        horizon_days,
        subject,
        case
            when average = 0 and variance = 0 then 0
            else average / nullif(sqrt(variance / day_count), 0)
        end as figure,
        row_count,
        day_count
    from averages
)

select * from final
