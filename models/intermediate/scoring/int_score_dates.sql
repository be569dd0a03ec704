-- One row per trading day whose portfolios are scored: the as-of date and the month ends before it, by default.
with

trading_days as (
    select
        trading_days.as_of_date,
        trading_days.trading_day_number,
        trading_days.is_month_end,
        trading_days.as_of_date = stg_as_of_date.as_of_date as is_as_of_date
    from {{ ref('int_trading_days') }} as trading_days
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
),

final as (
    select
        as_of_date,
        trading_day_number
    from trading_days
    where
        case {{ choice_var('risk_score_days', ['month_ends', 'all', 'latest']) }}
            when 'all' then true
            when 'month_ends' then is_as_of_date or is_month_end
            else is_as_of_date
        end
)

select * from final
