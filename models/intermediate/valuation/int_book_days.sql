-- One row per trading day of the book: from its first usable snapshot to the as-of date, which is always one.
with

first_snapshot as (
    select min(snapshot_date) as first_snapshot_date from {{ ref('int_snapshots_in_force') }}
),

final as (
    select
        int_trading_days.as_of_date,
        int_trading_days.trading_day_number,
        int_trading_days.is_month_end,
        int_trading_days.as_of_date = stg_as_of_date.as_of_date as is_as_of_date
    from {{ ref('int_trading_days') }} as int_trading_days
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
    cross join first_snapshot
    where
        int_trading_days.as_of_date >= first_snapshot.first_snapshot_date
        or int_trading_days.as_of_date = stg_as_of_date.as_of_date
)

select * from final
