-- One row per position that is not what it was in the earlier run, or not held as long: the days on which that matters.
with

positions as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        asset_class,
        quantity,
        valid_from,
        valid_to
    from {{ ref('int_positions_in_force') }}
),

earlier_positions as (
    select
        portfolio_id,
        snapshot_date,
        security_id,
        asset_class,
        quantity,
        valid_from,
        valid_to
    from {{ ref('earlier_positions') }}
),

compared as (
    select
        coalesce(positions.portfolio_id, earlier_positions.portfolio_id) as portfolio_id,
        {{ restated_from('earlier_positions', 'positions') }} as restated_from,
        {{ restated_to('earlier_positions', 'positions') }} as restated_to
    from positions
    full join earlier_positions
        on positions.portfolio_id = earlier_positions.portfolio_id
        and positions.snapshot_date = earlier_positions.snapshot_date
        and positions.security_id = earlier_positions.security_id
        and positions.asset_class = earlier_positions.asset_class
        and positions.quantity = earlier_positions.quantity
    where
        positions.valid_from is null
        or earlier_positions.valid_from is null
        or positions.valid_to is distinct from earlier_positions.valid_to
),

final as (
    select
        compared.portfolio_id,
        compared.restated_from,
        compared.restated_to
    from compared
    inner join {{ ref('int_last_standing_day') }} as last_standing_day
        on compared.restated_from <= last_standing_day.last_standing_date
)

select * from final
