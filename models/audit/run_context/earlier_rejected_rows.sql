-- One row per rejected row that the runs before this one saw (rejected_row_history); none without such a run.
{{ rows_handed_over(
    'earlier_rejected_rows',
    {
        'table_name': 'string',
        'reason': 'string',
        'source_file': 'string',
        'raw_row': 'string',
        'row_count': 'integer',
        'first_seen_at': 'timestamp',
        'first_seen_run_id': 'string',
        'last_seen_at': 'timestamp',
        'last_seen_run_id': 'string',
        'resolved_at': 'timestamp',
        'resolved_by_run_id': 'string',
    }
) }}
