-- One row per position of the earlier run, as int_positions_in_force had it.
{{ rows_of_earlier_run(
    'intermediate.int_positions_in_force',
    {
        'portfolio_id': 'string',
        'snapshot_date': 'date',
        'security_id': 'string',
        'asset_class': 'string',
        'quantity': 'decimal(18, 6)',
        'valid_from': 'date',
        'valid_to': 'date',
    }
) }}
