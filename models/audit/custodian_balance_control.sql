-- One row per accepted custodian balance: the custodian's value, and the facts' on the last trading day by then.
with

balances as (
    select
        portfolio_id,
        balance_date,
        market_value
    from {{ ref('stg_custodian_balances') }}
    where reject_reason is null
),

balance_days as (
    select balance_date from balances
    group by balance_date
),

-- from the whole calendar: a balance after the as-of date is compared with its own day, which has no value yet
last_trading_days as (
    select
        balance_days.balance_date,
        max(trading_calendar.trading_date) as as_of_date
    from balance_days
    inner join {{ ref('trading_calendar') }} as trading_calendar
        on balance_days.balance_date >= trading_calendar.trading_date
    group by balance_days.balance_date
),

final as (
    select
        balances.portfolio_id,
        balances.balance_date,
        balances.market_value as reported_value,
        portfolio_days.market_value as computed_value,
        coalesce(balances.balance_date > {{ date_var('as_of_date') }}, false) as is_after_asked_date
    from balances
    left join last_trading_days on balances.balance_date = last_trading_days.balance_date
    left join {{ ref('fct_portfolio_daily') }} as portfolio_days
        on balances.portfolio_id = portfolio_days.portfolio_id
        and last_trading_days.as_of_date = portfolio_days.as_of_date
)

select * from final
