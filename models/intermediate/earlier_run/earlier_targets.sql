-- One row per target of the earlier run, as int_targets_in_force had it.
{{ rows_of_earlier_run(
    'intermediate.int_targets_in_force',
    {
        'risk_profile': 'string',
        'asset_class': 'string',
        'target_weight': 'decimal(18, 10)',
        'valid_from': 'date',
        'valid_to': 'date',
    }
) }}
