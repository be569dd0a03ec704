-- The two fact tables from the landed Parquet files, by hand: what the whole project is measured against.
-- The rules are CONTRACT's; the input is the simulator's, which is clean, so that no row is judged or rejected.

-- exact to the cent and to the tenth decimal, as fast as doubles: only what lies near a half is done as whole numbers
create macro market_value(quantity, close_price) as case
    when abs(abs(quantity::double * close_price::double) * 100 % 1 - 0.5) > 0.001
        then (quantity::double * close_price::double)::decimal(18, 2)
    else (quantity::decimal(20, 6) * close_price::decimal(12, 6))::decimal(18, 2)
end;
create macro weight(part, whole) as case
    when abs(abs(part::double / whole::double) * 10000000000 % 1 - 0.5) > 0.001
        then (part::double / whole::double)::decimal(18, 10)
    else (
        sign(part) * (
            (20000000000 * (abs(part) * 100)::hugeint + (whole * 100)::hugeint) // (2 * (whole * 100)::hugeint)
        )::decimal(28, 0) * 0.0000000001
    )::decimal(18, 10)
end;

create temp table trading_days as
select trading_date as as_of_date, row_number() over (order by trading_date) as day_number
from read_csv('{policy}/trading_calendar.csv', types = {trading_date: 'date'})
where trading_date <= (
    select max(price_date)
    from (select price_date, count(*) as price_count from '{landing}/prices.parquet' group by price_date)
    where 2 * price_count >= (
        select median(price_count)
        from (select count(*) as price_count from '{landing}/prices.parquet' group by price_date)
    )
);

create temp table prices_of_the_day as
with closes as (
    select
        security_id, price_date, close_price,
        lead(price_date) over (partition by security_id order by price_date) as next_price_date
    from '{landing}/prices.parquet'
)
select closes.security_id, days.as_of_date, closes.close_price, closes.price_date < days.as_of_date as is_stale
from closes
inner join trading_days as price_days on closes.price_date = price_days.as_of_date
inner join trading_days as days
    on days.day_number between price_days.day_number and price_days.day_number + 5
    and (closes.next_price_date is null or days.as_of_date < closes.next_price_date);

create temp table portfolio_days as
with snapshots as (
    select
        holdings.portfolio_id, holdings.snapshot_date, holdings.position_count, portfolios.advisor_id,
        least(
            lead(holdings.snapshot_date) over (partition by holdings.portfolio_id order by holdings.snapshot_date),
            portfolios.closed_date
        ) as valid_to
    from (
        select portfolio_id, snapshot_date, count(*)::integer as position_count
        from '{landing}/holdings.parquet' group by portfolio_id, snapshot_date
    ) as holdings
    inner join '{landing}/portfolios.parquet' as portfolios using (portfolio_id)
),
changes_of_profile as (
    select * from '{landing}/risk_profile_assignments.parquet'
    qualify risk_profile is distinct from lag(risk_profile) over (partition by portfolio_id order by effective_date)
),
profiles as (
    select
        portfolio_id, risk_profile, effective_date,
        lead(effective_date) over (partition by portfolio_id order by effective_date) as valid_to
    from changes_of_profile
)
select
    snapshots.portfolio_id, days.as_of_date, snapshots.snapshot_date, snapshots.position_count, snapshots.advisor_id,
    profiles.portfolio_id || '@' || profiles.effective_date as portfolio_key, profiles.risk_profile
from snapshots
inner join trading_days as days
    on snapshots.snapshot_date <= days.as_of_date
    and (snapshots.valid_to is null or days.as_of_date < snapshots.valid_to)
inner join profiles
    on snapshots.portfolio_id = profiles.portfolio_id
    and profiles.effective_date <= days.as_of_date
    and (profiles.valid_to is null or days.as_of_date < profiles.valid_to);

create temp table class_values as
select
    portfolio_days.portfolio_id, portfolio_days.as_of_date, securities.asset_class,
    sum(market_value(holdings.quantity, prices.close_price)) as market_value,
    count(*)::integer as priced_count,
    count_if(prices.is_stale)::integer as stale_count
from portfolio_days
inner join '{landing}/holdings.parquet' as holdings using (portfolio_id, snapshot_date)
inner join '{landing}/securities.parquet' as securities using (security_id)
inner join prices_of_the_day as prices using (security_id, as_of_date)
group by portfolio_days.portfolio_id, portfolio_days.as_of_date, securities.asset_class;

create temp table valued_days as
select
    portfolio_days.*, class_sums.market_value::decimal(18, 2) as market_value, class_sums.stale_count
from portfolio_days
inner join (
    select
        portfolio_id, as_of_date, sum(market_value) as market_value, sum(priced_count) as priced_count,
        sum(stale_count)::integer as stale_count
    from class_values group by portfolio_id, as_of_date
) as class_sums using (portfolio_id, as_of_date)
where class_sums.priced_count = portfolio_days.position_count and class_sums.market_value > 0;

create table fct_asset_class_daily as
with targets as (
    select
        risk_profile, asset_class, target_weight, effective_date,
        (
            select min(later.effective_date)
            from read_csv('{policy}/target_allocations.csv') as later
            where later.risk_profile = targets.risk_profile and later.effective_date > targets.effective_date
        ) as valid_to
    from read_csv('{policy}/target_allocations.csv', types = {target_weight: 'decimal(18, 10)'}) as targets
),
class_targets as (
    select valued_days.portfolio_id, valued_days.as_of_date, targets.asset_class, targets.target_weight
    from valued_days
    inner join targets
        on valued_days.risk_profile = targets.risk_profile and targets.effective_date <= valued_days.as_of_date
        and (targets.valid_to is null or valued_days.as_of_date < targets.valid_to)
),
weights as (
    select
        class_values.portfolio_id, class_values.as_of_date, class_values.asset_class, class_values.market_value,
        weight(class_values.market_value, valued_days.market_value) as actual_weight
    from class_values
    inner join valued_days using (portfolio_id, as_of_date)
)
select
    portfolio_id, as_of_date, asset_class,
    coalesce(weights.market_value, 0)::decimal(18, 2) as market_value,
    coalesce(weights.actual_weight, 0)::decimal(18, 10) as actual_weight,
    coalesce(class_targets.target_weight, 0)::decimal(18, 10) as target_weight,
    (coalesce(weights.actual_weight, 0) - coalesce(class_targets.target_weight, 0))::decimal(18, 10) as signed_drift,
    abs(coalesce(weights.actual_weight, 0) - coalesce(class_targets.target_weight, 0))::decimal(18, 10) as drift
from weights
full join class_targets using (portfolio_id, as_of_date, asset_class);

create table fct_portfolio_daily as
with bands as (
    select
        *,
        (
            select min(later.effective_date) from read_csv('{policy}/drift_policy.csv') as later
            where later.effective_date > bands.effective_date
        ) as valid_to,
        max(max_drift) over (
            partition by effective_date order by severity rows between unbounded preceding and 1 preceding
        ) as above_drift
    from read_csv('{policy}/drift_policy.csv', types = {max_drift: 'decimal(18, 10)', severity: 'integer'}) as bands
),
largest_drifts as (
    select
        portfolio_id, as_of_date, max(drift) as drift_score,
        max_by(asset_class, drift::decimal(24, 16) - display_order * 0.0000000000000001) as drift_asset_class
    from fct_asset_class_daily
    inner join read_csv('{policy}/asset_classes.csv') using (asset_class)
    group by portfolio_id, as_of_date
),
judged as (
    select valued_days.*, largest_drifts.drift_score, largest_drifts.drift_asset_class,
        bands.drift_status, bands.severity, bands.action, bands.risk_level,
        row_number() over by_day as valued_day_number,
        bands.drift_status is distinct from lag(bands.drift_status) over by_day as is_first_of_status
    from valued_days
    inner join largest_drifts using (portfolio_id, as_of_date)
    inner join bands
        on bands.effective_date <= valued_days.as_of_date
        and (bands.valid_to is null or valued_days.as_of_date < bands.valid_to)
        and (bands.above_drift is null or largest_drifts.drift_score > bands.above_drift)
        and (bands.max_drift is null or largest_drifts.drift_score <= bands.max_drift)
    window by_day as (partition by valued_days.portfolio_id order by valued_days.as_of_date)
)
select
    portfolio_id, as_of_date, portfolio_key, advisor_id, risk_profile, snapshot_date, market_value, drift_score,
    drift_asset_class, drift_status, severity, action as recommended_action, risk_level, position_count,
    stale_count as stale_position_count,
    (
        valued_day_number
        - max(case when is_first_of_status then valued_day_number end) over (
            partition by portfolio_id order by as_of_date rows between unbounded preceding and current row
        )
        + 1
    )::integer as days_in_status
from judged;
