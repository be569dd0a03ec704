-- One row per total of the book: how far it moved, on any day that this run and the one before have, and where most.
with

changes as (
    select
        'portfolio_count' as control,
        as_of_date,
        cast(earlier_portfolio_count as string) || ' portfolios' as told_before,
        cast(portfolio_count as string) as told_now,
        earlier_portfolio_count > 0 as is_compared,
        abs(portfolio_count_change) as change
    from {{ ref('book_totals') }}
    union all
    select
        'aum' as control,
        as_of_date,
        cast(earlier_aum as string) || ' USD' as told_before,
        cast(aum as string) as told_now,
        earlier_aum > 0 and aum is not null as is_compared,
        abs(aum_change) as change
    from {{ ref('book_totals') }}
),

-- a change without a number is more than its type holds: it counts as the most that the type holds
sized_changes as (
    select
        control,
        as_of_date,
        told_before || ' before, ' || told_now || ' now' as told,
        case when is_compared then coalesce(change, cast(99999999.9999999999 as decimal(18, 10))) end as change
    from changes
),

ranked_changes as (
    select
        control,
        as_of_date,
        told,
        change,
        row_number() over (partition by control order by change desc nulls last, as_of_date desc) as place
    from sized_changes
),

final as (
    select
        control,
        max(change) as figure,
        cast(count(case when change > 0 then 1 end) as integer) as finding_count,
        max(case when place = 1 and change > 0 then cast(as_of_date as string) || ': ' || told end) as worst_finding,
        'audit.book_totals' as listed_in
    from ranked_changes
    group by control
)

select * from final
