-- One row per set of drift bands and band: the drift scores that fall into it, and the days its set is in force.
with

bands as (
    select
        effective_date,
        drift_status,
        severity,
        max_drift,
        action,
        risk_level,
        -- a score that an earlier band takes does not reach this one
        max(max_drift) over (
            partition by effective_date order by severity
            rows between unbounded preceding and 1 preceding
        ) as above_drift,
        case
            when severity = min(severity) over (partition by effective_date) then 'first'
            when severity = max(severity) over (partition by effective_date) then 'last'
            else 'between'
        end as band_position
    from {{ ref('drift_policy') }}
),

band_sets as (
    select effective_date from bands
    group by effective_date
),

followed as (
    select
        effective_date,
        {{ next_of_its_kind('effective_date') }} as valid_to
    from band_sets
),

final as (
    select
        bands.drift_status,
        bands.severity,
        bands.above_drift,
        bands.max_drift,
        bands.action,
        bands.risk_level,
        bands.band_position,
        bands.effective_date as valid_from,
        followed.valid_to
    from bands
    inner join followed on bands.effective_date = followed.effective_date
)

select * from final
