-- One row: the day that this build is as of.
-- Given by the var, the last trading day not after it; otherwise the last day with a usual number of prices, at least half
-- the median day's, so that one mistyped year can't stretch history.
{% set is_given = var('as_of_date') | string | trim not in ['', 'None'] %}
with

{% if is_given %}
final as (
    select max(trading_date) as as_of_date
    from {{ ref('trading_calendar') }}
    where trading_date <= {{ date_var('as_of_date') }}
)
{% else %}
price_days as (
    select
        price_date,
        count(*) as price_count
    from {{ ref('base_prices') }}
    where reject_reason is null
    group by price_date
),

usual_day as (
    select median(price_count) as median_price_count
    from price_days
),

final as (
    select max(price_days.price_date) as as_of_date
    from price_days
    cross join usual_day
    where 2 * price_days.price_count >= usual_day.median_price_count
)
{% endif %}

select * from final
