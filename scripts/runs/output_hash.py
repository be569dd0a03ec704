"""Content hashes of what readers read: equal rows in every mart, equal hash, whatever the order of the rows.

They are kept in the published file, by day for the marts that have a row for each day, so that an update can hold the
days that it did not compute against what they were.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

# where a row landed is provenance (audit.inputs): the same rows resent in another file are the same output
_PROVENANCE = (
    "source_file",
    "holding_source_file",
    "holding_source_line",
    "price_source_file",
    "price_source_line",
)
_STORED_BY_DAY = ("fct_asset_class_daily", "fct_portfolio_daily")
_COMPUTED_WHEN_READ = (
    "position_daily"  # positions x days: an update hashes the days that it computed, and takes over the rest
)


class ContentError(Exception):
    """Days that an update should have left alone are not what they were: the message is one line."""


@dataclass(frozen=True)
class ContentHash:
    """Rows of a mart, or of one day of it: how many, and the sum of DuckDB's 64-bit row hashes.

    A sum does not know the order of its terms, so it does not depend on how rows are stored, and the sum of a mart is
    that of its days. It tells honest results apart; against a forger stands the SHA-256 of the file. DuckDB's row hash
    may differ between versions.
    """

    mart: str
    as_of_date: date | None
    row_count: int
    row_hash_sum: int


def output_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """The hash of all marts, computed from all their rows: SHA-256, hexadecimal."""
    return hash_of(connection, content_hashes(connection))


def hash_of(connection: duckdb.DuckDBPyConnection, hashes: Iterable[ContentHash]) -> str:
    """SHA-256, hexadecimal, over each mart's name, columns, types, row count and sum of row hashes."""
    found = list(hashes)
    digest = hashlib.sha256()
    for mart, columns in _columns_of_marts(connection).items():
        parts = [part for part in found if part.mart == mart]
        row_count = sum(part.row_count for part in parts)
        total = sum(part.row_hash_sum for part in parts) if row_count else None
        digest.update(f"{mart} {columns} {row_count} {total}\n".encode())
    return digest.hexdigest()


def content_hashes(connection: duckdb.DuckDBPyConnection) -> list[ContentHash]:
    """The hashes of all marts, by day or as a whole, computed from all their rows."""
    hashes = []
    for mart, columns in _columns_of_marts(connection).items():
        by_day = mart in (*_STORED_BY_DAY, _COMPUTED_WHEN_READ)
        hashes += _hashes(connection, mart, columns, "as_of_date" if by_day else "null")
    return hashes


def content_hashes_of_update(connection: duckdb.DuckDBPyConnection, earlier: Path) -> list[ContentHash]:
    """The hashes of a book that was brought up to date from the published file ``earlier``.

    Of the marts with a row for each day, every day of a month in which the update computed one is hashed, and held
    against what ``earlier`` says of it unless it was computed; in all other months, which cost as much as there is
    history, rows are counted by day, and the hashes taken over. Of the mart that is computed when it is read, only the
    computed days are hashed. Raises ContentError where a day that was not computed is not what it was.
    """
    connection.execute(f"attach '{str(earlier).replace(chr(39), chr(39) * 2)}' as earlier (read_only)")
    kept = read_content_hashes(connection, "earlier.")
    connection.execute("detach earlier")
    computed = {
        day for (day,) in connection.execute("select as_of_date from intermediate.int_dates_computed").fetchall()
    }
    hashes = []
    for mart, columns in _columns_of_marts(connection).items():
        if mart in (*_STORED_BY_DAY, _COMPUTED_WHEN_READ):
            by_day = {part.as_of_date: part for part in kept if part.mart == mart}
            standing = {day: part for day, part in by_day.items() if day is not None and day not in computed}
            hashes += _hashes_by_day_of_update(connection, mart, columns, computed, standing)
        else:
            hashes += _hashes(connection, mart, columns, "null")
    return hashes


def keep_content_hashes(connection: duckdb.DuckDBPyConnection, hashes: Iterable[ContentHash]) -> None:
    """Write the hashes into the file: audit.content_hashes, described in models/audit/_audit_log.yml."""
    connection.execute(
        "create or replace table audit.content_hashes"
        " (mart varchar, as_of_date date, row_count bigint, row_hash_sum decimal(38, 0))"
    )
    rows = [(part.mart, part.as_of_date, part.row_count, part.row_hash_sum) for part in hashes]
    names, days, counts, sums = (list(column) for column in zip(*rows, strict=True))
    connection.execute(
        "insert into audit.content_hashes"
        " select unnest(?::varchar[]), unnest(?::date[]), unnest(?::bigint[]), unnest(?::varchar[])::decimal(38, 0)",
        [names, days, counts, [str(total) for total in sums]],
    )


def read_content_hashes(connection: duckdb.DuckDBPyConnection, database: str = "") -> list[ContentHash]:
    """The hashes that a file keeps. Raises duckdb.Error where it has none."""
    rows = connection.execute(
        f"select mart, as_of_date, row_count, cast(row_hash_sum as varchar) from {database}audit.content_hashes"
    ).fetchall()
    return [ContentHash(mart, day, row_count, int(total)) for mart, day, row_count, total in rows]


def _among(days: set[date]) -> str:
    """The days written out, which lets DuckDB value the positions of these days alone."""
    written_out = ", ".join(f"date '{day}'" for day in sorted(days))
    return f"where as_of_date in ({written_out})" if days else "where false"


def _hashes(
    connection: duckdb.DuckDBPyConnection, mart: str, columns: list[tuple[str, str]], day: str, where: str = ""
) -> list[ContentHash]:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    rows = connection.execute(
        f'select {day}, count(*), sum(cast(hash({names}) as hugeint)) from marts."{mart}" {where} group by 1 order by 1'
    ).fetchall()
    return [ContentHash(mart, *row) for row in rows]


def _hashes_by_day_of_update(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    columns: list[tuple[str, str]],
    computed: set[date],
    standing: dict[date, ContentHash],
) -> list[ContentHash]:
    """A mart's hashes by day after an update, where ``standing`` are those of the days that it did not compute."""
    months = {(day.year, day.month) for day in computed}
    beside = {day for day in standing if (day.year, day.month) in months and mart in _STORED_BY_DAY}
    hashed = _hashes(connection, mart, columns, "as_of_date", _among(computed | beside))
    taken_over = [part for day, part in standing.items() if day not in beside]
    counts = _counts_by_day(connection, mart)
    found = {part.as_of_date: part for part in hashed if part.as_of_date not in computed}
    found |= {day: replace(standing[day], row_count=counts.get(day, 0)) for day in standing.keys() - beside}
    changed = [day for day in standing if found.get(day) != standing[day]]
    changed += counts.keys() - computed - standing.keys()
    if changed:
        raise ContentError(
            f"{mart}: {len(changed)} days that this update did not compute are not what they were, the first"
            f" {min(changed)}; build everything with `drift run --full-refresh`, and report this"
        )
    return [*hashed, *taken_over]


def _counts_by_day(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[date, int]:
    """The rows of each day; those of position_daily by what the valued portfolios say of their positions."""
    count, counted = ("count(*)", mart) if mart in _STORED_BY_DAY else ("sum(position_count)", "fct_portfolio_daily")
    rows = connection.execute(f"select as_of_date, {count} from marts.{counted} group by as_of_date").fetchall()
    return {day: int(rows_of_day) for day, rows_of_day in rows}


def _columns_of_marts(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for mart, name, data_type in connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_catalog = current_database() and table_schema = 'marts' order by table_name, ordinal_position"
    ).fetchall():
        columns.setdefault(mart, [])
        if name not in _PROVENANCE:
            columns[mart].append((name, data_type))
    return columns
