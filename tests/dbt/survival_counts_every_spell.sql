-- Guards the survival: all spells whose start was seen are at risk at first, each end is counted once, and the share
-- goes on from day to day as the counts say, within the rounding of two shares.
with

spells as (
    select
        drift_status,
        count(*) as spell_count,
        count_if(is_over) as ended_count
    from {{ ref('status_spells') }}
    where is_start_seen
    group by drift_status
),

days as (
    select
        drift_status,
        status_days,
        at_risk_count,
        ended_count,
        surviving_share,
        cast(coalesce(lag(surviving_share) over (partition by drift_status order by status_days), 1) as double)
        * (at_risk_count - ended_count) / at_risk_count as expected_share
    from {{ ref('status_survival') }}
),

totals as (
    select
        drift_status,
        max(case when status_days = 0 then at_risk_count end) as spell_count,
        sum(ended_count) as ended_count,
        count_if(abs(cast(surviving_share as double) - expected_share) > 0.0000000001) as wrong_count
    from days
    group by drift_status
)

select coalesce(spells.drift_status, totals.drift_status) as drift_status
from spells
full join totals on spells.drift_status = totals.drift_status
where
    totals.spell_count is distinct from spells.spell_count
    or totals.ended_count is distinct from spells.ended_count
    or totals.wrong_count is distinct from 0
