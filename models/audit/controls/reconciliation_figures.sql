-- One row per control of the reconciliation: how much does not agree, and the largest of it.
with

reconciled_controls as (
    select 'row_counts' as control
    union all
    select 'position_values' as control
    union all
    select 'custodian_balances' as control
),

balances as (
    select
        balances.portfolio_id || ' ' || cast(balances.balance_date as string) as scope,
        balances.balance_date = max(
            case when balances.balance_date <= stg_as_of_date.as_of_date then balances.balance_date end
        ) over (partition by balances.portfolio_id) as is_newest,
        balances.is_after_asked_date
    from {{ ref('custodian_balance_control') }} as balances
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
),

-- without what the custodian reports for days after a book that was asked to end before
scopes as (
    select
        reconciliation.control,
        reconciliation.scope,
        reconciliation.is_reconciled,
        reconciliation.expected,
        reconciliation.actual,
        reconciliation.difference,
        balances.is_newest
    from {{ ref('reconciliation') }} as reconciliation
    left join balances
        on reconciliation.control = 'custodian_balances'
        and reconciliation.scope = balances.scope
    where not coalesce(balances.is_after_asked_date, false)
),

breaks_by_size as (
    select
        control,
        row_number() over (
            partition by control
            order by abs(difference) desc nulls last, scope
        ) as place,
        scope || ': ' || coalesce(cast(expected as string), 'none') || ' expected, '
        || coalesce(cast(actual as string), 'none') || ' found'
        || coalesce(', difference ' || cast(difference as string), '') as told
    from scopes
    where not is_reconciled
),

-- each portfolio's newest balance apart: a long history that agrees does not hide a day that is wholly wrong
counted as (
    select
        control,
        count(*) as scope_count,
        count_if(not is_reconciled) as break_count,
        count_if(is_newest) as newest_count,
        count_if(is_newest and not is_reconciled) as newest_break_count
    from scopes
    group by control
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
    left join breaks_by_size as largest_breaks
        on reconciled_controls.control = largest_breaks.control
        and largest_breaks.place = 1
)

select * from final
