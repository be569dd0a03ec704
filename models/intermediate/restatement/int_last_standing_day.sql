-- One row: the last day whose numbers an update takes over from the earlier run; null in a full build.
-- Later days are computed anew: those that the earlier run did not have, and all from the var recompute_from on.
with

last_days as (
    select
        {{ date_var('recompute_from') }} as recompute_from,
        (select max(as_of_date) from {{ ref('stg_as_of_date') }}) as as_of_date,
        (select max(as_of_date) from {{ ref('earlier_as_of_date') }}) as earlier_as_of_date
),

final as (
    select max(trading_calendar.trading_date) as last_standing_date
    from {{ ref('trading_calendar') }} as trading_calendar
    inner join last_days
        on trading_calendar.trading_date <= last_days.as_of_date
        and trading_calendar.trading_date <= last_days.earlier_as_of_date
        and (last_days.recompute_from is null or trading_calendar.trading_date < last_days.recompute_from)
)

select * from final
