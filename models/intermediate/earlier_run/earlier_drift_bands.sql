-- One row per drift band of the earlier run, as int_drift_bands_in_force had it.
{{ rows_of_earlier_run(
    'intermediate.int_drift_bands_in_force',
    {
        'drift_status': 'string',
        'severity': 'integer',
        'above_drift': 'decimal(18, 10)',
        'max_drift': 'decimal(18, 10)',
        'action': 'string',
        'risk_level': 'string',
        'valid_from': 'date',
        'valid_to': 'date',
    }
) }}
