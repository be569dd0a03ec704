-- One row per close that is not what it was in the earlier run, or not as long: the days on which that matters.
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

earlier_closes as (
    select
        security_id,
        price_date,
        close_price,
        valid_from,
        valid_to
    from {{ ref('earlier_closes') }}
),

compared as (
    select
        coalesce(closes.security_id, earlier_closes.security_id) as security_id,
        {{ restated_from('earlier_closes', 'closes') }} as restated_from,
        {{ restated_to('earlier_closes', 'closes') }} as restated_to
    from closes
    full join earlier_closes
        on closes.security_id = earlier_closes.security_id
        and closes.price_date = earlier_closes.price_date
        and closes.close_price = earlier_closes.close_price
    where
        closes.valid_from is null
        or earlier_closes.valid_from is null
        or closes.valid_to is distinct from earlier_closes.valid_to
),

final as (
    select
        compared.security_id,
        compared.restated_from,
        compared.restated_to
    from compared
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on compared.restated_from <= last_standing_day.last_standing_date
)

select * from final
