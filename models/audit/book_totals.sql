-- One row per trading day of the book: its valued portfolios and their value, beside those of the run before.
with

totals as (
    select
        as_of_date,
        count(*) as portfolio_count,
        sum(market_value) as aum
    from {{ ref('fct_portfolio_daily') }}
    group by as_of_date
),

-- every day of the book: a day that has lost all its portfolios has changed most of all
totals_of_the_book as (
    select
        dim_date.as_of_date,
        cast(coalesce(totals.portfolio_count, 0) as integer) as portfolio_count,
        cast(totals.aum as decimal(38, 2)) as aum
    from {{ ref('dim_date') }} as dim_date
    left join totals on dim_date.as_of_date = totals.as_of_date
),

earlier_totals as (
    select
        as_of_date,
        portfolio_count,
        aum,
        -- what a change is a share of
        nullif(portfolio_count, 0) as portfolio_count_base,
        nullif(aum, 0) as aum_base
    from {{ ref('earlier_book_totals') }}
),

final as (
    select
        totals_of_the_book.as_of_date,
        totals_of_the_book.portfolio_count,
        totals_of_the_book.aum,
        earlier_totals.portfolio_count as earlier_portfolio_count,
        earlier_totals.aum as earlier_aum,
        cast({{ ratio(
            '(totals_of_the_book.portfolio_count - earlier_totals.portfolio_count)',
            'earlier_totals.portfolio_count_base', 0, 0
        ) }} as decimal(18, 10)) as portfolio_count_change,
        cast({{ ratio(
            '(totals_of_the_book.aum - earlier_totals.aum)', 'earlier_totals.aum_base'
        ) }} as decimal(18, 10)) as aum_change
    from totals_of_the_book
    left join earlier_totals on totals_of_the_book.as_of_date = earlier_totals.as_of_date
)

select * from final
