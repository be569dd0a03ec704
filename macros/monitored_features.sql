{# The features that monitoring compares with training: ml/inputs.py, MONITORED, in its order; a test holds them together. #}
{% macro monitored_features() -%}
    {{ return([
        'drift_score',
        'portfolio_volatility_20d',
        'portfolio_volatility_60d',
        'nearest_headroom',
        'nearest_outward_change_5d',
        'nearest_outward_change_20d',
        'nearest_drift_volatility_5d',
        'nearest_drift_volatility_20d',
        'nearest_drift_volatility_60d',
        'second_headroom',
        'second_drift_volatility_20d',
        'second_drift_volatility_60d',
    ]) }}
{%- endmacro %}

{# Of a probability and what came (1 or 0): the term of a Brier score. #}
{% macro squared_error(probability) -%}({{ probability }} - breached) * ({{ probability }} - breached){%- endmacro %}
