{#
    Guards the bands of a set: there are two or more, by severity each max_drift is above the one before, only the last is
    without a limit, and none is called Unvalued, which is drift_trend's word for having no band.
#}
{% test bands_leave_no_gap(model) %}
with

bands as (
    select
        effective_date,
        severity,
        drift_status,
        max_drift,
        lag(max_drift) over (partition by effective_date order by severity) as previous_max_drift,
        severity = max(severity) over (partition by effective_date) as is_last,
        count(*) over (partition by effective_date) as band_count
    from {{ model }}
)

select
    effective_date,
    severity,
    max_drift
from bands
where (max_drift is null) is distinct from is_last
    or max_drift <= previous_max_drift
    or max_drift < 0
    or band_count < 2
    or drift_status = 'Unvalued'
{% endtest %}
