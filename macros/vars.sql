{#
    The vars of a run, each checked before it reaches SQL: what stands here is written into queries, so a var is a date, a
    number, names or a path and nothing else. Anything else stops dbt while it reads the project, before a file is touched.
#}

{#
    A var as text, empty where it is null: a text, or a number or date as YAML reads them. dbt renders what stands in --vars
    as Jinja, with all that Jinja may do here, a query too: so what was given is looked at before dbt does.
#}
{% macro text_of_var(name, wanted) -%}
    {%- set given = (invocation_args_dict.get('vars') or {}).get(name) -%}
    {%- if given is string and '{' in given -%}{{ refuse_var(name, given, wanted) }}{%- endif -%}
    {%- set value = var(name) -%}
    {%- if value is boolean or (value is iterable and value is not string) -%}
        {{ refuse_var(name, value, wanted) }}
    {%- endif -%}
    {{ return('' if value is none else value | string) }}
{%- endmacro %}

{% macro refuse_var(name, value, wanted) -%}
    {#- as Python writes it: a line break or a control character in it does not break the line -#}
    {%- set shown = '%r' | format(value | string) -%}
    {%- set shown = shown if shown | length <= 80 else shown[:77] ~ '...' -%}
    {{ exceptions.raise_compiler_error('var ' ~ name ~ ' is ' ~ shown ~ '; write ' ~ wanted) }}
{%- endmacro %}

{# The text of a var that matches a pattern as a whole, blanks around it aside. #}
{% macro matching_var(name, pattern, wanted) -%}
    {%- set text = text_of_var(name, wanted).strip(' ') -%}
    {%- if not modules.re.fullmatch(pattern, text) -%}{{ refuse_var(name, text, wanted) }}{%- endif -%}
    {{ return(text) }}
{%- endmacro %}

{% macro is_a_day(text) -%}
    {%- set year, month, day = text.split('-') | map('int') -%}
    {%- set next_month = modules.datetime.date(year + month // 12, month % 12 + 1, 1) -%}
    {{ return(day <= (next_month - modules.datetime.timedelta(days=1)).day) }}
{%- endmacro %}

{# Null where the var is empty. #}
{% macro date_var(name) -%}
    {%- set wanted = 'a date as YYYY-MM-DD' -%}
    {%- set text = matching_var(name, '([12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?', wanted) -%}
    {%- if text and not is_a_day(text) -%}{{ refuse_var(name, text, wanted) }}{%- endif -%}
    cast({{ "'" ~ text ~ "'" if text else 'null' }} as date)
{%- endmacro %}

{% macro integer_var(name) -%}
    {{ matching_var(name, '[0-9]{1,6}', 'a whole number, 0 or more') }}
{%- endmacro %}

{% macro share_var(name) -%}
    cast({{ matching_var(name, '(0([.][0-9]{1,10})?)|(1([.]0{1,10})?)', 'a share of 1, such as 0.1') }} as decimal(18, 10))
{%- endmacro %}

{% macro usd_var(name) -%}
    cast({{ matching_var(name, '[0-9]{1,9}([.][0-9]{1,2})?', 'an amount in USD, such as 0.01') }} as decimal(18, 2))
{%- endmacro %}

{# One of the words given, as a text in SQL. #}
{% macro choice_var(name, choices) -%}
    '{{ matching_var(name, choices | join('|'), 'one of ' ~ choices | join(', ')) }}'
{%- endmacro %}

{# Names joined by commas, as a list; the empty name, which nothing has, where there is none. #}
{% macro names_in_var(name) -%}
    {%- set text = matching_var(name, '([a-z_]+( *, *[a-z_]+)*)?', 'names joined by commas, such as aum, freshness') -%}
    {{ return(text.split(',') | map('trim') | list) }}
{%- endmacro %}

{# The same, as `in (...)` takes it. #}
{% macro names_var(name) -%}'{{ names_in_var(name) | join("', '") }}'{%- endmacro %}

{#
    A folder or file of this machine; empty where the var is. No sign that ends a text in SQL, that Jinja or a shell reads,
    or that stands for other names (* ? [), and no address of a server.
#}
{% macro path_var(name) -%}
    {%- set wanted = "a path of letters, digits, blanks and the signs . / _ - + = @ ~ , : ( ) & # !" -%}
    {%- set text = text_of_var(name, wanted) -%}
    {%- if text and not modules.re.fullmatch('(?! )(?!.*://)[\\w ./+=@~,:()&#!-]+(?<! )', text) -%}
        {{ refuse_var(name, text, wanted) }}
    {%- endif -%}
    {{ return(text) }}
{%- endmacro %}

{# The vars that no model reads, or not in every build: a hook at the start of a run looks at them all the same. #}
{% macro check_further_vars() -%}
    {%- do path_var('landing') -%}
    {%- do path_var('earlier_run') -%}
    {%- do integer_var('kept_daily_runs') -%}
    {%- do integer_var('kept_blocked_runs') -%}
{%- endmacro %}
