-- One row per portfolio and valued day of the earlier run: its status, and for how long.
{{ rows_of_earlier_run(
    'marts.fct_portfolio_daily',
    {
        'portfolio_id': 'string',
        'as_of_date': 'date',
        'drift_status': 'string',
        'days_in_status': 'integer',
    }
) }}
