"""Comparing an outcome with a warehouse."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from oracle.landing_tables import BLANKS
from oracle.outcome import COLUMNS, ROUNDED_ONCE, Outcome, Row

MAX_DIFFERENCES = 20
TYPES: dict[str, str] = {
    **dict.fromkeys(("market_value", "aum", "aum_rebalance"), "DECIMAL(18,2)"),
    **dict.fromkeys(("actual_weight", "target_weight", "signed_drift", "drift"), "DECIMAL(18,10)"),
    **dict.fromkeys(("drift_score", "drift_score_5d_ago", "drift_score_change_5d"), "DECIMAL(18,10)"),
    **dict.fromkeys(
        ("average_drift_score", "average_signed_drift", "average_drift", "largest_drift"), "DECIMAL(18,10)"
    ),
    **dict.fromkeys(("peak_drift_score", "surviving_share", "above_drift", "max_drift"), "DECIMAL(18,10)"),
    **dict.fromkeys(("figure", "warning_limit", "blocking_limit", "price_change"), "DECIMAL(18,10)"),
    **dict.fromkeys(("quantity", "close_price", "previous_close_price"), "DECIMAL(18,6)"),
    **dict.fromkeys(("valid_from", "valid_to"), "DATE"),
    **dict.fromkeys(("severity", "bin_number", "holding_source_line", "price_source_line"), "INTEGER"),
}
TYPE_OF_ENDING = {
    "_date": "DATE",
    "_count": "INTEGER",
    "_days": "INTEGER",
    "_id": "VARCHAR",
    "_key": "VARCHAR",
    "_name": "VARCHAR",
}


def column_type(column: str) -> str | None:
    """The type of a column of that name, for the marts as section 3 of the contract fixes it."""
    if column.startswith("is_"):
        return "BOOLEAN"
    column = re.sub("_change_[15]d$", "", column)  # a change is of the type of what changes
    of_ending = (type_name for ending, type_name in TYPE_OF_ENDING.items() if column.endswith(ending))
    return TYPES.get(column) or next(of_ending, None)


def differences(outcome: Outcome, db: Path) -> list[str]:
    """Where the marts and audit tables of a DuckDB file differ from the outcome, at most MAX_DIFFERENCES lines."""
    found: list[str] = []
    with duckdb.connect(str(db), read_only=True) as connection:
        for table in COLUMNS:
            for difference in _table_differences(outcome, connection, table):
                found.append(difference)
                if len(found) >= MAX_DIFFERENCES:
                    return found
        found += _key_differences(connection)
        found += _rejected_differences(outcome, connection)
    return found[:MAX_DIFFERENCES]


def _table_differences(outcome: Outcome, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    key, values = COLUMNS[table]
    try:
        described = connection.execute(f"describe {table}").fetchall()
    except duckdb.Error as error:
        yield f"{table}: {error}"
        return
    types = {name: type_name for name, type_name, *_ in described}
    missing = [column for column in (*key, *values) if column not in types]
    if missing:
        yield f"{table}: no column {', '.join(missing)}"
        return
    if table.startswith("marts."):
        for column in (*key, *values):
            wanted = column_type(column)
            if wanted is not None and types[column] != wanted:
                yield f"{table}.{column}: type {types[column]}, contract {wanted}"
    quoted = ", ".join(f'"{column}"' for column in (*key, *values))
    published = _rows(connection.execute(f"select {quoted} from {table}"), len(key))
    expected = outcome.tables[table]
    if table == "audit.reconciliation":
        expected = {_plain_scope(row_key): _plain_reconciliation(row) for row_key, row in expected.items()}
        plain = ((_plain_scope(row_key), _plain_reconciliation(row)) for row_key, row in published)
        # nothing against nothing may be reported or left out: a day without any value, a table that is not there
        published = ((row_key, row) for row_key, row in plain if row_key in expected or not row[0] == row[1] == 0)
    yield from _row_differences(table, published, expected)


def _rows(cursor: duckdb.DuckDBPyConnection, key_length: int) -> Iterator[tuple[Row, Row]]:
    while rows := cursor.fetchmany(100_000):
        for row in rows:
            yield row[:key_length], row[key_length:]


def _row_differences(table: str, published: Iterable[tuple[Row, Row]], expected: dict[Row, Row]) -> Iterator[str]:
    seen: set[Row] = set()
    for row_key, row in published:
        if row_key in seen:
            yield f"{table} {_show(row_key)}: more than one row"
        seen.add(row_key)
        wanted = expected.get(row_key)
        if wanted is None:
            yield f"{table} {_show(row_key)}: should not be there: {_show(row)}"
        elif row != wanted:
            for column, got, want in zip(COLUMNS[table][1], row, wanted, strict=True):
                if got != want and not (column in ROUNDED_ONCE and _is_last_digit(got, want)):
                    yield f"{table} {_show(row_key)} {column}: {_show((got,))}, oracle {_show((want,))}"
    for row_key, row in expected.items():
        empty_count = row_key[0] == "row_counts" and row[0] == 0
        if row_key not in seen and not empty_count:
            yield f"{table} {_show(row_key)}: not there, oracle {_show(row)}"


def _is_last_digit(got: object, want: object) -> bool:
    return isinstance(got, Decimal) and isinstance(want, Decimal) and abs(got - want) <= Decimal("1e-10")


def _show(values: Iterable[object]) -> str:
    shown = (str(value) if isinstance(value, date | Decimal) else repr(value) for value in values)
    return " ".join(shown)


def _plain_scope(key: Row) -> Row:
    """The contract names what a scope identifies but not how it is written: keep the date and the rest apart."""
    control, scope = str(key[0]), str(key[1])
    if control == "row_counts":
        return control, scope
    dates = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", scope)
    if not dates:
        return control, scope
    day = dates[-1]
    return control, "".join(scope.rsplit(day, 1)).strip(" /|,:;@-_()"), day


def _plain_reconciliation(row: Row) -> Row:
    """The contract does not say which is subtracted from which: compare the size of the difference."""
    expected, actual, difference, *rest = row
    if isinstance(difference, int | Decimal):
        difference = abs(difference)
    return expected, actual, difference, *rest


def _key_differences(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """portfolio_key has no fixed value; it must lead from each fact to the version in force on its day."""
    try:
        rows = connection.execute(
            """
            select portfolio_id, as_of_date from marts.fct_portfolio_daily
            where not exists (
                select 1 from marts.dim_portfolio
                where
                    dim_portfolio.portfolio_key = fct_portfolio_daily.portfolio_key
                    and dim_portfolio.portfolio_id = fct_portfolio_daily.portfolio_id
                    and dim_portfolio.risk_profile = fct_portfolio_daily.risk_profile
                    and dim_portfolio.valid_from <= fct_portfolio_daily.as_of_date
                    and (dim_portfolio.valid_to is null or fct_portfolio_daily.as_of_date < dim_portfolio.valid_to)
            ) order by all limit 3
            """
        ).fetchall()
        repeated = connection.execute(
            "select portfolio_key from marts.dim_portfolio group by all having count(*) > 1 limit 3"
        ).fetchall()
    except duckdb.Error as error:
        return [f"portfolio_key: {error}"]
    found = [
        f"marts.fct_portfolio_daily {_show(row)}: portfolio_key is not that of the version in force" for row in rows
    ]
    return found + [f"marts.dim_portfolio {_show(row)}: portfolio_key is not unique" for row in repeated]


def _rejected_differences(outcome: Outcome, connection: duckdb.DuckDBPyConnection) -> list[str]:
    try:
        rows = connection.execute(
            "select table_name, reason, source_file, cast(raw_row as varchar) from audit.rejected_rows"
        ).fetchall()
    except duckdb.Error as error:
        return [f"audit.rejected_rows: {error}"]
    published: Counter[Row] = Counter()
    for table, reason, source_file, raw_row in rows:
        try:
            raw = json.loads(raw_row)
        except (TypeError, ValueError):
            return [f"audit.rejected_rows {table} {reason} {source_file}: raw_row is not JSON: {raw_row!r}"]
        published[_comparable(table, reason, source_file, raw)] += 1
    expected = Counter(_comparable(row.table, row.reason, row.source_file, row.raw) for row in outcome.rejected_rows)
    found = []
    for row, number in (published - expected).items():
        found.append(f"audit.rejected_rows {_show(row)}: {number} too many")
    for row, number in (expected - published).items():
        found.append(f"audit.rejected_rows {_show(row)}: {number} too few")
    return sorted(found)


def _comparable(table: str, reason: str, source_file: str, raw: Mapping[str, object]) -> Row:
    """Fields as landed, with what the contract leaves open made equal.

    An absent, null or empty field is the same; a run of bad bytes is one U+FFFD; a number that came in Parquet may be
    written in several ways; of repeated rows, it is not said which one is kept.
    """
    fields: list[tuple[str, str]] = []
    for column, value in sorted(raw.items()):
        text = "" if value is None else str(value)
        if reason == "malformed_line":
            text = re.sub("\ufffd+", "\ufffd", text)
        if reason == "repeated_row":
            text = text.strip(BLANKS)
        if reason == "repeated_row" or source_file.endswith(".parquet"):
            text = _plain_number(text)
        if text:
            fields.append((column, text))
    return table, reason, source_file, tuple(fields)


def _plain_number(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return format(Decimal(text).normalize() + 0, "f")
    return text.lower() if text.lower().lstrip("+-") in ("nan", "inf", "infinity") else text
