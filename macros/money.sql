{#
    The market value of a position: quantity x close_price, rounded to the cent, half away from zero, DECIMAL(18,2).
    Exact for every quantity and price of the contract, and fast: a product of doubles is off by far less than 0.001 cent
    up to a thousand million, so only a product whose cents lie that close to a half, or a larger one, is multiplied again
    as decimals. (decimal(18,6) x decimal(18,6) overflows on DuckDB, hence the wider type.)
#}
{% macro market_value(quantity, close_price) -%}
    {%- set product = 'cast(' ~ quantity ~ ' as double) * cast(' ~ close_price ~ ' as double)' -%}
    case
        when
            abs({{ product }}) < 1000000000
            and abs(abs({{ product }}) * 100 - floor(abs({{ product }}) * 100) - 0.5) > 0.001
            then cast({{ product }} as decimal(18, 2))
        else cast(cast({{ quantity }} as decimal(20, 6)) * cast({{ close_price }} as decimal(12, 6)) as decimal(18, 2))
    end
{%- endmacro %}
