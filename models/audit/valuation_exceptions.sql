-- One row per portfolio and trading day that holds something and has no value: the first reason that applies.
with

final as (
    select
        portfolio_id,
        as_of_date,
        unvalued_reason as reason,
        security_ids
    from {{ ref('int_valuation_exceptions') }}
)

select * from final
