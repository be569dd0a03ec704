-- One row per security and trading day of the book with a usable price: the latest close, while it is in force.
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
        int_book_days.as_of_date,
        closes.price_date,
        closes.close_price,
        closes.price_date < int_book_days.as_of_date as is_stale,
        coalesce(int_book_days.as_of_date > last_standing_day.last_standing_date, true) as is_new_day
    from closes
    inner join {{ ref('int_book_days') }} as int_book_days
        on {{ is_in_force('closes', 'int_book_days.as_of_date') }}
    cross join {{ ref('int_last_standing_day') }} as last_standing_day
)

select * from final
