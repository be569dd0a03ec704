-- The two fact tables from the landed Parquet files, by hand: what the whole project is measured against.
-- The rules are CONTRACT's; the input is the simulator's, which is clean, so that no row is judged or rejected.
-- Written for speed: whole numbers for keys until the end, and per span of days what does not change with the day.

-- exact, and as fast as doubles: only what lies near a half, or is very large, is done as decimals or whole numbers
create macro cents(amount, price, quantity, close_price) as case
    when abs(amount * price * 100 - round(amount * price * 100)) < 0.499 and abs(amount * price) < 1000000000
        then round(amount * price * 100)::bigint
    else ((quantity::decimal(20, 6) * close_price::decimal(12, 6))::decimal(18, 2) * 100)::bigint
end;
create macro usd(whole_cents) as case
    when abs(whole_cents) < 9000000000000000 then (whole_cents / 100)::decimal(18, 2)
    else (whole_cents::decimal(19, 0) * 0.01)::decimal(18, 2)
end;
create macro weight(part, whole) as case
    when
        abs(part::double / whole::double * 10000000000 - round(part::double / whole::double * 10000000000)) < 0.499
        and abs(part::double / whole::double) < 100
        then (part::double / whole::double)::decimal(18, 10)
    else (
        sign(part) * ((20000000000 * abs(part)::hugeint + whole::hugeint) // (2 * whole::hugeint))::decimal(28, 0)
        * 0.0000000001
    )::decimal(18, 10)
end;

create temp table trading_days as
select trading_date as as_of_date, (row_number() over (order by trading_date))::integer as day_number
from read_csv('{policy}/trading_calendar.csv', types = {trading_date: 'date'})
where trading_date <= (
    select max(price_date)
    from (select price_date, count(*) as price_count from '{landing}/prices.parquet' group by price_date)
    where 2 * price_count >= (
        select median(price_count)
        from (select count(*) as price_count from '{landing}/prices.parquet' group by price_date)
    )
);

create temp table asset_classes as
select asset_class, (row_number() over (order by display_order))::tinyint as class_number
from read_csv('{policy}/asset_classes.csv');

-- a security and a day are one whole number, and so are a span and a day: there are fewer than 16384 trading days
create temp table securities as
select security_id, class_number, (row_number() over (order by security_id))::integer * 16384 as first_security_day
from '{landing}/securities.parquet'
inner join asset_classes using (asset_class);

create temp table prices_of_the_day as
with closes as (
    select
        security_id, price_date, close_price,
        lead(price_date) over (partition by security_id order by price_date) as next_price_date
    from '{landing}/prices.parquet'
)
select
    securities.first_security_day + days.day_number as security_day, closes.close_price,
    closes.close_price::double as price, closes.price_date < days.as_of_date as is_stale
from closes
inner join securities using (security_id)
inner join trading_days as price_days on closes.price_date = price_days.as_of_date
inner join trading_days as days
    on days.day_number between price_days.day_number and price_days.day_number + 5
    and (closes.next_price_date is null or days.as_of_date < closes.next_price_date);

create temp table snapshots as
with portfolios as (
    select portfolio_id, advisor_id, closed_date, (row_number() over ())::integer as portfolio_number
    from '{landing}/portfolios.parquet'
),
positions_counted as (
    select portfolio_id, snapshot_date, count(*)::integer as position_count
    from '{landing}/holdings.parquet'
    group by portfolio_id, snapshot_date
)
select
    (row_number() over ())::integer as snapshot_number, portfolio_number, portfolio_id, advisor_id, snapshot_date,
    position_count,
    least(lead(snapshot_date) over (partition by portfolio_number order by snapshot_date), closed_date) as valid_to
from positions_counted
inner join portfolios using (portfolio_id);

create temp table positions as
select snapshot_number, class_number, first_security_day, quantity, quantity::double as amount
from '{landing}/holdings.parquet'
inner join snapshots using (portfolio_id, snapshot_date)
inner join securities using (security_id);

-- the days of one snapshot under one risk profile
create temp table spans as
with changes_of_profile as (
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
    (row_number() over ())::integer as span_number, snapshots.*, profiles.risk_profile,
    profiles.portfolio_id || '@' || profiles.effective_date as portfolio_key,
    greatest(snapshots.snapshot_date, profiles.effective_date) as span_from,
    least(snapshots.valid_to, profiles.valid_to, 'infinity') as span_to
from snapshots
inner join profiles
    on snapshots.portfolio_id = profiles.portfolio_id
    and (snapshots.valid_to is null or profiles.effective_date < snapshots.valid_to)
    and (profiles.valid_to is null or snapshots.snapshot_date < profiles.valid_to);

create temp table class_values as
with span_days as (
    select span_number, snapshot_number, day_number
    from spans
    inner join trading_days on span_from <= as_of_date and as_of_date < span_to
)
select
    span_number::bigint * 16384 + day_number as span_day, class_number,
    sum(cents(amount, price, quantity, close_price))::bigint as whole_cents,
    count(*)::integer as priced_count,
    count_if(is_stale)::integer as stale_count
from span_days
inner join positions using (snapshot_number)
inner join prices_of_the_day on security_day = first_security_day + day_number
group by span_day, class_number;
drop table positions;

create temp table valued_days as
with sums as (
    select
        span_day, (span_day // 16384)::integer as span_number, sum(whole_cents)::bigint as whole_cents,
        sum(priced_count) as priced_count, sum(stale_count)::integer as stale_count, count(*)::tinyint as class_count
    from class_values
    group by span_day
)
select span_day, span_number, (span_day % 16384)::integer as day_number, whole_cents, stale_count, class_count
from sums
inner join spans using (span_number)
where priced_count = position_count and whole_cents > 0;

create temp table targets_of_the_day as
with targets as (
    select
        risk_profile, class_number, target_weight, effective_date,
        (
            select min(later.effective_date)
            from read_csv('{policy}/target_allocations.csv') as later
            where later.risk_profile = targets.risk_profile and later.effective_date > targets.effective_date
        ) as valid_to
    from read_csv('{policy}/target_allocations.csv', types = {target_weight: 'decimal(18, 10)'}) as targets
    inner join asset_classes using (asset_class)
)
select risk_profile, class_number, day_number, target_weight
from targets
inner join trading_days on effective_date <= as_of_date and (valid_to is null or as_of_date < valid_to);

-- who holds every class that there is can have no target in a class not held: the others are few
create temp table class_weights as
select
    span_day, span_number, day_number, class_number, class_values.whole_cents,
    weight(class_values.whole_cents, valued_days.whole_cents) as actual_weight,
    coalesce(target_weight, 0)::decimal(18, 10) as target_weight
from class_values
inner join valued_days using (span_day)
inner join spans using (span_number)
left join targets_of_the_day using (risk_profile, day_number, class_number)
union all
select span_day, span_number, day_number, class_number, 0, 0::decimal(18, 10), target_weight
from valued_days
inner join spans using (span_number)
inner join targets_of_the_day using (risk_profile, day_number)
anti join class_values using (span_day, class_number)
where class_count < (select count(*) from asset_classes);
drop table class_values;

create table fct_asset_class_daily as
select
    portfolio_id, as_of_date, asset_class, usd(whole_cents) as market_value, actual_weight, target_weight,
    (actual_weight - target_weight)::decimal(18, 10) as signed_drift,
    abs(actual_weight - target_weight)::decimal(18, 10) as drift
from class_weights
inner join spans using (span_number)
inner join trading_days using (day_number)
inner join asset_classes using (class_number);

create table fct_portfolio_daily as
with bands as (
    select
        *, (row_number() over ())::tinyint as band_number,
        (
            select min(later.effective_date) from read_csv('{policy}/drift_policy.csv') as later
            where later.effective_date > bands.effective_date
        ) as valid_to,
        max(max_drift) over (
            partition by effective_date order by severity rows between unbounded preceding and 1 preceding
        ) as above_drift
    from read_csv('{policy}/drift_policy.csv', types = {max_drift: 'decimal(18, 10)', severity: 'integer'}) as bands
),
bands_of_the_day as (
    select day_number, band_number, drift_status, above_drift, max_drift
    from bands
    inner join trading_days on effective_date <= as_of_date and (valid_to is null or as_of_date < valid_to)
),
drifts as (
    select span_day, class_number, abs(actual_weight - target_weight)::decimal(18, 10) as drift from class_weights
),
-- of classes that drift alike the first in display order: the tie-breaker lies below the last digit of a drift
scores as (
    select
        span_day, (span_day // 16384)::integer as span_number, (span_day % 16384)::integer as day_number, max(drift) as drift_score,
        max_by(class_number, drift::decimal(24, 16) - class_number * 0.0000000000000001) as class_number
    from drifts
    group by span_day
),
judged as (
    select
        scores.*, portfolio_number, band_number,
        (row_number() over by_day)::integer as valued_day_number,
        drift_status is distinct from lag(drift_status) over by_day as is_first_of_status
    from scores
    inner join spans using (span_number)
    inner join bands_of_the_day as bands
        on bands.day_number = scores.day_number
        and (above_drift is null or drift_score > above_drift)
        and (max_drift is null or drift_score <= max_drift)
    window by_day as (partition by portfolio_number order by scores.day_number)
),
counted as (
    select
        span_day, drift_score, class_number, band_number,
        (
            valued_day_number
            - max(case when is_first_of_status then valued_day_number end) over (
                partition by portfolio_number order by day_number rows between unbounded preceding and current row
            )
            + 1
        )::integer as days_in_status
    from judged
)
select
    portfolio_id, as_of_date, portfolio_key, advisor_id, risk_profile, snapshot_date, usd(whole_cents) as market_value,
    drift_score, asset_class as drift_asset_class, drift_status, severity, action as recommended_action, risk_level,
    position_count, stale_count as stale_position_count, days_in_status
from counted
inner join valued_days using (span_day)
inner join spans using (span_number)
inner join trading_days using (day_number)
inner join asset_classes using (class_number)
inner join bands using (band_number);
