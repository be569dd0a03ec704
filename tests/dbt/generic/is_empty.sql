{# Guards a list of findings that should have no row. #}
{% test is_empty(model) %}
select * from {{ model }}
{% endtest %}
