-- One row per security and trading day with a usable price: the latest close, carried forward while it is in force.
with

closes as (
    select
        security_id,
        price_date,
        close_price,
        valid_from,
        valid_to
    from {{ ref('int_closes_in_force') }}
),

final as (
    select
        closes.security_id,
        int_trading_days.as_of_date,
        closes.price_date,
        closes.close_price,
        closes.price_date < int_trading_days.as_of_date as is_stale,
        coalesce(int_trading_days.as_of_date > last_standing_day.last_standing_date, true) as is_new_day
    from closes
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on {{ is_in_force('closes', 'int_trading_days.as_of_date') }}
    cross join {{ ref('int_last_standing_day') }} as last_standing_day
)

select * from final
