-- Guards the bins: by bin_number each max_drift is above the one before, and only the last is without a limit, so that
-- every drift score falls into one bin.
with

bins as (
    select
        bin_number,
        max_drift,
        lag(max_drift) over (order by bin_number) as previous_max_drift,
        bin_number = max(bin_number) over () as is_last
    from {{ ref('drift_bins') }}
)

select
    bin_number,
    max_drift
from bins
where (max_drift is null) is distinct from is_last or max_drift <= previous_max_drift
