{#
    One idea for every record that holds until the next one of its kind: a holdings snapshot, an assigned risk profile, a
    set of targets, a set of bands, a close. It is in force from its own day (valid_from) until before the day of its
    successor (valid_to, null while there is none).
#}

{% macro next_of_its_kind(day, kind=none) -%}
    lead({{ day }}) over ({% if kind %}partition by {{ kind }} {% endif %}order by {{ day }})
{%- endmacro %}

{% macro is_in_force(record, day) -%}
    {{ record }}.valid_from <= {{ day }} and ({{ record }}.valid_to is null or {{ record }}.valid_to > {{ day }})
{%- endmacro %}
