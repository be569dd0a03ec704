-- One row per close of the earlier run, as int_closes_in_force had it.
{{ rows_of_earlier_run(
    'intermediate.int_closes_in_force',
    {
        'security_id': 'string',
        'price_date': 'date',
        'close_price': 'decimal(18, 6)',
        'valid_from': 'date',
        'valid_to': 'date',
    }
) }}
