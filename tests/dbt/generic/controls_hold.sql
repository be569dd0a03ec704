{# Guards the reconciliation: every scope of the named controls agrees. #}
{% test controls_hold(model, controls) %}
select *
from {{ model }}
where control in ('{{ controls | join("', '") }}') and not is_reconciled
{% endtest %}
