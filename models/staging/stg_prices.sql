-- One row per landed price: typed, and judged by every rule.
with

prices as (
    select
        source_file,
        source_line,
        security_id,
        price_date,
        close_price,
        reject_reason
    from {{ ref('base_prices') }}
),

final as (
    select
        prices.source_file,
        prices.source_line,
        prices.security_id,
        prices.price_date,
        prices.close_price,
        case
            when prices.reject_reason is not null then prices.reject_reason
            when prices.price_date > stg_as_of_date.as_of_date then 'after_as_of_date'
        end as reject_reason
    from prices
    cross join {{ ref('stg_as_of_date') }} as stg_as_of_date
)

select * from final
