-- One row per portfolio and trading day that holds something and has no value: the first reason that applies.
with

unvalued_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        unvalued_reason
    from {{ ref('int_portfolio_valuations') }}
    where unvalued_reason is not null
),

positions_without_a_price as (
    select
        unvalued_days.portfolio_id,
        unvalued_days.as_of_date,
        {{ comma_joined('positions.security_id') }} as security_ids
    from unvalued_days
    inner join {{ ref('int_positions_in_force') }} as positions
        on unvalued_days.portfolio_id = positions.portfolio_id
        and unvalued_days.snapshot_date = positions.snapshot_date
    left join {{ ref('int_prices_of_the_day') }} as prices
        on positions.security_id = prices.security_id and unvalued_days.as_of_date = prices.as_of_date
    where unvalued_days.unvalued_reason = 'unpriced_position' and prices.security_id is null
    group by unvalued_days.portfolio_id, unvalued_days.as_of_date
),

final as (
    select
        unvalued_days.portfolio_id,
        unvalued_days.as_of_date,
        unvalued_days.unvalued_reason,
        positions_without_a_price.security_ids
    from unvalued_days
    left join positions_without_a_price
        on unvalued_days.portfolio_id = positions_without_a_price.portfolio_id
        and unvalued_days.as_of_date = positions_without_a_price.as_of_date
)

select * from final
