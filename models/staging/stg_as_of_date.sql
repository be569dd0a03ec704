-- One row: the day that this build is as of.
-- The var's day, or the last trading day before it; without the var the last day with a usual number of prices, at
-- least half the median day's, so that one mistyped year can't stretch history.
with

given_day as (
    select max(trading_date) as as_of_date
    from {{ ref('trading_calendar') }}
    where trading_date <= {{ date_var('as_of_date') }}
),

price_days as (
    select
        price_date,
        count(*) as price_count
    from {{ ref('base_prices') }}
    where reject_reason is null
    group by price_date
),

median_day as (
    select median(price_count) as price_count
    from price_days
),

usual_day as (
    select max(price_days.price_date) as as_of_date
    from price_days
    cross join median_day
    where 2 * price_days.price_count >= median_day.price_count
),

reject_reasons as (
    select reject_reason
    from {{ ref('base_prices') }}
    where reject_reason is not null
    group by reject_reason
),

why_not as (
    select {{ comma_joined('reject_reason') }} as reasons
    from reject_reasons
),

chosen_day as (
    select
        case when {{ date_var('as_of_date') }} is null then usual_day.as_of_date else given_day.as_of_date end
            as as_of_date
    from usual_day
    cross join given_day
),

final as (
    select
        coalesce(
            chosen_day.as_of_date,
            {{ stop_with(
                "'prices: no row is usable, or the var as_of_date is too early: no day to be as of; rejected for: '"
                ~ " || coalesce(why_not.reasons, 'nothing')"
            ) }}
        ) as as_of_date
    from chosen_day
    cross join why_not
)

select * from final
