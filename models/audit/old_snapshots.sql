-- One row per open portfolio whose snapshot in force on the as-of date is old: its holdings were confirmed long ago.
with

final as (
    select
        portfolio_id,
        snapshot_date,
        age_in_days as age_days
    from {{ ref('int_latest_snapshots') }}
    where is_old
)

select * from final
