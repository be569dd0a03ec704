{# Guards against two answers: where another table has a row of the same key, that row says the same. #}
{% test agrees_with(model, to, key, columns) %}
with

rows_here as (
    select {{ (key + columns) | join(', ') }}
    from {{ model }}
),

rows_there as (
    select {{ (key + columns) | join(', ') }}
    from {{ to }}
)

select
    {%- for column in key %}
    rows_here.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from rows_here
inner join rows_there
    on {% for column in key %}rows_here.{{ column }} = rows_there.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
where
    {% for column in columns -%}
    rows_here.{{ column }} is distinct from rows_there.{{ column }}{{ ' or ' if not loop.last }}
    {%- endfor %}
{% endtest %}
