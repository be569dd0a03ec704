-- One row, for the control freshness: the trading days that the book ends before the day that was expected of it.
with

expected_days as (
    select trading_date from {{ ref('trading_calendar') }}
    where trading_date <= {{ date_var('expect_date') }}
),

days_behind as (
    select
        stg_as_of_date.as_of_date,
        {{ date_var('expect_date') }} as expect_date,
        {{ days_between('stg_as_of_date.as_of_date', 'cast(this_run.started_at as date)') }} as age_in_days,
        count(expected_days.trading_date) as day_count
    from {{ ref('stg_as_of_date') }} as stg_as_of_date
    cross join {{ ref('this_run') }} as this_run
    left join expected_days on stg_as_of_date.as_of_date < expected_days.trading_date
    group by stg_as_of_date.as_of_date, this_run.started_at
),

-- without an expected day the age is told, and it is for the reader to judge
final as (
    select
        'freshness' as control,
        case when expect_date is not null then cast(day_count as decimal(18, 10)) end as figure,
        cast(day_count as integer) as finding_count,
        'as of ' || cast(as_of_date as string) || coalesce(
            ', expected ' || cast(expect_date as string),
            ', ' || cast(age_in_days as string) || ' calendar days before the run'
        ) as worst_finding,
        cast(null as string) as listed_in
    from days_behind
)

select * from final
