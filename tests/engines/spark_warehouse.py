"""Spark's tables as DuckDB sees them, beside those that DuckDB built itself."""

from pathlib import Path

import duckdb

VIEWS = ("position_daily",)


def export_views(project: Path, folder: Path) -> None:
    """Let a copy of the project write its views below ``folder`` when Spark has built them: a view has no files."""
    hooks = [
        f"{{% if target.type == 'spark' %}}insert overwrite directory '{folder / view}' using parquet"
        f" select * from marts.{view}{{% endif %}}"
        for view in VIEWS
    ]
    settings = project / "dbt_project.yml"
    text = settings.read_text()
    assert "on-run-end: [" in text
    settings.write_text(text.replace("on-run-end: [", "on-run-end: [" + "".join(f'"{hook}", ' for hook in hooks)))


def attach_both(database: Path, warehouse: Path, views: Path) -> duckdb.DuckDBPyConnection:
    """A connection with DuckDB's build attached as ``dev`` and Spark's marts and audit tables as ``spark``."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach '{database}' as dev (read_only)")
    connection.execute("attach ':memory:' as spark")
    for schema in ("marts", "audit", "ml"):
        connection.execute(f"create schema spark.{schema}")
        for folder in sorted((warehouse / f"{schema}.db").iterdir()):
            _read(connection, f"spark.{schema}.{folder.name}", folder)
    for view in VIEWS:
        _read(connection, f"spark.marts.{view}", views / view)
    return connection


def _read(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> None:
    files = f"read_parquet('{folder}/*.parquet')"
    # a timestamp of Spark's is a moment, and is told in UTC
    moments = [
        name for name, data_type, *_ in connection.execute(f"describe from {files}").fetchall() if "ZONE" in data_type
    ]
    told = ", ".join(f"cast({name} as timestamp) as {name}" for name in moments)
    connection.execute(f"create table {table} as select *{f' replace ({told})' if told else ''} from {files}")
