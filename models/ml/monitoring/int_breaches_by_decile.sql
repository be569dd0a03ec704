-- One row per horizon and decile of the probability that was foreseen: the share that breached beside the expected one.
with

deciles as (
    select
        horizon_days,
        breached,
        breach_probability,
        as_of_date,
        ntile(10) over (
            partition by horizon_days order by breach_probability asc, portfolio_id asc, as_of_date asc
        ) as decile
    from {{ ref('int_scores_and_outcomes') }}
),

final as (
    select
        horizon_days,
        decile,
        cast(sum(breached) as double) / count(*) as realised_share,
        cast(sum(breach_probability) as double) / count(*) as expected_share,
        count(*) as row_count,
        count(distinct as_of_date) as day_count
    from deciles
    group by horizon_days, decile
)

select * from final
