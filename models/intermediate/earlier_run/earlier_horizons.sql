-- One row per horizon and level that the earlier run scored for.
{{ rows_of_earlier_run('policy.risk_score_policy', {'horizon_days': 'integer'}) }}
