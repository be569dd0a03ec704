-- One row per trading day and drift band: the bands in force.
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
        int_trading_days.as_of_date,
        bands.drift_status,
        bands.severity,
        bands.above_drift,
        bands.max_drift,
        bands.action,
        bands.risk_level,
        bands.band_position
    from bands
    inner join {{ ref('int_trading_days') }} as int_trading_days
        on {{ is_in_force('bands', 'int_trading_days.as_of_date') }}
)

select * from final
