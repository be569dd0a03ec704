"""The published run that a page shows, and how pages ask it: read-only, by one door, each answer kept."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
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
    return date.fromisoformat(given) if given else date.today()  # noqa: DTZ011 (the reader's own day)


@st.cache_resource(max_entries=_KEPT_RUNS, show_spinner=False, on_release=lambda connection: connection.close())
def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    return connect(path)


@st.cache_data(max_entries=_KEPT_ANSWERS, show_spinner=False)
def _answer(path: Path, query: str, parameters: tuple[tuple[str, Any], ...]) -> list[Row]:
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters}
    try:
        with _connection(path).cursor() as cursor:
            cursor.execute(query, given)
            columns = [column for column, *_ in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.CatalogException as missing:
        reason = str(missing).splitlines()[0]
        raise WarehouseError(
            f"{path.name} was made by another version of this project ({reason}); run `make build`"
        ) from None
    except duckdb.Error as broken:
        raise WarehouseError(f"{path.name} can't be read ({str(broken).splitlines()[0]}); run `make build`") from None
