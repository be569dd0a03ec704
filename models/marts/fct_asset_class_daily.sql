-- One row per portfolio, trading day and asset class: how far the book is from policy.
with

valued_days as (
    select
        portfolio_id,
        as_of_date,
        risk_profile,
        market_value as portfolio_value
    from {{ ref('int_portfolio_valuations') }}
    where unvalued_reason is null
),

class_values as (
    select
        valued_days.portfolio_id,
        valued_days.as_of_date,
        class_values.asset_class,
        class_values.market_value,
        {{ ratio('class_values.market_value', 'valued_days.portfolio_value') }} as actual_weight
    from {{ ref('int_asset_class_values') }} as class_values
    inner join valued_days
        on class_values.portfolio_id = valued_days.portfolio_id
        and class_values.as_of_date = valued_days.as_of_date
),

class_targets as (
    select
        valued_days.portfolio_id,
        valued_days.as_of_date,
        targets.asset_class,
        targets.target_weight
    from valued_days
    inner join {{ ref('int_targets_of_the_day') }} as targets
        on valued_days.risk_profile = targets.risk_profile
        and valued_days.as_of_date = targets.as_of_date
),

-- full join: a class held without a target, or targeted and not held, is drift too, and its zero is a true zero
weights_matched_to_targets as (
    select
        coalesce(class_values.portfolio_id, class_targets.portfolio_id) as portfolio_id,
        coalesce(class_values.as_of_date, class_targets.as_of_date) as as_of_date,
        coalesce(class_values.asset_class, class_targets.asset_class) as asset_class,
        coalesce(class_values.market_value, 0) as market_value,
        coalesce(class_values.actual_weight, 0) as actual_weight,
        coalesce(class_targets.target_weight, 0) as target_weight
    from class_values
    full join class_targets
        on class_values.portfolio_id = class_targets.portfolio_id
        and class_values.as_of_date = class_targets.as_of_date
        and class_values.asset_class = class_targets.asset_class
),

final as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        cast(market_value as decimal(18, 2)) as market_value,
        cast(actual_weight as decimal(18, 10)) as actual_weight,
        cast(target_weight as decimal(18, 10)) as target_weight,
        cast(actual_weight - target_weight as decimal(18, 10)) as signed_drift,
        cast(abs(actual_weight - target_weight) as decimal(18, 10)) as drift
    from weights_matched_to_targets
)

select * from final
