"""The two fact tables from one hand-written DuckDB script: the yardstick."""

import os
from pathlib import Path

import duckdb

_DATABASE = "one_query.duckdb"
_SCRIPT = Path(__file__).with_suffix(".sql")


def build(landing: Path, policy: Path, out: Path) -> None:
    """Read the landed Parquet files and write two tables into a DuckDB file, closed when this returns."""
    script = _SCRIPT.read_text(encoding="utf-8").replace("{landing}", str(landing)).replace("{policy}", str(policy))
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": os.environ.get("PORTFOLIO_DRIFT_THREADS", "2"),
        "memory_limit": os.environ.get("PORTFOLIO_DRIFT_MEMORY", "5GB"),
        "temp_directory": str(out / "tmp"),
    }
    with duckdb.connect(str(out / _DATABASE), config=limits) as connection:
        connection.execute(script)


def export(out: Path) -> None:
    """The two tables as Parquet files beside the database, to be compared."""
    with duckdb.connect(str(out / _DATABASE), read_only=True) as connection:
        for table in ("fct_portfolio_daily", "fct_asset_class_daily"):
            connection.execute(f"copy {table} to '{out / table}.parquet'")
