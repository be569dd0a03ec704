{# What is written differently from engine to engine: one expression each. #}

{# Text without the blanks around it; missing text is empty. #}
{% macro trimmed(text) -%}{{ adapter.dispatch('trimmed')(text) }}{%- endmacro %}
{% macro duckdb__trimmed(text) -%}coalesce(trim({{ text }}, ' 	'), ''){%- endmacro %}
{% macro spark__trimmed(text) -%}coalesce(btrim({{ text }}, ' 	'), ''){%- endmacro %}

{# Whether the whole text matches a pattern. #}
{% macro matches(text, pattern) -%}{{ adapter.dispatch('matches')(text, pattern) }}{%- endmacro %}
{% macro duckdb__matches(text, pattern) -%}regexp_full_match({{ text }}, '{{ pattern }}'){%- endmacro %}
{# Java's $ also stands before a last line break, hence \z. #}
{% macro spark__matches(text, pattern) -%}{{ text }} rlike '\\A(?:{{ pattern }})\\z'{%- endmacro %}

{# Columns as one JSON object, in the order given, under their own names or the names given. #}
{% macro row_as_json(columns, names=none) -%}
    {{ adapter.dispatch('row_as_json')(columns, names or columns) }}
{%- endmacro %}
{% macro duckdb__row_as_json(columns, names) -%}
    cast(json_object(
        {%- for column in columns %}'{{ names[loop.index0] }}', {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
    ) as varchar)
{%- endmacro %}
{% macro spark__row_as_json(columns, names) -%}
    to_json(
        named_struct(
            {%- for column in columns %}'{{ names[loop.index0] }}', {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
        ),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}

{# Texts of a group, sorted, joined with commas. #}
{% macro comma_joined(text) -%}{{ adapter.dispatch('comma_joined')(text) }}{%- endmacro %}
{% macro duckdb__comma_joined(text) -%}string_agg({{ text }}, ',' order by {{ text }}){%- endmacro %}
{% macro spark__comma_joined(text) -%}listagg({{ text }}, ',') within group (order by {{ text }}){%- endmacro %}

{# Stops the query with a message. #}
{% macro stop_with(message) -%}{{ adapter.dispatch('stop_with')(message) }}{%- endmacro %}
{% macro duckdb__stop_with(message) -%}error({{ message }}){%- endmacro %}
{% macro spark__stop_with(message) -%}raise_error({{ message }}){%- endmacro %}

{#
    numerator / denominator as DECIMAL(18,10), rounded half away from zero; null where it would not fit. The denominator is
    above zero; neither has more decimals than said. Divided as doubles where the quotient is below 100 and its tenth
    decimal is not within 0.001 of a tie; otherwise as whole numbers, which is exact.
#}
{% macro ratio(numerator, denominator, numerator_decimals=2, denominator_decimals=2) -%}
    {{ adapter.dispatch('ratio')(numerator, denominator, numerator_decimals, denominator_decimals) }}
{%- endmacro %}
{% macro duckdb__ratio(numerator, denominator, numerator_decimals, denominator_decimals) -%}
    {%- set quotient = 'cast(' ~ numerator ~ ' as double) / cast(' ~ denominator ~ ' as double)' -%}
    {%- set units = 'abs(' ~ quotient ~ ') * 10000000000' -%}
    {%- set whole_numerator = duckdb__whole_number('abs(' ~ numerator ~ ')', numerator_decimals) -%}
    {%- set whole_denominator = duckdb__whole_number(denominator, denominator_decimals) -%}
    {%- set doubled = '2' ~ '0' * (10 + denominator_decimals - numerator_decimals) -%}
    case
        when abs({{ quotient }}) < 100 and abs({{ units }} - floor({{ units }}) - 0.5) > 0.001
            then cast({{ quotient }} as decimal(18, 10))
        else
            sign({{ numerator }}) * try_cast(
                cast(
                    ({{ doubled }} * {{ whole_numerator }} + {{ whole_denominator }}) // (2 * {{ whole_denominator }})
                    as decimal(38, 0)
                ) * cast(0.0000000001 as decimal(11, 10)) as decimal(18, 10)
            )
    end
{%- endmacro %}

{# A decimal in units of its last digit; the whole part apart, for a decimal that is 38 wide has no room to grow. #}
{% macro duckdb__whole_number(number, decimals) -%}
    {%- set unit = 'cast(1' ~ '0' * decimals ~ ' as decimal(' ~ (decimals + 1) ~ ', 0))' -%}
    (
        cast(trunc({{ number }}) as hugeint) * cast({{ unit }} as hugeint)
        + cast(({{ number }} - trunc({{ number }})) * {{ unit }} as hugeint)
    )
{%- endmacro %}
{#
    The same in whole numbers of 38 digits. Spark's div makes a bigint, hence the bound on the quotient; what a type can't
    hold is null there, not an error, for dbt-spark switches ANSI mode off.
#}
{% macro spark__ratio(numerator, denominator, numerator_decimals, denominator_decimals) -%}
    {%- set whole_numerator = spark__whole_number('abs(' ~ numerator ~ ')', numerator_decimals) -%}
    {%- set whole_denominator = spark__whole_number(denominator, denominator_decimals) -%}
    {%- set doubled = 'cast(2' ~ '0' * (10 + denominator_decimals - numerator_decimals) ~ ' as decimal(38, 0))' -%}
    case
        when abs(cast({{ numerator }} as double) / cast({{ denominator }} as double)) < 900000000
            then cast(
                cast(
                    case when {{ numerator }} < 0 then -1 else 1 end
                    * (({{ doubled }} * {{ whole_numerator }} + {{ whole_denominator }}) div (2 * {{ whole_denominator }}))
                    as decimal(19, 0)
                ) * cast(0.0000000001 as decimal(11, 10)) as decimal(18, 10)
            )
    end
{%- endmacro %}

{% macro spark__whole_number(number, decimals) -%}
    cast({{ number }} * cast(1{{ '0' * decimals }} as decimal({{ decimals + 1 }}, 0)) as decimal(38, 0))
{%- endmacro %}

{# numerator / denominator of whole numbers, rounded half away from zero; twice the numerator still fits. #}
{% macro rounded_quotient(numerator, denominator) -%}
    {{ adapter.dispatch('rounded_quotient')(numerator, denominator) }}
{%- endmacro %}
{% macro duckdb__rounded_quotient(numerator, denominator) -%}
    sign({{ numerator }}) * ((2 * abs({{ numerator }}) + {{ denominator }}) // (2 * {{ denominator }}))
{%- endmacro %}
{% macro spark__rounded_quotient(numerator, denominator) -%}
    case when {{ numerator }} < 0 then -1 else 1 end
    * ((2 * abs({{ numerator }}) + {{ denominator }}) div (2 * {{ denominator }}))
{%- endmacro %}

{# Calendar days from one date to a later one. #}
{% macro days_between(first_day, last_day) -%}{{ adapter.dispatch('days_between')(first_day, last_day) }}{%- endmacro %}
{% macro duckdb__days_between(first_day, last_day) -%}date_diff('day', {{ first_day }}, {{ last_day }}){%- endmacro %}
{% macro spark__days_between(first_day, last_day) -%}datediff({{ last_day }}, {{ first_day }}){%- endmacro %}
