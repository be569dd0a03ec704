-- One row per portfolio and day whose features the earlier run kept.
{{ rows_of_earlier_run(
    'ml.portfolio_features',
    {
        'portfolio_id': 'string',
        'as_of_date': 'date',
    }
) }}
