-- One row per control of the reconciliation: how much does not agree, and the largest of it.
with

reconciled_controls as (
    select
        'row_counts' as control,
        'rows' as counted_in
    union all
    select
        'position_values' as control,
        'USD' as counted_in
    union all
    select
        'custodian_balances' as control,
        'USD' as counted_in
),

scopes as (
    select
        control,
        scope,
        is_reconciled,
        row_number() over (
            partition by control order by is_reconciled, abs(difference) desc nulls last, scope
        ) as place,
        expected,
        actual
    from {{ ref('reconciliation') }}
),

-- null, and nothing to compare, where the control has no scope
counted as (
    select
        control,
        count(*) as scope_count,
        count_if(not is_reconciled) as break_count
    from scopes
    group by control
),

final as (
    select
        reconciled_controls.control,
        case
            when reconciled_controls.control = 'custodian_balances'
                then cast({{ ratio('counted.break_count', 'counted.scope_count', 0, 0) }} as decimal(18, 10))
            else cast(counted.break_count as decimal(18, 10))
        end as figure,
        cast(coalesce(counted.break_count, 0) as integer) as finding_count,
        -- of custodian balances: the portfolio and the day, what the custodian has, what the book has
        largest_breaks.scope || ': ' || cast(largest_breaks.expected as string) || ' ' || reconciled_controls.counted_in
        || ' expected, ' || coalesce(cast(largest_breaks.actual as string), 'none') || ' found'
        || coalesce(', ' || cast(largest_breaks.actual - largest_breaks.expected as string) || ' too much', '')
            as worst_finding,
        'audit.reconciliation' as listed_in
    from reconciled_controls
    left join counted on reconciled_controls.control = counted.control
    left join scopes as largest_breaks
        on reconciled_controls.control = largest_breaks.control
        and largest_breaks.place = 1
        and not largest_breaks.is_reconciled
)

select * from final
