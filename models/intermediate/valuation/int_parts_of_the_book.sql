-- One row per advisor and part of the book that they are summed in: the firm, their team, themselves.
with

advisors as (
    select
        advisor_id,
        team
    from {{ ref('stg_advisors') }}
    where reject_reason is null
),

final as (
    select
        advisor_id,
        'firm' as book_level,
        'firm' as book_id
    from advisors
    union all
    -- an advisor without a team is in no team's sums
    select
        advisor_id,
        'team' as book_level,
        team as book_id
    from advisors
    where team is not null
    union all
    select
        advisor_id,
        'advisor' as book_level,
        advisor_id as book_id
    from advisors
)

select * from final
