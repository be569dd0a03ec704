-- One row per trading day that this build or the earlier run has.
with

final as (
    select as_of_date from {{ ref('int_trading_days') }}
    union distinct
    select as_of_date from {{ ref('earlier_trading_days') }}
)

select * from final
