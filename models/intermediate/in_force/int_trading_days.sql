-- One row per trading day up to the as-of date, numbered, so that trading days are counted by subtraction.
with

trading_days as (
    select
        trading_date,
        cast(row_number() over (order by trading_date) as integer) as trading_day_number,
        extract(month from trading_date)
            is distinct from extract(month from lead(trading_date) over (order by trading_date)) as is_month_end
    from {{ ref('trading_calendar') }}
),

final as (
    select
        trading_days.trading_date as as_of_date,
        trading_days.trading_day_number,
        trading_days.is_month_end
    from trading_days
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on trading_days.trading_date <= stg_as_of_date.as_of_date
)

select * from final
