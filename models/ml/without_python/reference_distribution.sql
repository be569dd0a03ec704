-- One row per feature and bin: none, for without a model there is no training to compare with.
select
    cast(null as integer) as horizon_days,
    cast(null as string) as feature,
    cast(null as integer) as bin_number,
    cast(null as double) as above,
    cast(null as double) as up_to,
    cast(null as double) as reference_share
where false
