-- One row per portfolio-day that differs between two databases, attached as `old` and `new`: what it was, what it is.
-- {portfolio_columns} and {class_columns} are the columns that both databases have, {changed_columns} a list of the names
-- of the former whose value is another.
with

-- equal as sets of rows: a change in any column of either fact, or a row that only one of them has
differing_days as (
    select portfolio_id, as_of_date from (
        (select {portfolio_columns} from old.marts.fct_portfolio_daily
         except select {portfolio_columns} from new.marts.fct_portfolio_daily)
        union all
        (select {portfolio_columns} from new.marts.fct_portfolio_daily
         except select {portfolio_columns} from old.marts.fct_portfolio_daily)
    )
    union
    select portfolio_id, as_of_date from (
        (select {class_columns} from old.marts.fct_asset_class_daily
         except select {class_columns} from new.marts.fct_asset_class_daily)
        union all
        (select {class_columns} from new.marts.fct_asset_class_daily
         except select {class_columns} from old.marts.fct_asset_class_daily)
    )
),

days_before_and_after as (
    select
        differing_days.portfolio_id,
        differing_days.as_of_date,
        before.market_value as old_market_value,
        after.market_value as new_market_value,
        before.drift_score as old_drift_score,
        after.drift_score as new_drift_score,
        before.drift_status as old_drift_status,
        after.drift_status as new_drift_status,
        before.days_in_status as old_days_in_status,
        after.days_in_status as new_days_in_status,
        {changed_columns} as changed_columns
    from differing_days
    left join old.marts.fct_portfolio_daily as before
        on differing_days.portfolio_id = before.portfolio_id and differing_days.as_of_date = before.as_of_date
    left join new.marts.fct_portfolio_daily as after
        on differing_days.portfolio_id = after.portfolio_id and differing_days.as_of_date = after.as_of_date
),

final as (
    select
        portfolio_id,
        as_of_date,
        case
            when old_market_value is null then 'added'
            when new_market_value is null then 'withdrawn'
            else 'changed'
        end as change,
        old_market_value,
        new_market_value,
        cast(
            10000 * (new_market_value - old_market_value) / cast(old_market_value as double) as decimal(18, 2)
        ) as market_value_change_bps,
        old_drift_score,
        new_drift_score,
        cast(10000 * (new_drift_score - old_drift_score) as decimal(18, 2)) as drift_score_change_bps,
        old_drift_status,
        new_drift_status,
        old_days_in_status,
        new_days_in_status,
        -- equal in every column, and still another: by the weight of a class
        coalesce(
            nullif(array_to_string(list_filter(changed_columns, lambda name: name is not null), ', '), ''),
            'asset classes'
        ) as changed_columns
    from days_before_and_after
)

select *
from final
order by
    greatest(abs(market_value_change_bps), abs(drift_score_change_bps)) desc nulls last,
    old_drift_status is distinct from new_drift_status desc,
    new_market_value desc nulls last,
    portfolio_id asc,
    as_of_date asc
