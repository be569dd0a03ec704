-- One row per monitor of the model in use, horizon and subject: its figure beside policy's limit, and whether it rings.
-- Empty without a model.
with

figures as (
    select
        monitor,
        horizon_days,
        subject,
        figure,
        cast(null as double) as expected,
        row_count,
        day_count
    from {{ ref('int_distribution_shifts') }}
    union all
    select
        monitor,
        horizon_days,
        subject,
        figure,
        cast(null as double) as expected,
        row_count,
        day_count
    from {{ ref('int_outcome_deviations') }}
    union all
    select
        'breaches_by_decile' as monitor,
        horizon_days,
        'decile ' || cast(decile as string) as subject,
        realised_share as figure,
        expected_share as expected,
        row_count,
        day_count
    from {{ ref('int_breaches_by_decile') }}
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
