-- One row per portfolio, scored day and horizon: none, for dbt runs no Python on this engine.
select
    cast(null as string) as portfolio_id,
    cast(null as date) as as_of_date,
    cast(null as integer) as horizon_days,
    cast(null as double) as breach_probability,
    cast(null as double) as log_odds,
    cast(null as double) as baseline_log_odds,
    cast(null as string) as reason_1,
    cast(null as string) as reason_2,
    cast(null as string) as reason_3,
    cast(null as double) as contribution_1,
    cast(null as double) as contribution_2,
    cast(null as double) as contribution_3,
    cast(null as double) as contribution_of_the_rest,
    cast(null as double) as policy_level_probability,
    cast(null as double) as first_passage_probability,
    cast(null as double) as logistic_probability,
    cast(null as string) as model_version
where false
