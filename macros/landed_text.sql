{# From landed text to a typed value: null where the text is not what CONTRACT's grammar allows. Text is trimmed before. #}

{% macro as_date(text) -%}
    case
        when {{ matches(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') }} and {{ text }} >= '0001'
            then try_cast({{ text }} as date)
    end
{%- endmacro %}

{# Leading and trailing zeros aside, at most `whole_digits` before the point and six after it. #}
{% macro as_decimal(text, whole_digits, type) -%}
    case
        when {{ matches(text, '[+-]?0*[0-9]{1,' ~ whole_digits ~ '}([.][0-9]{1,6}0*)?') }}
            then cast({{ text }} as {{ type }})
    end
{%- endmacro %}

{# A landed row as it landed, in JSON: its fields, or the one line that could not be told into fields. #}
{% macro landed_row_as_json(columns) -%}
    {%- set qualified = [] -%}
    {%- for column in columns -%}{%- do qualified.append('landed.' ~ column) -%}{%- endfor -%}
    case
        when landed.malformed_line is null then {{ row_as_json(qualified, columns) }}
        else {{ row_as_json(['landed.malformed_line'], ['line']) }}
    end
{%- endmacro %}
