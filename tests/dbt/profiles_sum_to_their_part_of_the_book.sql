-- Guards book_profiles: over its profiles each part of the book has what book_overview says of it on the as-of date.
with

overview as (
    select
        book_overview.book_level,
        book_overview.book_id,
        book_overview.as_of_date,
        book_overview.portfolio_count,
        book_overview.aum,
        book_overview.normal_count,
        book_overview.watch_count,
        book_overview.rebalance_count,
        book_overview.unvalued_count
    from {{ ref('book_overview') }} as book_overview
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date on book_overview.as_of_date = stg_as_of_date.as_of_date
),

by_profile as (
    select
        book_level,
        book_id,
        as_of_date,
        sum(portfolio_count) as portfolio_count,
        sum(aum) as aum,
        sum(normal_count) as normal_count,
        sum(watch_count) as watch_count,
        sum(rebalance_count) as rebalance_count,
        sum(unvalued_count) as unvalued_count
    from {{ ref('book_profiles') }}
    group by book_level, book_id, as_of_date
)

select
    coalesce(by_profile.book_level, overview.book_level) as book_level,
    coalesce(by_profile.book_id, overview.book_id) as book_id
from by_profile
full join overview
    on by_profile.book_level = overview.book_level
    and by_profile.book_id = overview.book_id
    and by_profile.as_of_date = overview.as_of_date
where
    by_profile.portfolio_count is distinct from overview.portfolio_count
    or by_profile.aum is distinct from overview.aum
    or by_profile.normal_count is distinct from overview.normal_count
    or by_profile.watch_count is distinct from overview.watch_count
    or by_profile.rebalance_count is distinct from overview.rebalance_count
    or by_profile.unvalued_count is distinct from overview.unvalued_count
