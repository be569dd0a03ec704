"""Parquet: columns of other types than text, and files that are damaged or are something else."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.tables import LANDING_TABLES
from tests.torture.makers.landing import Landing, Row, register, text_table, whole_file

MAGIC = b"PAR1"


def _column(rows: Sequence[Row], column: str, value: Callable[[str], object], of_type: pa.DataType) -> pa.Array:
    return pa.array([value(row[column]) if row[column] else None for row in rows], of_type)


def _as_parquet(landing: Landing, table: str, **typed: tuple[Callable[[str], object], pa.DataType]) -> Path:
    """Write the table as Parquet instead, the columns named with these types, the others as text."""
    rows = landing.book.rows[table]
    written = text_table(table, rows)
    for column, (value, of_type) in typed.items():
        position = LANDING_TABLES[table].columns.index(column)
        written = written.set_column(position, column, _column(rows, column, value, of_type))
    landing.csv(table).unlink()
    path = landing.folder / f"{table}.parquet"
    pq.write_table(written, path)
    return path


@whole_file
def parquet_with_doubles(landing: Landing) -> None:
    _as_parquet(landing, "prices", close_price=(float, pa.float64()))


@whole_file
def parquet_with_dates_and_decimals(landing: Landing) -> None:
    _as_parquet(
        landing,
        "holdings",
        snapshot_date=(date.fromisoformat, pa.date32()),
        quantity=(Decimal, pa.decimal128(24, 10)),
    )


@whole_file
def parquet_with_text_as_bytes(landing: Landing) -> None:
    """As some writers mark it: text that does not say that it is text."""
    names = {row["client_id"]: f"Zoë O'Neil {number}" for number, row in enumerate(landing.book.rows["clients"])}
    for row in landing.as_if["clients"]:
        row["client_name"] = names[row["client_id"]]
    rows = landing.as_if["clients"]
    landing.csv("clients").unlink()
    columns = {column: _column(rows, column, str.encode, pa.binary()) for column in LANDING_TABLES["clients"].columns}
    pq.write_table(pa.table(columns), landing.folder / "clients.parquet")


@whole_file
def parquet_with_a_further_nested_column(landing: Landing) -> None:
    path = _as_parquet(landing, "securities")
    written = pq.read_table(path)
    nested = pa.array([[{"rating": "AA", "since": [1, 2]}]] * len(written))
    pq.write_table(written.append_column("ratings", nested), path)


def _with_a_drop(landing: Landing, table: str, columns: dict[str, pa.Array]) -> None:
    """Let the table be a folder: the good rows first, then a Parquet file of these columns."""
    (landing.folder / table).mkdir()
    landing.csv(table).rename(landing.folder / table / "1.csv")
    pq.write_table(pa.table(columns), landing.folder / table / "2.parquet")


@whole_file
def parquet_drop_with_timestamps(landing: Landing) -> None:
    row = landing.pick("prices")
    day = datetime.fromisoformat(row["price_date"])
    columns = {"security_id": [row["security_id"]], "price_date": pa.array([day], pa.timestamp("us"))}
    _with_a_drop(landing, "prices", {**columns, "close_price": ["1"]})
    landing.expect("prices", {**row, "price_date": str(day), "close_price": "1"}, source_file="prices/2.parquet")


@whole_file
def parquet_drop_with_nested_values(landing: Landing) -> None:
    row = {**landing.pick("custodian_balances"), "balance_date": "2026-06-26"}
    nested = pa.array([{"usd": 5}])
    _with_a_drop(
        landing, "custodian_balances", {**{name: [text] for name, text in row.items()}, "market_value": nested}
    )
    landing.expect(
        "custodian_balances", {**row, "market_value": "{'usd': 5}"}, source_file="custodian_balances/2.parquet"
    )


@whole_file
def parquet_drop_with_nan(landing: Landing) -> None:
    snapshot = [{**row, "snapshot_date": "2026-06-29"} for row in landing.snapshot()]
    quantities = [float("nan"), *(float(row["quantity"]) for row in snapshot[1:])]
    columns = {name: pa.array([row[name] for row in snapshot]) for name in LANDING_TABLES["holdings"].columns}
    _with_a_drop(landing, "holdings", {**columns, "quantity": pa.array(quantities, pa.float64())})
    for row, quantity in zip(snapshot, quantities, strict=True):
        reason = landing.reason if math.isnan(quantity) else "incomplete_snapshot"
        landing.expect("holdings", {**row, "quantity": str(quantity)}, reason, "holdings/2.parquet")


# refused ------------------------------------------------------------------------------------------------------------


def _damaged(content: bytes) -> bytes:
    """Noise in the middle of the pages; the footer is whole, so that nothing shows before the pages are read."""
    noise = random.Random(1).randbytes(600)  # noqa: S311
    return content[:400] + noise + content[1000:]


# name of the bad file: table, and what becomes of the Parquet file's bytes
CHANGED_BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "parquet_truncated": ("prices", lambda content: content[: len(content) // 2]),
    "parquet_without_its_last_bytes": ("holdings", lambda content: content[:-4]),
    "parquet_of_another_magic": ("holdings", lambda content: content[:-4] + b"PAR9"),
    "parquet_overwritten_at_the_start": ("prices", lambda content: b"\0" * 4 + content[4:]),
    "parquet_with_damaged_pages": ("prices", _damaged),
    "parquet_without_a_byte": ("clients", lambda content: b""),
}


def _register(name: str, table: str, change: Callable[[bytes], bytes]) -> None:
    def change_bytes(landing: Landing) -> None:
        path = _as_parquet(landing, table)
        path.write_bytes(change(path.read_bytes()))

    register(name, change_bytes, shares_file=False)


for bad_file, (of_table, to_bytes) in CHANGED_BYTES.items():
    _register(bad_file, of_table, to_bytes)


@whole_file
def csv_named_parquet(landing: Landing) -> None:
    landing.csv("holdings").rename(landing.folder / "holdings.parquet")


@whole_file
def parquet_lacking_a_column(landing: Landing) -> None:
    path = _as_parquet(landing, "prices")
    pq.write_table(pq.read_table(path).drop_columns(["close_price"]), path)


@whole_file
def parquet_names_that_differ_by_case(landing: Landing) -> None:
    path = _as_parquet(landing, "prices")
    written = pq.read_table(path)
    pq.write_table(written.append_column("Close_Price", written["close_price"]), path)


@whole_file
def parquet_with_a_column_twice(landing: Landing) -> None:
    path = _as_parquet(landing, "holdings")
    written = pq.read_table(path)
    pq.write_table(written.append_column("quantity", written["quantity"]), path)


@whole_file
def parquet_without_rows(landing: Landing) -> None:
    path = _as_parquet(landing, "advisors")
    pq.write_table(pq.read_table(path).slice(0, 0), path)


@whole_file
def parquet_with_text_that_is_not_utf_8(landing: Landing) -> None:
    path = _as_parquet(landing, "clients")
    written = pq.read_table(path)
    latin_1 = pa.array([f"Ren\xe9 {number}".encode("latin-1") for number in range(len(written))], pa.binary())
    pq.write_table(written.set_column(1, "client_name", latin_1.view(pa.string())), path)


@whole_file
def parquet_with_decimals_of_fifty_digits(landing: Landing) -> None:
    """DuckDB has none so wide and would read them as doubles: the last digits would be made up."""
    _as_parquet(landing, "holdings", quantity=(Decimal, pa.decimal256(50, 10)))


@whole_file
def parquet_with_timestamps_for_dates(landing: Landing) -> None:
    _as_parquet(landing, "custodian_balances", balance_date=(datetime.fromisoformat, pa.timestamp("us")))


@whole_file
def folder_named_parquet(landing: Landing) -> None:
    """As Spark writes it."""
    landing.csv("prices").unlink()
    folder = landing.folder / "prices.parquet"
    folder.mkdir()
    pq.write_table(text_table("prices", landing.book.rows["prices"]), folder / "part-00000.snappy.parquet")
    (folder / "_SUCCESS").touch()
