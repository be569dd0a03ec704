-- Guards the var accepted_controls: each name in it is a control that a person may let through.
with

accepted as (
    {% for name in names_in_var('accepted_controls') %}
        select '{{ name }}' as control
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select accepted.control
from accepted
left join {{ ref('control_limits') }} as control_limits on accepted.control = control_limits.control
where accepted.control <> '' and control_limits.may_be_accepted is distinct from true
