-- One row per portfolio and spell: a run of valued days with the same drift status.
with

portfolio_days as (
    select
        portfolio_days.portfolio_id,
        portfolio_days.as_of_date,
        portfolio_days.drift_status,
        portfolio_days.severity,
        portfolio_days.drift_score,
        portfolio_days.days_in_status,
        -- the same on each day of a spell, until days without a value lie between
        dim_date.trading_day_number - portfolio_days.days_in_status as days_before_the_piece
    from {{ ref('fct_portfolio_daily') }} as portfolio_days
    inner join {{ ref('dim_date') }} as dim_date on portfolio_days.as_of_date = dim_date.as_of_date
),

-- whole spells, or the pieces of those with days without a value inside: far fewer than days, hence cheap to go on with
pieces as (
    select
        portfolio_id,
        min(as_of_date) as first_date,
        max(as_of_date) as last_date,
        min(drift_status) as drift_status,
        max_by(severity, as_of_date) as severity,
        min(days_in_status) as first_days_in_status,
        max(days_in_status) as last_days_in_status,
        max(drift_score) as peak_drift_score
    from portfolio_days
    group by portfolio_id, days_before_the_piece
),

-- the first day of a status begins a spell; any other piece goes on with the one before
numbered_pieces as (
    select
        *,
        count(case when first_days_in_status = 1 then 1 end)
            over (partition by portfolio_id order by first_date rows between unbounded preceding and current row)
            as spell_number
    from pieces
),

spells as (
    select
        portfolio_id,
        spell_number,
        min(first_date) as first_date,
        max(last_date) as last_date,
        min(drift_status) as drift_status,
        max_by(severity, last_date) as severity,
        max(last_days_in_status) as status_days,
        max(peak_drift_score) as peak_drift_score
    from numbered_pieces
    group by portfolio_id, spell_number
),

followed as (
    select
        *,
        lead(drift_status) over (partition by portfolio_id order by spell_number) as next_status
    from spells
),

final as (
    select
        portfolio_id,
        first_date,
        last_date,
        drift_status,
        severity,
        status_days,
        peak_drift_score,
        next_status,
        next_status is not null as is_over,
        spell_number > 1 as is_start_seen
    from followed
)

select * from final
