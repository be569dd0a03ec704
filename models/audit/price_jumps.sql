-- One row per close that jumps while a portfolio holds the security on an unchanged snapshot: a split untold?
with

closes as (
    select
        security_id,
        price_date,
        close_price,
        lag(price_date) over (partition by security_id order by price_date) as previous_price_date,
        lag(close_price) over (partition by security_id order by price_date) as previous_close_price
    from {{ ref('stg_prices') }}
    where reject_reason is null
),

jumps as (
    select
        security_id,
        price_date,
        previous_price_date,
        previous_close_price,
        close_price,
        {{ ratio('(close_price - previous_close_price)', 'previous_close_price', 6, 6) }} as price_change
    from closes
    where previous_close_price is not null
),

-- a snapshot since the close before has the new quantity
holders as (
    select
        jumps.security_id,
        jumps.price_date,
        count(*) as portfolio_count
    from jumps
    inner join {{ ref('int_positions_in_force') }} as positions
        on jumps.security_id = positions.security_id
        and {{ is_in_force('positions', 'jumps.price_date') }}
        and positions.snapshot_date <= jumps.previous_price_date
    -- null: larger than the type of shares holds
    where coalesce(abs(jumps.price_change) > {{ share_var('price_jump_share') }}, true)
    group by jumps.security_id, jumps.price_date
),

final as (
    select
        jumps.security_id,
        jumps.price_date,
        jumps.previous_close_price,
        jumps.close_price,
        cast(jumps.price_change as decimal(18, 10)) as price_change,
        cast(holders.portfolio_count as integer) as portfolio_count
    from jumps
    inner join holders
        on jumps.security_id = holders.security_id and jumps.price_date = holders.price_date
)

select * from final
