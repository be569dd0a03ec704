-- One row per portfolio, trading day and asset class held: the value of its priced positions, and how many they are.
with

positions as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        market_value,
        is_stale
    from {{ ref('int_positions_priced') }}
),

final as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        sum(market_value) as market_value,
        max(abs(market_value)) as largest_position_value,
        count(*) as priced_position_count,
        cast(count_if(is_stale) as integer) as stale_position_count
    from positions
    group by portfolio_id, as_of_date, asset_class
)

select * from final
