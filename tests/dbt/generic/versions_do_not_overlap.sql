{# Guards records that hold until the next one: each is in force for at least a day, and ends before the next begins. #}
{% test versions_do_not_overlap(model, by) %}
with

versions as (
    select
        {{ by | join(', ') }},
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ by | join(', ') }} order by valid_from) as next_valid_from
    from {{ model }}
)

select *
from versions
where
    valid_to <= valid_from
    or next_valid_from < valid_to
    or (valid_to is null and next_valid_from is not null)
{% endtest %}
