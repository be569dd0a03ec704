{# Guards the grain of a table: one row per key. A null in a key is a value like any other. #}
{% test key_is_unique(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
