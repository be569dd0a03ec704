-- One row per trading day of the book: from its first snapshot to the as-of date.
with

final as (
    select
        as_of_date,
        trading_day_number,
        cast(extract(year from as_of_date) as integer) as year_number,
        cast(extract(quarter from as_of_date) as integer) as quarter_number,
        cast(extract(month from as_of_date) as integer) as month_number,
        is_month_end,
        is_as_of_date
    from {{ ref('int_book_days') }}
)

select * from final
