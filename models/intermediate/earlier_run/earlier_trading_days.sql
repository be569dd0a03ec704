-- One row per trading day of the earlier run.
{{ rows_of_earlier_run('intermediate.int_trading_days', {'as_of_date': 'date'}) }}
