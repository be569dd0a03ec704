-- One row per portfolio, scored day and feature that is compared with training, or log-odds of a horizon: its value.
with

features as (
    select * from {{ ref('portfolio_features') }}
    where not is_in_breach
),

final as (
    {% for feature in monitored_features() -%}
        select
            portfolio_id,
            as_of_date,
            cast(null as integer) as horizon_days,
            '{{ feature }}' as feature,
            {{ feature }} as value
        from features
        union all
    {% endfor -%}
    select
        portfolio_id,
        as_of_date,
        horizon_days,
        'log_odds' as feature,
        log_odds as value
    from {{ ref('risk_scores') }}
)

select * from final
