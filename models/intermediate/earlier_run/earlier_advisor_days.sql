-- One row per advisor and trading day of the earlier run, as advisor_overview had it.
{{ rows_of_earlier_run(
    'marts.advisor_overview',
    {
        'advisor_id': 'string',
        'as_of_date': 'date',
        'portfolio_count': 'integer',
        'aum': 'decimal(18, 2)',
        'normal_count': 'integer',
        'watch_count': 'integer',
        'rebalance_count': 'integer',
        'aum_rebalance': 'decimal(18, 2)',
        'average_drift_score': 'decimal(18, 10)',
    }
) }}
