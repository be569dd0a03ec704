-- One row per portfolio, scored day and horizon: whether its drift score closed over the rebalance band within it.
-- What comes first decides. A trade or a change of profile ends what the market alone would have done: from there on
-- nothing is known of it, so the label is null, as where a day has no value or the horizon reaches past the as-of date.
with

horizons as (
    select horizon_days from {{ ref('risk_score_policy') }}
    group by horizon_days
),

numbered_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.snapshot_date,
        portfolio_days.portfolio_key,
        trading_days.trading_day_number,
        portfolio_days.drift_score > rebalance_bands.rebalance_band as is_over
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_trading_days') }} as trading_days on portfolio_days.as_of_date = trading_days.as_of_date
    inner join {{ ref('int_rebalance_bands') }} as rebalance_bands
        on portfolio_days.as_of_date = rebalance_bands.as_of_date
),

portfolio_days as (
    select
        *,
        trading_day_number
        - lag(trading_day_number) over (partition by portfolio_id order by trading_day_number) > 1 as is_after_a_gap
    from numbered_days
),

scored_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.snapshot_date,
        portfolio_days.portfolio_key,
        portfolio_days.trading_day_number,
        portfolio_days.is_over,
        horizons.horizon_days
    from portfolio_days
    inner join {{ ref('int_score_dates') }} as score_dates
        on portfolio_days.as_of_date = score_dates.as_of_date
    cross join horizons
),

-- each in days from the scored day
what_came_first as (
    select
        scored_days.portfolio_id,
        scored_days.as_of_date,
        scored_days.horizon_days,
        min(case when later_days.is_over then later_days.trading_day_number - scored_days.trading_day_number end)
            as days_to_breach,
        min(
            case
                when
                    later_days.snapshot_date <> scored_days.snapshot_date
                    or later_days.portfolio_key <> scored_days.portfolio_key
                then later_days.trading_day_number - scored_days.trading_day_number
            end
        ) as days_to_trade,
        min(case when later_days.is_after_a_gap then later_days.trading_day_number - scored_days.trading_day_number end)
            as days_to_gap,
        max(later_days.trading_day_number - scored_days.trading_day_number) as days_followed
    from scored_days
    inner join portfolio_days as later_days
        on scored_days.portfolio_id = later_days.portfolio_id
        and scored_days.trading_day_number < later_days.trading_day_number
        and scored_days.trading_day_number + scored_days.horizon_days >= later_days.trading_day_number
    group by scored_days.portfolio_id, scored_days.as_of_date, scored_days.horizon_days
),

last_day as (
    select max(trading_day_number) as trading_day_number from {{ ref('int_trading_days') }}
),

judged_days as (
    select
        scored_days.portfolio_id,
        scored_days.as_of_date,
        scored_days.horizon_days,
        what_came_first.days_to_breach,
        case
            -- already there: nothing is left to be foreseen
            when scored_days.is_over then 'In breach'
            -- known breaches alone would make the last days look worse than they are
            when last_day.trading_day_number < scored_days.trading_day_number + scored_days.horizon_days then 'Not over'
            -- on the day of a trade, or of the first value after a gap, what led over the band is not told apart
            when
                what_came_first.days_to_breach
                < least(coalesce(what_came_first.days_to_trade, 99999), coalesce(what_came_first.days_to_gap, 99999))
            then 'Breach'
            when what_came_first.days_to_trade <= coalesce(what_came_first.days_to_gap, 99999) then 'Traded'
            when
                what_came_first.days_to_gap is not null
                or coalesce(what_came_first.days_followed, 0) < scored_days.horizon_days
            then 'No value'
            else 'No breach'
        end as outcome
    from scored_days
    left join what_came_first
        on scored_days.portfolio_id = what_came_first.portfolio_id
        and scored_days.as_of_date = what_came_first.as_of_date
        and scored_days.horizon_days = what_came_first.horizon_days
    cross join last_day
),

final as (
    select
        portfolio_id,
        as_of_date,
        horizon_days,
        outcome,
        case outcome when 'Breach' then true when 'No breach' then false end as breaches,
        case when outcome = 'Breach' then cast(days_to_breach as integer) end as days_to_breach
    from judged_days
)

select * from final
