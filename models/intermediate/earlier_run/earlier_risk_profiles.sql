-- One row per portfolio and version of the earlier run, as int_risk_profiles_in_force had it.
{{ rows_of_earlier_run(
    'intermediate.int_risk_profiles_in_force',
    {
        'portfolio_key': 'string',
        'portfolio_id': 'string',
        'risk_profile': 'string',
        'valid_from': 'date',
        'valid_to': 'date',
    }
) }}
