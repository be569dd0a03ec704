-- One row per drift status and version of its band: the drift scores that have it, and what policy says to do.
with

bands as (
    select
        drift_status,
        severity,
        above_drift,
        max_drift,
        action,
        risk_level,
        band_position,
        valid_from,
        valid_to
    from {{ ref('int_drift_bands_in_force') }}
),

final as (
    select
        bands.drift_status,
        bands.severity,
        bands.above_drift,
        bands.max_drift,
        bands.action as recommended_action,
        bands.risk_level,
        bands.band_position,
        bands.valid_from,
        bands.valid_to,
        {{ is_in_force('bands', 'stg_as_of_date.as_of_date') }} as is_current
    from bands
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
)

select * from final
