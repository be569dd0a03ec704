{#
    One idea for every record that holds until the next one of its kind: a holdings snapshot, an assigned risk profile, a
    set of targets, a set of bands, a close. It is in force from its own day (valid_from) until before the day of its
    successor (valid_to, null while there is none).
#}

{% macro next_of_its_kind(day, kind=none) -%}
    lead({{ day }}) over ({% if kind %}partition by {{ kind }} {% endif %}order by {{ day }})
{%- endmacro %}

{# A last day that is always a day: DuckDB joins by two bounds many times faster than by a bound or its absence. #}
{% macro end_of(day) -%}coalesce({{ day }}, cast('9999-12-31' as date)){%- endmacro %}

{% macro is_in_force(record, day) -%}
    {{ record }}.valid_from <= {{ day }} and {{ day }} < {{ end_of(record ~ '.valid_to') }}
{%- endmacro %}

{# Whether a record is in force on any day of a range, from restated_from until before restated_to (null: without end). #}
{% macro is_in_force_within(record, range) -%}
    {{ record }}.valid_from < {{ end_of(range ~ '.restated_to') }}
    and {{ range }}.restated_from < {{ end_of(record ~ '.valid_to') }}
{%- endmacro %}

{#
    The days on which it matters that a record is not what it was. One that is new or gone matters on all of its days; one
    that is there before and after, and was only followed earlier or later, from the one end to the other. (Of null and a
    day, least and greatest are the day.)
#}
{% macro restated_from(before, after) -%}
    case
        when {{ before }}.valid_from is null then {{ after }}.valid_from
        when {{ after }}.valid_from is null then {{ before }}.valid_from
        else least({{ before }}.valid_to, {{ after }}.valid_to)
    end
{%- endmacro %}

{% macro restated_to(before, after) -%}
    case
        when {{ before }}.valid_from is null then {{ after }}.valid_to
        when {{ after }}.valid_from is null then {{ before }}.valid_to
        when {{ before }}.valid_to is not null and {{ after }}.valid_to is not null
            then greatest({{ before }}.valid_to, {{ after }}.valid_to)
    end
{%- endmacro %}
