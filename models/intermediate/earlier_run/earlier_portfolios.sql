-- One row per landed portfolio of the earlier run, as stg_portfolios had it.
{{ rows_of_earlier_run(
    'staging.stg_portfolios',
    {
        'portfolio_id': 'string',
        'advisor_id': 'string',
        'reject_reason': 'string',
    }
) }}
