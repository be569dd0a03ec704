{# Guards the bands of a set: by severity each max_drift is above the one before, and only the last is without a limit. #}
{% test bands_leave_no_gap(model) %}
with

bands as (
    select
        effective_date,
        severity,
        max_drift,
        lag(max_drift) over (partition by effective_date order by severity) as previous_max_drift,
        severity = max(severity) over (partition by effective_date) as is_last
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
{% endtest %}
