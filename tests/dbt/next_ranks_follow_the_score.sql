-- Guards who is next: over the scored portfolios the ranks are 1, 2, 3 ... without a gap, by severity, probability,
-- drift score and value; who has no score has no rank.
with

ranked as (
    select
        next_rank,
        portfolio_id,
        case
            when breach_probability is not null
            then row_number() over (
                partition by breach_probability is null
                order by
                    severity desc, breach_probability desc, drift_score desc, market_value desc, portfolio_id asc
            )
        end as expected_rank
    from {{ ref('drift_monitor') }}
)

select
    next_rank,
    portfolio_id
from ranked
where next_rank is distinct from expected_rank
