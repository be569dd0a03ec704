-- One row per open portfolio that has no value on the as-of date: the reason, and when it last had one.
with

unvalued_today as (
    select
        unvalued_days.portfolio_id,
        unvalued_days.advisor_id,
        unvalued_days.unvalued_reason
    from {{ ref('int_unvalued_days') }} as unvalued_days
    inner join {{ ref('stg_as_of_date') }} as stg_as_of_date
        on unvalued_days.as_of_date = stg_as_of_date.as_of_date
),

last_valued_days as (
    select
        portfolio_id,
        max(as_of_date) as last_valued_date
    from {{ ref('fct_portfolio_daily') }}
    group by portfolio_id
),

final as (
    select
        unvalued_today.portfolio_id,
        unvalued_today.advisor_id,
        unvalued_today.unvalued_reason as reason,
        last_valued_days.last_valued_date
    from unvalued_today
    left join last_valued_days on unvalued_today.portfolio_id = last_valued_days.portfolio_id
)

select * from final
