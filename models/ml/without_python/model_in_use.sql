-- One row: why there is no score on this engine.
select
    cast(null as string) as model_version,
    cast(null as string) as method,
    cast(null as string) as trained_at,
    cast(null as string) as training_data,
    cast(null as string) as sha256,
    'dbt runs no Python on this engine: build with the target dev for scores' as refusal
