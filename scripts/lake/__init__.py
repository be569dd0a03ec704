"""The lake: the marts as DuckLake tables, their rows in Parquet files, their catalog in PostgreSQL."""
