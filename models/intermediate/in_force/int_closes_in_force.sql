-- One row per usable close: the days it is in force, until the next close or until it is too old to be a price.
with

closes as (
    select
        security_id,
        price_date,
        close_price,
        {{ next_of_its_kind('price_date', 'security_id') }} as next_price_date
    from {{ ref('stg_prices') }}
    where reject_reason is null
),

trading_days as (
    select
        as_of_date,
        trading_day_number
    from {{ ref('int_trading_days') }}
),

-- no such day yet: the close is not too old on any day of this build
too_old_from as (
    select
        price_days.as_of_date as price_date,
        expiry_days.as_of_date as expiry_date
    from trading_days as price_days
    left join trading_days as expiry_days
        on expiry_days.trading_day_number = price_days.trading_day_number + {{ integer_var('max_price_age_days') }} + 1
),

final as (
    select
        closes.security_id,
        closes.price_date,
        closes.close_price,
        closes.price_date as valid_from,
        least(closes.next_price_date, too_old_from.expiry_date) as valid_to
    from closes
    left join too_old_from on closes.price_date = too_old_from.price_date
)

select * from final
