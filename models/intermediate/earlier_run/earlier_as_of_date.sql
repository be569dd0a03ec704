-- One row: the as-of date of the earlier run.
{{ rows_of_earlier_run('staging.stg_as_of_date', {'as_of_date': 'date'}) }}
