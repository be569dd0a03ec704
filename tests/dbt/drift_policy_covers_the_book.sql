-- Guards against a day without bands: the first set of drift_policy is in force on the book's first day.
select min(drift_policy.effective_date) as first_effective_date
from {{ ref('drift_policy') }} as drift_policy
having
    min(drift_policy.effective_date) > (
        select min(int_book_days.as_of_date) from {{ ref('int_book_days') }} as int_book_days
    )
