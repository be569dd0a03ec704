-- One row per computed portfolio-day and asset class held: the value of its priced positions, and how many they are.
with

positions as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        market_value,
        is_stale
    from {{ ref('int_positions_priced') }}
    where is_new_day
    union all
    select
        positions.portfolio_id,
        positions.as_of_date,
        positions.asset_class,
        positions.market_value,
        positions.is_stale
    from {{ ref('int_positions_priced') }} as positions
    inner join {{ ref('int_restated_days') }} as restated_days
        on positions.portfolio_id = restated_days.portfolio_id
        and positions.as_of_date = restated_days.as_of_date
),

final as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        sum(market_value) as market_value,
        max(abs(market_value)) as largest_position_value,
        count(*) as priced_position_count,
        count_if(is_stale) as stale_position_count
    from positions
    group by portfolio_id, as_of_date, asset_class
)

select * from final
