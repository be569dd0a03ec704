{# The vars of a run, each checked before it reaches SQL. #}

{% macro is_a_day(text) -%}
    {%- if not modules.re.fullmatch('[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', text) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set year, month, day = text.split('-') | map('int') -%}
    {%- set next_month = modules.datetime.date(year + month // 12, month % 12 + 1, 1) -%}
    {{ return(day <= (next_month - modules.datetime.timedelta(days=1)).day) }}
{%- endmacro %}

{# Null where the var is empty. #}
{% macro date_var(name) -%}
    {%- set text = (var(name) or 'null') | string | trim -%}
    {%- if text != 'null' and not is_a_day(text) -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ text ~ "'; write a date as YYYY-MM-DD") }}
    {%- endif -%}
    cast({{ 'null' if text == 'null' else "'" ~ text ~ "'" }} as date)
{%- endmacro %}

{% macro integer_var(name) -%}
    {%- set text = var(name) | string | trim -%}
    {%- if not modules.re.fullmatch('[0-9]{1,6}', text) -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ text ~ "'; write a whole number, 0 or more") }}
    {%- endif -%}
    {{ text }}
{%- endmacro %}

{% macro share_var(name) -%}
    {%- set text = var(name) | string | trim -%}
    {%- if not modules.re.fullmatch('(0([.][0-9]{1,10})?)|(1([.]0{1,10})?)', text) -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ text ~ "'; write a share of 1, such as 0.1") }}
    {%- endif -%}
    cast({{ text }} as decimal(18, 10))
{%- endmacro %}

{% macro usd_var(name) -%}
    {%- set text = var(name) | string | trim -%}
    {%- if not modules.re.fullmatch('[0-9]{1,9}([.][0-9]{1,2})?', text) -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ text ~ "'; write an amount in USD, such as 0.01") }}
    {%- endif -%}
    cast({{ text }} as decimal(18, 2))
{%- endmacro %}
