"""Where databases are: the warehouse folder, the last good build, and how a person is told that there is none."""

import os
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parent.parent


class WarehouseError(Exception):
    """A database that can't be read: the message is one line that says what, where and what to do."""


def warehouse_folder() -> Path:
    """The folder PORTFOLIO_DRIFT_WAREHOUSE, by default ``warehouse`` in the project's root."""
    return PROJECT / (os.environ.get("PORTFOLIO_DRIFT_WAREHOUSE") or "warehouse")


def current_database() -> Path:
    """The link to the database of the last good build."""
    return warehouse_folder() / "current.duckdb"


def connect_read_only(database: Path) -> duckdb.DuckDBPyConnection:
    """Open a finished database for reading, by its real path, so that a later build can't change what is read.

    Raises WarehouseError where there is none or it can't be opened.
    """
    if not database.exists():
        raise WarehouseError(f"there is no database at {database}; run `make build` first")
    try:
        return duckdb.connect(str(database.resolve()), read_only=True)
    except duckdb.Error as broken:
        reason = str(broken).splitlines()[0]
        raise WarehouseError(f"{database} can't be read ({reason}); run `make build` again") from None


def shown(path: Path) -> str:
    """A path as a person in the present folder would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
