-- One row per part of the book and risk profile on the as-of date: how its open portfolios stand.
with

valued_today as (
    select
        portfolio_days.advisor_id,
        portfolio_days.as_of_date,
        portfolio_days.risk_profile,
        portfolio_days.market_value,
        bands.band_position
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on portfolio_days.as_of_date = stg_as_of_date.as_of_date
    inner join {{ ref('int_drift_bands_of_the_day') }} as bands
        on portfolio_days.as_of_date = bands.as_of_date and portfolio_days.drift_status = bands.drift_status
),

-- a portfolio without a value has no place among the bands
open_today as (
    select
        advisor_id,
        as_of_date,
        risk_profile,
        market_value,
        band_position
    from valued_today
    union all
    select
        unvalued_days.advisor_id,
        unvalued_days.as_of_date,
        unvalued_days.risk_profile,
        cast(null as decimal(18, 2)) as market_value,
        cast(null as {{ dbt.type_string() }}) as band_position
    from {{ ref('int_unvalued_days') }} as unvalued_days
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on unvalued_days.as_of_date = stg_as_of_date.as_of_date
),

-- count_if of nulls alone is null on one engine and zero on the other
final as (
    select
        parts.book_level,
        parts.book_id,
        open_today.as_of_date,
        open_today.risk_profile,
        cast(count(open_today.market_value) as integer) as portfolio_count,
        cast(sum(open_today.market_value) as decimal(18, 2)) as aum,
        cast(count(case when open_today.band_position = 'first' then 1 end) as integer) as normal_count,
        cast(count(case when open_today.band_position = 'between' then 1 end) as integer) as watch_count,
        cast(count(case when open_today.band_position = 'last' then 1 end) as integer) as rebalance_count,
        cast(count(case when open_today.market_value is null then 1 end) as integer) as unvalued_count
    from open_today
    inner join {{ ref('int_parts_of_the_book') }} as parts on open_today.advisor_id = parts.advisor_id
    group by parts.book_level, parts.book_id, open_today.as_of_date, open_today.risk_profile
)

select * from final
