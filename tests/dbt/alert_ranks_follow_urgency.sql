-- Guards the alert list: the ranks are 1, 2, 3 ... without a gap, and no row is more urgent than the one above it.
with

ranked as (
    select
        alert_rank,
        severity,
        drift_score,
        market_value,
        portfolio_id,
        row_number() over (
            order by severity desc, drift_score desc, market_value desc, portfolio_id asc
        ) as expected_rank
    from {{ ref('drift_monitor') }}
)

select
    alert_rank,
    portfolio_id
from ranked
where alert_rank is distinct from expected_rank
