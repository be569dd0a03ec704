-- One row per portfolio, trading day and asset class: how far the book is from policy.
-- A class held without a target, or targeted and not held, is drift too, and its zero is a true zero.
with

valued_days as (
    select
        portfolio_id,
        as_of_date,
        risk_profile,
        held_class_count,
        market_value as portfolio_value
    from {{ ref('int_portfolio_valuations') }}
    where unvalued_reason is null
),

targets as (
    select
        risk_profile,
        as_of_date,
        asset_class,
        target_weight
    from {{ ref('int_targets_of_the_day') }}
),

class_values as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        market_value
    from {{ ref('int_asset_class_values') }}
),

held_classes as (
    select
        valued_days.portfolio_id,
        valued_days.as_of_date,
        class_values.asset_class,
        class_values.market_value,
        {{ ratio('class_values.market_value', 'valued_days.portfolio_value') }} as actual_weight,
        coalesce(targets.target_weight, 0) as target_weight
    from class_values
    inner join valued_days
        on class_values.portfolio_id = valued_days.portfolio_id
        and class_values.as_of_date = valued_days.as_of_date
    left join targets
        on valued_days.risk_profile = targets.risk_profile
        and class_values.as_of_date = targets.as_of_date
        and class_values.asset_class = targets.asset_class
),

class_counts as (
    select count(*) as class_count from {{ ref('dim_asset_class') }}
),

-- who holds every class that there is lacks none: the others are few, and looking for what they lack is dear
classes_not_held as (
    select
        valued_days.portfolio_id,
        valued_days.as_of_date,
        targets.asset_class,
        targets.target_weight
    from valued_days
    inner join class_counts on valued_days.held_class_count < class_counts.class_count
    inner join targets
        on valued_days.risk_profile = targets.risk_profile
        and valued_days.as_of_date = targets.as_of_date
    left join class_values
        on valued_days.portfolio_id = class_values.portfolio_id
        and valued_days.as_of_date = class_values.as_of_date
        and targets.asset_class = class_values.asset_class
    where class_values.portfolio_id is null
),

weights_matched_to_targets as (
    select
        portfolio_id,
        as_of_date,
        asset_class,
        market_value,
        actual_weight,
        target_weight
    from held_classes
    union all
    select
        portfolio_id,
        as_of_date,
        asset_class,
        0 as market_value,
        0 as actual_weight,
        target_weight
    from classes_not_held
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
order by as_of_date, portfolio_id, asset_class -- stored by day: who asks for a day reads its blocks only
