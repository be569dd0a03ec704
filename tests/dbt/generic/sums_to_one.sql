{# Guards a complete set of shares: the rows of a group sum to exactly 1. #}
{% test sums_to_one(model, column, by) %}
select
    {{ by | join(', ') }},
    sum({{ column }}) as total
from {{ model }}
group by {{ by | join(', ') }}
having sum({{ column }}) is distinct from 1
{% endtest %}
