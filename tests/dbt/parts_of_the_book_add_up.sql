-- Guards book_overview: an advisor is as advisor_overview says, and a team and the firm are the sums of their advisors.
with

expected as (
    select
        'firm' as book_level,
        'firm' as book_id,
        as_of_date,
        sum(portfolio_count) as portfolio_count,
        sum(aum) as aum,
        sum(normal_count) as normal_count,
        sum(watch_count) as watch_count,
        sum(rebalance_count) as rebalance_count,
        sum(aum_rebalance) as aum_rebalance,
        sum(unvalued_count) as unvalued_count
    from {{ ref('advisor_overview') }}
    group by as_of_date
    union all
    select
        'team' as book_level,
        team as book_id,
        as_of_date,
        sum(portfolio_count) as portfolio_count,
        sum(aum) as aum,
        sum(normal_count) as normal_count,
        sum(watch_count) as watch_count,
        sum(rebalance_count) as rebalance_count,
        sum(aum_rebalance) as aum_rebalance,
        sum(unvalued_count) as unvalued_count
    from {{ ref('advisor_overview') }}
    where team is not null
    group by team, as_of_date
    union all
    select
        'advisor' as book_level,
        advisor_id as book_id,
        as_of_date,
        portfolio_count,
        aum,
        normal_count,
        watch_count,
        rebalance_count,
        aum_rebalance,
        unvalued_count
    from {{ ref('advisor_overview') }}
)

select
    coalesce(book_overview.book_level, expected.book_level) as book_level,
    coalesce(book_overview.book_id, expected.book_id) as book_id,
    coalesce(book_overview.as_of_date, expected.as_of_date) as as_of_date
from {{ ref('book_overview') }} as book_overview
full join expected
    on book_overview.book_level = expected.book_level
    and book_overview.book_id = expected.book_id
    and book_overview.as_of_date = expected.as_of_date
where
    book_overview.portfolio_count is distinct from expected.portfolio_count
    or book_overview.aum is distinct from expected.aum
    or book_overview.normal_count is distinct from expected.normal_count
    or book_overview.watch_count is distinct from expected.watch_count
    or book_overview.rebalance_count is distinct from expected.rebalance_count
    or book_overview.aum_rebalance is distinct from expected.aum_rebalance
    or book_overview.unvalued_count is distinct from expected.unvalued_count
