-- One row per advisor and trading day with an open portfolio: what they look after, and how far it is from policy.
with

computed as (
    select
        portfolio_days.advisor_id,
        portfolio_days.as_of_date,
        cast(count(*) as integer) as portfolio_count,
        sum(portfolio_days.market_value) as aum,
        cast(count_if(bands.band_position = 'first') as integer) as normal_count,
        cast(count_if(bands.band_position = 'between') as integer) as watch_count,
        cast(count_if(bands.band_position = 'last') as integer) as rebalance_count,
        sum(case when bands.band_position = 'last' then portfolio_days.market_value else 0 end) as aum_rebalance,
        sum(
            cast(portfolio_days.drift_score as decimal(19, 10)) * portfolio_days.market_value
        ) as drift_score_times_value
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('int_dates_computed') }} as int_dates_computed
        on portfolio_days.as_of_date = int_dates_computed.as_of_date
    inner join {{ ref('int_drift_bands_of_the_day') }} as bands
        on portfolio_days.as_of_date = bands.as_of_date and portfolio_days.drift_status = bands.drift_status
    group by portfolio_days.advisor_id, portfolio_days.as_of_date
),

-- the sums of days of which an update computes nothing stand as they are
valued as (
    select
        advisor_id,
        as_of_date,
        portfolio_count,
        aum,
        normal_count,
        watch_count,
        rebalance_count,
        aum_rebalance,
        {{ ratio('drift_score_times_value', 'aum', numerator_decimals=12) }} as average_drift_score
    from computed
    union all
    select
        earlier_advisor_days.advisor_id,
        earlier_advisor_days.as_of_date,
        earlier_advisor_days.portfolio_count,
        earlier_advisor_days.aum,
        earlier_advisor_days.normal_count,
        earlier_advisor_days.watch_count,
        earlier_advisor_days.rebalance_count,
        earlier_advisor_days.aum_rebalance,
        earlier_advisor_days.average_drift_score
    from {{ ref('earlier_advisor_days') }} as earlier_advisor_days
    left join {{ ref('int_dates_computed') }} as int_dates_computed
        on earlier_advisor_days.as_of_date = int_dates_computed.as_of_date
    where int_dates_computed.as_of_date is null and earlier_advisor_days.portfolio_count > 0
),

unvalued as (
    select
        advisor_id,
        as_of_date,
        cast(count(*) as integer) as unvalued_count
    from {{ ref('int_unvalued_days') }}
    group by advisor_id, as_of_date
),

-- counts of nothing are zero; the value of portfolios that have none is unknown
advisor_days as (
    select
        coalesce(valued.advisor_id, unvalued.advisor_id) as advisor_id,
        coalesce(valued.as_of_date, unvalued.as_of_date) as as_of_date,
        coalesce(valued.portfolio_count, 0) as portfolio_count,
        valued.aum,
        coalesce(valued.normal_count, 0) as normal_count,
        coalesce(valued.watch_count, 0) as watch_count,
        coalesce(valued.rebalance_count, 0) as rebalance_count,
        valued.aum_rebalance,
        valued.average_drift_score,
        coalesce(unvalued.unvalued_count, 0) as unvalued_count
    from valued
    full join unvalued
        on valued.advisor_id = unvalued.advisor_id and valued.as_of_date = unvalued.as_of_date
),

final as (
    select
        advisor_days.advisor_id,
        dim_advisor.advisor_name,
        dim_advisor.team,
        advisor_days.as_of_date,
        advisor_days.portfolio_count,
        cast(advisor_days.aum as decimal(18, 2)) as aum,
        advisor_days.normal_count,
        advisor_days.watch_count,
        advisor_days.rebalance_count,
        cast(advisor_days.aum_rebalance as decimal(18, 2)) as aum_rebalance,
        cast(advisor_days.average_drift_score as decimal(18, 10)) as average_drift_score,
        advisor_days.unvalued_count
    from advisor_days
    inner join {{ ref('dim_advisor') }} as dim_advisor on advisor_days.advisor_id = dim_advisor.advisor_id
)

select * from final
