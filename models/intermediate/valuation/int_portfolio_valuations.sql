-- One row per portfolio and trading day: its value, or the first reason why it has none.
with

portfolio_days as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        position_count,
        portfolio_key,
        risk_profile
    from {{ ref('int_portfolio_days') }}
),

portfolio_values as (
    select
        portfolio_id,
        as_of_date,
        sum(market_value) as market_value,
        max(abs(market_value)) as largest_class_value,
        sum(priced_position_count) as priced_position_count,
        cast(sum(stale_position_count) as integer) as stale_position_count
    from {{ ref('int_asset_class_values') }}
    group by portfolio_id, as_of_date
),

profiles_with_targets as (
    select
        risk_profile,
        as_of_date
    from {{ ref('int_targets_of_the_day') }}
    group by risk_profile, as_of_date
),

-- no value without all of: a policy to hold it against, a price for every position, something to divide by
judged as (
    select
        portfolio_days.*,
        portfolio_values.market_value,
        portfolio_values.stale_position_count,
        case
            when portfolio_days.risk_profile is null then 'no_risk_profile'
            when profiles_with_targets.risk_profile is null then 'no_target_allocation'
            -- no priced position at all: null
            when portfolio_values.priced_position_count is distinct from portfolio_days.position_count
                then 'unpriced_position'
            when portfolio_values.market_value <= 0 then 'no_market_value'
            when greatest(portfolio_values.market_value, portfolio_values.largest_class_value) >= 10000000000000000
                then 'no_market_value'
            when {{ ratio('portfolio_values.largest_class_value', 'portfolio_values.market_value') }} is null
                then 'no_market_value'
        end as unvalued_reason
    from portfolio_days
    left join portfolio_values
        on portfolio_days.portfolio_id = portfolio_values.portfolio_id
        and portfolio_days.as_of_date = portfolio_values.as_of_date
    left join profiles_with_targets
        on portfolio_days.risk_profile = profiles_with_targets.risk_profile
        and portfolio_days.as_of_date = profiles_with_targets.as_of_date
),

final as (
    select
        portfolio_id,
        as_of_date,
        snapshot_date,
        portfolio_key,
        risk_profile,
        position_count,
        case when unvalued_reason is null then stale_position_count end as stale_position_count,
        case when unvalued_reason is null then cast(market_value as decimal(18, 2)) end as market_value,
        unvalued_reason
    from judged
)

select * from final
