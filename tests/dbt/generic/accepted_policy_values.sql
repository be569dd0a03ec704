{# Guards a word of policy: it stands in the seed, whatever is in the seed today. Null fails. #}
{% test accepted_policy_values(model, column_name, seed, field) %}
select {{ column_name }}
from {{ model }}
where not coalesce({{ column_name }} in (select {{ field }} from {{ seed }}), false)
{% endtest %}
