-- One row per part of the book and trading day with an open portfolio: what it holds, and what has changed since.
with

part_days as (
    select
        parts.book_level,
        parts.book_id,
        advisor_days.as_of_date,
        sum(advisor_days.portfolio_count) as portfolio_count,
        sum(advisor_days.aum) as aum,
        sum(advisor_days.normal_count) as normal_count,
        sum(advisor_days.watch_count) as watch_count,
        sum(advisor_days.rebalance_count) as rebalance_count,
        sum(advisor_days.aum_rebalance) as aum_rebalance,
        sum(
            cast(advisor_days.average_drift_score as decimal(19, 10)) * advisor_days.aum
        ) as drift_score_times_value,
        sum(advisor_days.unvalued_count) as unvalued_count
    from {{ ref('advisor_overview') }} as advisor_days
    inner join {{ ref('int_parts_of_the_book') }} as parts on advisor_days.advisor_id = parts.advisor_id
    group by parts.book_level, parts.book_id, advisor_days.as_of_date
),

numbered_days as (
    select
        part_days.book_level,
        part_days.book_id,
        part_days.as_of_date,
        dim_date.trading_day_number,
        cast(part_days.portfolio_count as integer) as portfolio_count,
        cast(part_days.aum as decimal(18, 2)) as aum,
        cast(part_days.normal_count as integer) as normal_count,
        cast(part_days.watch_count as integer) as watch_count,
        cast(part_days.rebalance_count as integer) as rebalance_count,
        cast(part_days.aum_rebalance as decimal(18, 2)) as aum_rebalance,
        cast({{ ratio(
            'part_days.drift_score_times_value', 'part_days.aum', numerator_decimals=12
        ) }} as decimal(18, 10)) as average_drift_score,
        cast(part_days.unvalued_count as integer) as unvalued_count
    from part_days
    inner join {{ ref('dim_date') }} as dim_date on part_days.as_of_date = dim_date.as_of_date
),

-- a difference with what is not there, or has no value, is null
final as (
    select
        today.book_level,
        today.book_id,
        today.as_of_date,
        today.portfolio_count,
        today.aum,
        today.normal_count,
        today.watch_count,
        today.rebalance_count,
        today.aum_rebalance,
        today.average_drift_score,
        today.unvalued_count,
        today.portfolio_count - day_before.portfolio_count as portfolio_count_change_1d,
        cast(today.aum - day_before.aum as decimal(18, 2)) as aum_change_1d,
        today.watch_count - day_before.watch_count as watch_count_change_1d,
        today.rebalance_count - day_before.rebalance_count as rebalance_count_change_1d,
        cast(today.aum_rebalance - day_before.aum_rebalance as decimal(18, 2)) as aum_rebalance_change_1d,
        cast(
            today.average_drift_score - day_before.average_drift_score as decimal(18, 10)
        ) as average_drift_score_change_1d,
        today.unvalued_count - day_before.unvalued_count as unvalued_count_change_1d,
        today.portfolio_count - five_days_before.portfolio_count as portfolio_count_change_5d,
        cast(today.aum - five_days_before.aum as decimal(18, 2)) as aum_change_5d,
        today.watch_count - five_days_before.watch_count as watch_count_change_5d,
        today.rebalance_count - five_days_before.rebalance_count as rebalance_count_change_5d,
        cast(today.aum_rebalance - five_days_before.aum_rebalance as decimal(18, 2)) as aum_rebalance_change_5d,
        cast(
            today.average_drift_score - five_days_before.average_drift_score as decimal(18, 10)
        ) as average_drift_score_change_5d,
        today.unvalued_count - five_days_before.unvalued_count as unvalued_count_change_5d
    from numbered_days as today
    left join numbered_days as day_before
        on today.book_level = day_before.book_level
        and today.book_id = day_before.book_id
        and today.trading_day_number - 1 = day_before.trading_day_number
    left join numbered_days as five_days_before
        on today.book_level = five_days_before.book_level
        and today.book_id = five_days_before.book_id
        and today.trading_day_number - 5 = five_days_before.trading_day_number
)

select * from final
