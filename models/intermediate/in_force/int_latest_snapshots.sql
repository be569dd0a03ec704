-- One row per open portfolio that holds something: its snapshot in force on the as-of date, and how old that is.
with

snapshots as (
    select
        portfolio_id,
        snapshot_date,
        valid_from,
        valid_to
    from {{ ref('int_snapshots_in_force') }}
),

snapshots_and_ages as (
    select
        snapshots.portfolio_id,
        snapshots.snapshot_date,
        cast({{ days_between('snapshots.snapshot_date', 'stg_as_of_date.as_of_date') }} as integer) as age_in_days
    from snapshots
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on {{ is_in_force('snapshots', 'stg_as_of_date.as_of_date') }}
),

final as (
    select
        portfolio_id,
        snapshot_date,
        age_in_days,
        age_in_days > {{ integer_var('max_snapshot_age_days') }} as is_old
    from snapshots_and_ages
)

select * from final
