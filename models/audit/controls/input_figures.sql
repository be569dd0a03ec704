-- One row per control of what landed: how much of it is rejected, and how far it reaches.
with

judged_tables as (
    select
        table_name,
        rejected_count,
        landed_count - superseded_count as judged_count
    from {{ ref('landed_row_counts') }}
    where landed_count > superseded_count
),

rejected_shares as (
    select
        table_name,
        rejected_count,
        judged_count,
        {{ ratio('rejected_count', 'judged_count', 0, 0) }} as rejected_share
    from judged_tables
),

ranked_shares as (
    select
        *,
        row_number() over (order by rejected_share desc, rejected_count desc, table_name) as place
    from rejected_shares
),

rejected_rows as (
    select
        'rejected_rows' as control,
        max(rejected_share) as figure,
        sum(rejected_count) as finding_count,
        max(
            case
                when place = 1 and rejected_count > 0
                    then table_name || ': ' || cast(rejected_count as string) || ' of '
                        || cast(judged_count as string) || ' rows'
            end
        ) as worst_finding,
        'audit.rejected_rows' as listed_in
    from ranked_shares
),

expected_days as (
    select trading_date from {{ ref('trading_calendar') }}
    where trading_date <= {{ date_var('expect_date') }}
),

days_behind as (
    select
        stg_as_of_date.as_of_date,
        case when {{ date_var('expect_date') }} is not null then count(expected_days.trading_date) end as day_count
    from {{ ref('stg_as_of_date') }} as stg_as_of_date
    left join expected_days on stg_as_of_date.as_of_date < expected_days.trading_date
    group by stg_as_of_date.as_of_date
),

-- without a day to expect the age is told, and it is for the reader to judge
freshness as (
    select
        'freshness' as control,
        days_behind.day_count as figure,
        coalesce(days_behind.day_count, 0) as finding_count,
        'as of ' || cast(days_behind.as_of_date as string) || coalesce(
            ', expected ' || cast({{ date_var('expect_date') }} as string),
            ', ' || cast({{ days_between('days_behind.as_of_date', 'cast(this_run.started_at as date)') }} as string)
            || ' calendar days before the run'
        ) as worst_finding,
        cast(null as string) as listed_in
    from days_behind
    cross join {{ ref('this_run') }} as this_run
),

final as (
    select
        control,
        cast(figure as decimal(18, 10)) as figure,
        cast(finding_count as integer) as finding_count,
        worst_finding,
        listed_in
    from rejected_rows
    union all
    select
        control,
        cast(figure as decimal(18, 10)) as figure,
        cast(finding_count as integer) as finding_count,
        worst_finding,
        listed_in
    from freshness
)

select * from final
