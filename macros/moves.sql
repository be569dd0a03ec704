{#
    Day-to-day moves as whole numbers of a hundred-millionth: their squares and sums are exact, so a volatility is the same
    whatever the order of summing, the threads, and how far back the rows reach. Moves beyond 100 % count as 100 %.
#}

{# The longest window that a feature looks back over, trading days: the features' own, and what an update must know. #}
{% macro score_window_days() -%}60{%- endmacro %}

{# A change of a share of 1, a DECIMAL, in units. #}
{% macro move_units(change) -%}
    cast(round(least(greatest({{ change }}, -1), 1) * 100000000, 0) as bigint)
{%- endmacro %}

{# The simple return from one value to the next, in units; unknown where the earlier value is not above zero. #}
{% macro return_units(value, earlier_value) -%}
    case
        when {{ earlier_value }} > 0
            then cast(
                round(
                    least(
                        greatest(cast({{ value }} as double) / cast({{ earlier_value }} as double) - 1, -1), 1
                    ) * 100000000, 0
                ) as bigint
            )
    end
{%- endmacro %}

{# Units as a share of 1. #}
{% macro in_shares(units) -%}cast({{ units }} as double) / 100000000{%- endmacro %}

{# The root mean square of moves, as a share of 1, from the sum of their squares and their number: volatility about zero, daily. #}
{% macro volatility(square_sum, move_count) -%}
    sqrt(cast({{ square_sum }} as double) / nullif({{ move_count }}, 0)) / 100000000
{%- endmacro %}

{# Correlation about zero, from the sums of the products and of either square; unknown where one of them stands still. #}
{% macro correlation(product_sum, square_sum, other_square_sum) -%}
    cast({{ product_sum }} as double)
    / nullif(sqrt(cast({{ square_sum }} as double)) * sqrt(cast({{ other_square_sum }} as double)), 0)
{%- endmacro %}

{# What a column of a portfolio's days was exactly so many trading days before, null where that day has no row. #}
{% macro exactly_days_before(column, days) -%}
    max({{ column }}) over (
        partition by portfolio_id order by trading_day_number range between {{ days }} preceding and {{ days }} preceding
    )
{%- endmacro %}

{# The columns of a class beside its portfolio's, each under the name of its place. Outward: towards the bound that is nearer. #}
{% macro class_feature_columns(place) -%}
    {{ place }}.asset_class as {{ place }}_class,
    cast({{ place }}.signed_drift as double) as {{ place }}_signed_drift,
    cast({{ place }}.actual_weight as double) as {{ place }}_weight,
    cast({{ place }}.target_weight as double) as {{ place }}_target_weight,
    cast({{ place }}.headroom as double) as {{ place }}_headroom,
    cast({{ place }}.opposite_headroom as double) as {{ place }}_opposite_headroom,
    {{ place }}.outward * {{ place }}.drift_change_5d as {{ place }}_outward_change_5d,
    {{ place }}.outward * {{ place }}.drift_change_20d as {{ place }}_outward_change_20d,
    {{ place }}.drift_volatility_5d as {{ place }}_drift_volatility_5d,
    {{ place }}.drift_volatility_20d as {{ place }}_drift_volatility_20d,
    {{ place }}.drift_volatility_60d as {{ place }}_drift_volatility_60d,
    {{ place }}.headroom_deviations_20d as {{ place }}_headroom_deviations_20d,
    {{ place }}.headroom_deviations_60d as {{ place }}_headroom_deviations_60d,
    {{ place }}.return_volatility_20d as {{ place }}_return_volatility_20d,
    {{ place }}.return_volatility_60d as {{ place }}_return_volatility_60d,
    {{ place }}.correlation_20d as {{ place }}_correlation_20d,
    {{ place }}.correlation_60d as {{ place }}_correlation_60d
{%- endmacro %}
