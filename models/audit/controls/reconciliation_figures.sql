-- One row per control of the reconciliation: how much does not agree, and the largest of it.
with

reconciled_controls as (
    select 'row_counts' as control
    union all
    select 'position_values' as control
    union all
    select 'custodian_balances' as control
),

scopes as (
    select
        control,
        scope,
        is_reconciled,
        row_number() over (
            partition by control order by is_reconciled, abs(difference) desc nulls last, scope
        ) as place,
        scope || ': ' || coalesce(cast(expected as string), 'none') || ' expected, '
        || coalesce(cast(actual as string), 'none') || ' found'
        || coalesce(', difference ' || cast(difference as string), '') as told
    from {{ ref('reconciliation') }}
),

-- each portfolio's newest balance: a long history that agrees does not hide a day that is wholly wrong
newest_balances as (
    select balances.portfolio_id || ' ' || cast(max(balances.balance_date) as string) as scope
    from {{ ref('custodian_balance_control') }} as balances
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date on balances.balance_date <= stg_as_of_date.as_of_date
    group by balances.portfolio_id
),

counted as (
    select
        scopes.control,
        count(*) as scope_count,
        count_if(not scopes.is_reconciled) as break_count,
        count(newest_balances.scope) as newest_count,
        count_if(newest_balances.scope is not null and not scopes.is_reconciled) as newest_break_count
    from scopes
    left join newest_balances
        on scopes.control = 'custodian_balances'
        and scopes.scope = newest_balances.scope
    group by scopes.control
),

counted_and_shared as (
    select
        control,
        break_count,
        greatest(
            {{ ratio('break_count', 'scope_count', 0, 0) }},
            coalesce({{ ratio('newest_break_count', 'nullif(newest_count, 0)', 0, 0) }}, 0)
        ) as break_share
    from counted
),

-- a control without a scope has no figure: there is nothing to compare
final as (
    select
        reconciled_controls.control,
        cast(
            case
                when reconciled_controls.control = 'custodian_balances' then breaks.break_share
                else breaks.break_count
            end as decimal(18, 10)
        ) as figure,
        cast(coalesce(breaks.break_count, 0) as integer) as finding_count,
        largest_breaks.told as worst_finding,
        'audit.reconciliation' as listed_in
    from reconciled_controls
    left join counted_and_shared as breaks on reconciled_controls.control = breaks.control
    left join scopes as largest_breaks
        on reconciled_controls.control = largest_breaks.control
        and largest_breaks.place = 1
        and not largest_breaks.is_reconciled
)

select * from final
