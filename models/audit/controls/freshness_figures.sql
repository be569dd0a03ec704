-- One row, for the control freshness: the trading days between the day that the book ends and the one expected of it.
with

-- either way: a book that ends after its day has a mistyped date, or was run for the wrong day
days_off as (
    select
        stg_as_of_date.as_of_date,
        {{ date_var('expect_date') }} as expect_date,
        {{ days_between('stg_as_of_date.as_of_date', 'cast(this_run.started_at as date)') }} as age_in_days,
        count(trading_calendar.trading_date) as day_count
    from {{ ref('stg_as_of_date') }} as stg_as_of_date
    cross join {{ ref('this_run') }} as this_run
    left join {{ ref('trading_calendar') }} as trading_calendar
        on trading_calendar.trading_date > least(stg_as_of_date.as_of_date, {{ date_var('expect_date') }})
        and trading_calendar.trading_date <= greatest(stg_as_of_date.as_of_date, {{ date_var('expect_date') }})
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
    from days_off
)

select * from final
