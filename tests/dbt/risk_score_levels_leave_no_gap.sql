-- Guards the levels of the risk score: each horizon has two or more, by severity each max_probability is above the one
-- before, within 0 and 1, only the last is without a limit, and none is called In breach, which is the word for having
-- no score.
with

levels as (
    select
        horizon_days,
        ml_risk_level,
        severity,
        max_probability,
        lag(max_probability) over (partition by horizon_days order by severity) as previous_max_probability,
        row_number() over (partition by horizon_days order by severity desc) = 1 as is_last,
        count(*) over (partition by horizon_days) as level_count
    from {{ ref('risk_score_policy') }}
)

select
    horizon_days,
    severity,
    max_probability
from levels
where
    (max_probability is null) is distinct from is_last
    or max_probability <= previous_max_probability
    or max_probability < 0
    or max_probability >= 1
    or level_count < 2
    or ml_risk_level = 'In breach'
