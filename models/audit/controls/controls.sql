-- One row per control: its figure beside its limits, and what follows for the run.
with

figures as (
    select
        control,
        figure,
        finding_count,
        worst_finding,
        listed_in
    from {{ ref('reconciliation_figures') }}
    union all
    select
        control,
        figure,
        finding_count,
        worst_finding,
        listed_in
    from {{ ref('rejected_row_figures') }}
    union all
    select
        control,
        figure,
        finding_count,
        worst_finding,
        listed_in
    from {{ ref('freshness_figures') }}
    union all
    select
        control,
        figure,
        finding_count,
        worst_finding,
        listed_in
    from {{ ref('book_change_figures') }}
    union all
    select
        control,
        figure,
        finding_count,
        worst_finding,
        listed_in
    from {{ ref('list_figures') }}
),

limits as (
    select
        control,
        unit,
        warning_limit,
        -- the var is the only place of this limit, for staging stops at it too
        case
            when control = 'rejected_rows' then {{ share_var('max_rejected_share') }} else blocking_limit
        end as blocking_limit,
        may_be_accepted and control in ({{ names_var('accepted_controls') }}) as is_accepted
    from {{ ref('control_limits') }}
),

-- left, so that a control without limits stops at the contract's not_null, not in silence
final as (
    select
        figures.control,
        case
            when figures.figure is null then 'not_compared'
            when figures.figure > limits.blocking_limit and limits.is_accepted then 'accepted'
            when figures.figure > limits.blocking_limit then 'blocks'
            when figures.figure > limits.warning_limit then 'warns'
            else 'holds'
        end as outcome,
        figures.figure,
        limits.unit,
        limits.warning_limit,
        limits.blocking_limit,
        figures.finding_count,
        figures.worst_finding,
        figures.listed_in
    from figures
    left join limits on figures.control = limits.control
)

select * from final
