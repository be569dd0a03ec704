-- One row per portfolio-day to compute: its value, or the first reason why it has none.
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
        case when sum(market_value) > 0 then sum(market_value) end as positive_value,
        min(market_value) as smallest_class_value,
        max(greatest(abs(market_value), largest_position_value)) as largest_value,
        cast(count(*) as integer) as held_class_count,
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

days_and_values as (
    select
        portfolio_days.*,
        profiles_with_targets.risk_profile is not null as has_targets,
        portfolio_values.market_value,
        portfolio_values.largest_value,
        portfolio_values.stale_position_count,
        portfolio_values.held_class_count,
        coalesce(portfolio_values.priced_position_count, 0) as priced_position_count,
        -- null where it is more than the type of weights holds: so far can cash be overdrawn
        {{ ratio('portfolio_values.largest_value', 'portfolio_values.positive_value') }} as largest_weight,
        {{ ratio(
            '(portfolio_values.smallest_class_value - portfolio_values.positive_value)', 'portfolio_values.positive_value'
        ) }} as smallest_weight_less_a_target
    from portfolio_days
    left join portfolio_values
        on portfolio_days.portfolio_id = portfolio_values.portfolio_id
        and portfolio_days.as_of_date = portfolio_values.as_of_date
    left join profiles_with_targets
        on portfolio_days.risk_profile = profiles_with_targets.risk_profile
        and portfolio_days.as_of_date = profiles_with_targets.as_of_date
),

-- no value without all of: a policy to hold it against, a price for every position, something to divide by
judged as (
    select
        *,
        case
            when risk_profile is null then 'no_risk_profile'
            when not has_targets then 'no_target_allocation'
            when priced_position_count < position_count then 'unpriced_position'
            when market_value <= 0 then 'no_market_value'
            -- more than the type of money holds
            when greatest(market_value, largest_value) >= 10000000000000000 then 'no_market_value'
            when largest_weight is null or smallest_weight_less_a_target is null then 'no_market_value'
        end as unvalued_reason
    from days_and_values
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
        case when unvalued_reason is null then held_class_count end as held_class_count,
        case when unvalued_reason is null then cast(market_value as decimal(18, 2)) end as market_value,
        unvalued_reason
    from judged
)

select * from final
