-- One row per control and scope: what was expected, what was found, and whether they agree.
with

row_counts as (
    select
        'row_counts' as control,
        table_name as scope,
        landed_count as expected,
        accepted_count + rejected_count + superseded_count as actual,
        0 as tolerance
    from {{ ref('landed_row_counts') }}
),

position_values as (
    select
        'position_values' as control,
        cast(as_of_date as string) as scope,
        recomputed_value as expected,
        fact_value as actual,
        0 as tolerance
    from {{ ref('position_value_control') }}
),

custodian_balances as (
    select
        'custodian_balances' as control,
        portfolio_id || ' ' || cast(balance_date as string) as scope,
        reported_value as expected,
        computed_value as actual,
        {{ usd_var('custodian_tolerance_usd') }} as tolerance
    from {{ ref('custodian_balance_control') }}
),

controls as (
    select
        control,
        scope,
        cast(expected as decimal(38, 6)) as expected,
        actual,
        tolerance
    from row_counts
    union all
    select
        control,
        scope,
        cast(expected as decimal(38, 6)) as expected,
        actual,
        tolerance
    from position_values
    union all
    select
        control,
        scope,
        cast(expected as decimal(38, 6)) as expected,
        actual,
        tolerance
    from custodian_balances
),

-- nothing to compare with is a break, not a zero
final as (
    select
        control,
        scope,
        cast(expected as decimal(18, 2)) as expected,
        cast(actual as decimal(18, 2)) as actual,
        cast(actual - expected as decimal(18, 2)) as difference,
        cast(tolerance as decimal(18, 2)) as tolerance,
        coalesce(abs(actual - expected) <= tolerance, false) as is_reconciled
    from controls
)

select * from final
