"""The published run that a page shows, and how pages ask it: read-only, by one door, each answer kept."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import streamlit as st

from scripts.reader import PublishedRun, connect, published_run
from scripts.runs.audit_log import Pointer
from scripts.warehouse import Warehouse, WarehouseError

Row = dict[str, Any]
_KEPT_ANSWERS = 2_000  # answers of a page are some rows each; the oldest goes
_KEPT_RUNS = 2  # a session in the middle of its page may still read the run before


@dataclass(frozen=True)
class Book:
    """One published run. Whatever a page shows during one rerun comes from the same one."""

    run: PublishedRun

    @property
    def as_of_date(self) -> date:
        """The day that its numbers speak of."""
        return date.fromisoformat(self.run.as_of_date)

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a query, its parameters written $name. Decimals stay exact. Raises WarehouseError."""
        return _answer(self.run.path, query, tuple(sorted(parameters.items())))

    def row(self, query: str, **parameters: Any) -> Row | None:
        """The only row of a query, or None."""
        found = self.rows(query, **parameters)
        return found[0] if found else None

    def table(self, query: str, **parameters: Any) -> pa.Table:
        """All rows of a query, for a file; not kept. Raises WarehouseError."""
        with _asked(self.run.path, parameters) as (cursor, given):
            return cursor.sql(query, params=given).to_arrow_table()


def open_book() -> Book:
    """The run that readers should see now. Raises WarehouseError where there is nothing to read."""
    return Book(published_run())


def newest_run_id() -> str | None:
    """The run that the pointer names now, without checking its file; None where it can't be told."""
    pointer = Pointer.read(Warehouse.from_environment())
    return pointer.run_id if pointer else None


def today() -> date:
    """The day that freshness is told from: the clock's, or PORTFOLIO_DRIFT_TODAY for tests and pictures."""
    given = os.environ.get("PORTFOLIO_DRIFT_TODAY")
    return date.fromisoformat(given) if given else date.today()


@st.cache_resource(max_entries=_KEPT_RUNS, show_spinner=False, on_release=lambda connection: connection.close())
def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    return connect(path)


@st.cache_data(max_entries=_KEPT_ANSWERS, show_spinner=False)
def _answer(path: Path, query: str, parameters: tuple[tuple[str, Any], ...]) -> list[Row]:
    with _asked(path, dict(parameters)) as (cursor, given):
        cursor.execute(query, given)
        columns = [column for column, *_ in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def _asked(path: Path, parameters: Mapping[str, Any]) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Any]]]:
    """A cursor of its own, for pages are drawn side by side, by threads; and the parameters as it takes them."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
    try:
        with _connection(path).cursor() as cursor:
            yield cursor, given
    except duckdb.CatalogException as missing:
        reason = str(missing).splitlines()[0]
        raise WarehouseError(
            f"{path.name} was made by another version of this project ({reason}); run `make build`"
        ) from None
    except duckdb.Error as broken:
        raise WarehouseError(f"{path.name} can't be read ({str(broken).splitlines()[0]}); run `make build`") from None
