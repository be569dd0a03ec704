-- One row per trading day of the book as its last published run had it; none without such a run.
{{ rows_handed_over(
    'earlier_book_totals',
    {'as_of_date': 'date', 'portfolio_count': 'integer', 'aum': 'decimal(38, 2)'}
) }}
