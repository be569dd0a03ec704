-- One row per trading day up to the as-of date, numbered, so that trading days are counted by subtraction.
with

trading_days as (
    select
        trading_date,
        cast(row_number() over (order by trading_date) as integer) as trading_day_number,
        lead(trading_date) over (order by trading_date) as next_trading_date
    from {{ ref('trading_calendar') }}
),

final as (
    select
        trading_days.trading_date as as_of_date,
        trading_days.trading_day_number,
        coalesce(
            extract(month from trading_days.trading_date) <> extract(month from trading_days.next_trading_date), true
        ) as is_month_end
    from trading_days
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on trading_days.trading_date <= stg_as_of_date.as_of_date
)

select * from final
