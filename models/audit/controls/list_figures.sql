-- One row per list of what a person should look at: how long the list is, and its worst row.
with

findings as (
    select
        'price_jumps' as control,
        row_number() over (
            order by abs(price_change) desc nulls first, price_date desc, security_id
        ) as place,
        security_id || ' ' || cast(price_date as string) || ': ' || cast(previous_close_price as string)
        || ' before, ' || cast(close_price as string) || ' now' as told
    from {{ ref('price_jumps') }}
    union all
    select
        'stale_prices' as control,
        row_number() over (order by stale_days desc, market_value desc, security_id) as place,
        security_id || ': last close ' || cast(price_date as string) || ', ' || cast(stale_days as string)
        || ' trading days old' as told
    from {{ ref('stale_prices') }}
    union all
    select
        'old_snapshots' as control,
        row_number() over (order by age_days desc, portfolio_id) as place,
        portfolio_id || ': snapshot of ' || cast(snapshot_date as string) || ', ' || cast(age_days as string)
        || ' calendar days old' as told
    from {{ ref('old_snapshots') }}
),

-- an empty list is a control that holds, not one that is left out
lists as (
    select
        'price_jumps' as control,
        'audit.price_jumps' as listed_in
    union all
    select
        'stale_prices' as control,
        'audit.stale_prices' as listed_in
    union all
    select
        'old_snapshots' as control,
        'audit.old_snapshots' as listed_in
),

final as (
    select
        lists.control,
        cast(count(findings.control) as decimal(18, 10)) as figure,
        cast(count(findings.control) as integer) as finding_count,
        max(case when findings.place = 1 then findings.told end) as worst_finding,
        lists.listed_in
    from lists
    left join findings on lists.control = findings.control
    group by lists.control, lists.listed_in
)

select * from final
