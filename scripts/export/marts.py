"""The marts of a published run, as readers of Arrow batches that hold a part of the rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb
import pyarrow as pa

from scripts.export.keys import declared_keys
from scripts.runs.signals import signals_deferred

POSITIONS = "position_daily"  # a view, computed when it is read: positions x days
_BATCH_ROWS = 100_000
_CHUNK_ROWS = 200_000  # are sorted in memory, for a reader has nowhere to spill to


class UnknownMartError(Exception):
    """A mart that the run has not: the message lists those that it has."""


@dataclass(frozen=True)
class Selection:
    """Which marts (none named: all), and of those with a row per day, from which day on.

    Of position_daily only the last day is selected, unless ``positions_from`` says more.
    """

    names: Sequence[str] = ()
    first_day: date | None = None
    positions_from: date | None = None


@dataclass(frozen=True)
class Mart:
    """A mart as it is exported: its columns with DuckDB's types, its order, and how many rows of which days.

    ``days`` is empty where rows are not limited by day; ``order`` has the columns of its key.
    """

    name: str
    columns: dict[str, str]
    order: Sequence[str]
    days: Sequence[tuple[date, int]]
    row_count: int


def select_marts(connection: duckdb.DuckDBPyConnection, selection: Selection, as_of_date: date) -> list[Mart]:
    """The selected marts by name, their rows counted. Raises UnknownMartError."""
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
    ).fetchall()
    available = [name for (name,) in tables]
    unknown = sorted(set(selection.names) - set(available))
    if unknown:
        raise UnknownMartError(f"no mart is called {', '.join(unknown)}; there are {', '.join(available)}")
    keys = declared_keys()
    return [
        _mart(connection, name, keys.get(name, ()), _first_day(name, selection, as_of_date))
        for name in available
        if not selection.names or name in selection.names
    ]


def read_mart(
    connection: duckdb.DuckDBPyConnection, mart: Mart, advance: Callable[[int], None]
) -> pa.RecordBatchReader:
    """A mart's rows in the order of its key, by day first where it has one; ``advance`` is told how many were read.

    A query is made when its rows are asked for, so finish one reader before the next.
    """
    schema = _rows(connection, f'select * from marts."{mart.name}" limit 0').schema

    def batches() -> Iterator[pa.RecordBatch]:
        for query in _queries(mart):
            for batch in _rows(connection, query).to_batches(max_chunksize=_BATCH_ROWS):
                yield batch
                advance(batch.num_rows)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """What a query gives, in one piece: where DuckDB's threads cut it is chance, and would show in the files."""
    with signals_deferred():  # DuckDB makes a RuntimeError of Ctrl-C
        return connection.sql(query).to_arrow_table().combine_chunks()


def _first_day(name: str, selection: Selection, as_of_date: date) -> date | None:
    return selection.positions_from or as_of_date if name == POSITIONS else selection.first_day


def _mart(connection: duckdb.DuckDBPyConnection, name: str, key: Sequence[str], first_day: date | None) -> Mart:
    described = connection.execute(f'describe marts."{name}"').fetchall()
    columns = {column: kind for column, kind, *_ in described}
    order = key if key and set(key) <= set(columns) else list(columns)
    if not _has_a_row_per_day(name, order):
        ((count,),) = connection.execute(f'select count(*) from marts."{name}"').fetchall()
        return Mart(name, columns, order, (), count)
    days = connection.execute(
        f"""select as_of_date, count(*) from marts."{name}" where as_of_date >= ? group by all order by all""",
        [first_day or date.min],
    ).fetchall()
    return Mart(name, columns, order, days, sum(count for _, count in days))


def _has_a_row_per_day(name: str, key: Sequence[str]) -> bool:
    """Whether the day is part of its key; dimensions are exported whole, so that every day elsewhere is in dim_date."""
    return "as_of_date" in key and not name.startswith("dim_")


def _queries(mart: Mart) -> Iterator[str]:
    order = ", ".join(f'"{column}"' for column in mart.order)
    if not _has_a_row_per_day(mart.name, mart.order):
        yield f'select * from marts."{mart.name}" order by {order}'
    for first, last in _chunks(mart.days):
        yield (
            f"""select * from marts."{mart.name}" where as_of_date between '{first}' and '{last}'"""
            f" order by as_of_date, {order}"
        )


def _chunks(days: Sequence[tuple[date, int]]) -> Iterator[tuple[date, date]]:
    """Runs of days, each with about _CHUNK_ROWS rows: the first and the last day."""
    rows_before = [0]
    for _, count in days:
        rows_before.append(rows_before[-1] + count)
    numbered = zip((day for day, _ in days), rows_before, strict=False)
    for _, run in groupby(numbered, key=lambda day_and_rows: day_and_rows[1] // _CHUNK_ROWS):
        run_of_days = [day for day, _ in run]
        yield run_of_days[0], run_of_days[-1]
