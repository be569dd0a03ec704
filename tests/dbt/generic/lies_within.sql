{# Guards a range, both ends included. Null passes: not_null says so by name. #}
{% test lies_within(model, column_name, lowest, highest) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < {{ lowest }} or {{ column_name }} > {{ highest }}
{% endtest %}
