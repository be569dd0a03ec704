-- Guards the limits: no person may let a broken law, a lost row or a wrong value through, and the share of rejected
-- rows has its limit in the var max_rejected_share only.
select control
from {{ ref('control_limits') }}
where
    (control in ('laws', 'row_counts', 'position_values') and (may_be_accepted or blocking_limit is null))
    or (control = 'rejected_rows' and blocking_limit is not null)
