{# Guards the reconciliation: every scope of a control agrees. #}
{% test control_holds(model, control) %}
select *
from {{ model }}
where control = '{{ control }}' and not is_reconciled
{% endtest %}
