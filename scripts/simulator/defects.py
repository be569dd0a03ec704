"""Plant defects in a clean book and say of each what the build is expected to make of it.

planted_defects.json holds ``planted`` (every row that must not be used, with the reason it must be rejected with, or
``superseded``, and where it stands), ``missing_closes`` (with the stale and unpriced positions that follow),
``custodian_breaks``, and ``not_planted`` (what there was no room for, and why).
"""

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator.arrow import column_type
from scripts.simulator.bad_rows import BadRow, CleanBook, Kind, as_text, bad_row, kinds_of
from scripts.simulator.bad_snapshots import kinds_of_holdings
from scripts.simulator.days import TradingDays
from scripts.simulator.gaps import Gap, balances_off, draw_gaps
from scripts.simulator.options import FileFormat

CORRECTED_TABLES = ("prices", "holdings")  # these come as daily drops, of which the second corrects the first
FIRST_DROP, SECOND_DROP = "0001", "0002"


@dataclass(frozen=True)
class Limits:
    """The build's limits: the share (of 1) of a table's rows that may be bad, the age (trading days) a close may
    have."""

    max_rejected_share: float
    max_price_age_days: int


@dataclass(frozen=True)
class PlantedFile:
    """One file to write: its rows, and behind them bad ones as CSV lines or, in Parquet, as rows."""

    stem: str
    rows: pa.Table
    added_lines: list[bytes] = field(default_factory=list)
    added_rows: pa.Table | None = None


@dataclass(frozen=True)
class Planting:
    """The files with the defects in them, and what was planted."""

    files: list[PlantedFile]
    planted: list[dict[str, Any]]
    missing_closes: list[dict[str, Any]]
    custodian_breaks: list[dict[str, Any]]
    not_planted: list[dict[str, Any]]

    def report(self) -> dict[str, Any]:
        """The content of planted_defects.json."""
        return {
            "planted": self.planted,
            "missing_closes": self.missing_closes,
            "custodian_breaks": self.custodian_breaks,
            "not_planted": self.not_planted,
        }


def plant(
    tables: dict[str, pa.Table], days: TradingDays, count: int, file_format: FileFormat, limits: Limits
) -> Planting:
    """Plant ``count`` of each kind of defect in the clean ``tables``.

    Where a table is too small for all of them within ``max_rejected_share``, one of each kind comes before a second of
    any.
    """
    book = CleanBook(rows={name: as_text(table) for name, table in tables.items()}, days=days)
    gaps = draw_gaps(book, count, limits.max_price_age_days)
    off = balances_off(book.rows["custodian_balances"], count)
    breaks = _breaks(book.rows["custodian_balances"], off)
    not_planted = _without_room_for_gaps(gaps, count) + _without_room_for_breaks(off, count)
    base = dict(tables)
    base["prices"] = _without_closes(tables["prices"], book.rows["prices"], gaps)
    base["custodian_balances"] = _with_other_values(tables["custodian_balances"], "market_value", breaks)
    # A row is repeated as it now stands, not as it was.
    book = CleanBook({**book.rows, **{name: as_text(base[name]) for name in ("prices", "custodian_balances")}}, days)

    files: list[PlantedFile] = []
    planted: list[dict[str, Any]] = []
    for name in LANDING_TABLES:
        stem, suffix = (f"{name}/{FIRST_DROP}", "first drop") if name in CORRECTED_TABLES else (name, "")
        table = base[name]
        if suffix:
            table, correction, superseded = _corrected(name, table, count)
            planted += [_entry(name, f"{stem}.{file_format}", row, at, file_format) for at, row in superseded]
        kinds = kinds_of_holdings(book) if name == "holdings" else kinds_of(name, book)
        bad, left_out = _within_room(kinds, count, len(table), limits.max_rejected_share, file_format)
        not_planted += left_out
        planted += [
            _entry(name, f"{stem}.{file_format}", row, len(table) + at, file_format) for at, row in enumerate(bad)
        ]
        files.append(_file(stem, table, bad, file_format))
        if suffix:
            files.append(PlantedFile(f"{name}/{SECOND_DROP}", correction))
    return Planting(files, planted, [gap.report() for gap in gaps], list(breaks.values()), not_planted)


def _within_room(
    kinds: list[Kind], count: int, good_rows: int, max_rejected_share: float, file_format: FileFormat
) -> tuple[list[BadRow], list[dict[str, Any]]]:
    """The bad rows that leave the table within its share of bad rows, a round over all kinds at a time."""
    room = math.inf if max_rejected_share >= 1 else _room(good_rows, max_rejected_share)
    rows: list[BadRow] = []
    missed: dict[tuple[str, str, str, str], int] = {}
    for n in range(count):
        for kind in kinds:
            why = ""
            if kind.needs_text and file_format == "parquet":
                why = "a typed Parquet file can't hold it"
            elif not (made := kind.make(n)):
                why = "the book has no unused key, day or portfolio left for it"
            elif len(rows) + len(made) > room:
                why = f"more than {max_rejected_share} of the table's rows would be bad"
            else:
                rows += made
            if why:
                key = (kind.table, kind.reason, kind.variant, why)
                missed[key] = missed.get(key, 0) + 1
    names = ("table", "reason", "variant", "why")
    return rows, [{**dict(zip(names, key, strict=True)), "count": missing} for key, missing in missed.items()]


def _room(good_rows: int, max_rejected_share: float) -> int:
    """How many bad rows fit: bad / (good + bad) <= share, in exact arithmetic."""
    share = Decimal(str(max_rejected_share))
    return int(good_rows * share / (1 - share))


def _entry(table: str, source_file: str, row: BadRow, at: int, file_format: FileFormat) -> dict[str, Any]:
    """What is written down of a planted row; ``at`` counts the file's rows from 0."""
    entry: dict[str, Any] = {"table": table, "reason": row.reason, "source_file": source_file}
    entry["line_number" if file_format == "csv" else "row_number"] = at + (2 if file_format == "csv" else 1)
    entry["key"] = {column: (row.fields or {}).get(column) for column in LANDING_TABLES[table].key}
    entry["fields"] = row.fields if file_format == "csv" or row.fields is None else _as_landed(row.fields)
    if file_format == "csv":
        entry["raw_line"] = row.line.removesuffix(b"\n").decode("utf-8", errors="replace")
    return entry


def _as_landed(fields: dict[str, str]) -> dict[str, str]:
    """The texts that typed Parquet columns land as: numbers with all their type's decimals."""
    return {
        column: f"{Decimal(text):.{column_type(column).scale}f}"
        if text and pa.types.is_decimal(column_type(column))
        else text
        for column, text in fields.items()
    }


def _file(stem: str, table: pa.Table, bad: list[BadRow], file_format: FileFormat) -> PlantedFile:
    if file_format == "csv":
        return PlantedFile(stem, table, added_lines=[row.line for row in bad])
    columns = {
        name: pa.array([_typed(name, (row.fields or {})[name]) for row in bad], column_type(name))
        for name in table.column_names
    }
    return PlantedFile(stem, table, added_rows=pa.table(columns, schema=table.schema) if bad else None)


def _typed(column: str, text: str) -> str | date | Decimal | None:
    if text == "":
        return None
    if pa.types.is_date(column_type(column)):
        return date.fromisoformat(text)
    return Decimal(text) if pa.types.is_decimal(column_type(column)) else text


def _corrected(name: str, table: pa.Table, count: int) -> tuple[pa.Table, pa.Table, list[tuple[int, BadRow]]]:
    """Spoil some of the first rows; returns the spoilt table, the drop that puts them right, and the superseded rows.

    Of holdings, whole snapshots are corrected; of prices, single rows.
    """
    rows = as_text(table.slice(0, 400 * (count + 1)))
    column = "quantity" if name == "holdings" else "close_price"
    units = _units(rows, whole_snapshots=name == "holdings")[1:-1]  # the last may go on behind what was read
    in_first_half = [unit for unit in units if unit.stop <= len(table) // 2]  # repeated rows are taken from the second
    chosen = in_first_half[:: max(len(in_first_half) // count, 1)][:count]
    at_rows = [at for unit in chosen for at in unit]
    changes = {at: {column: _spoilt_number(column, rows[at][column])} for at in at_rows}
    spoilt = _with_other_values(table, column, changes)
    texts = as_text(spoilt.slice(0, len(rows)))
    superseded = [(at, bad_row("superseded", texts[at])) for at in at_rows]
    return spoilt, table.take(pa.array(at_rows, pa.int64())), superseded


def _units(rows: list[dict[str, str]], whole_snapshots: bool) -> list[range]:
    """What is corrected together: single rows, or the rows of one snapshot."""
    if not whole_snapshots:
        return [range(at, at + 1) for at in range(len(rows))]
    keys = [(row["portfolio_id"], row["snapshot_date"]) for row in rows]
    starts = [at for at in range(len(keys)) if at == 0 or keys[at] != keys[at - 1]]
    return [range(start, stop) for start, stop in pairwise([*starts, len(keys)])]


def _spoilt_number(column: str, text: str) -> str:
    """A number typed in wrongly: a tenth more, in cents."""
    return str((Decimal(text) * Decimal("1.1")).quantize(Decimal("0.01")))


def _with_other_values(table: pa.Table, column: str, changes: dict[int, dict[str, Any]]) -> pa.Table:
    """``table`` with another number in ``column`` of the rows in ``changes``."""
    if not changes:
        return table
    at_column = table.schema.get_field_index(column)
    pieces, before = [], 0
    for at in sorted(changes):
        pieces.append(table.slice(before, at - before))
        value = pa.array([_typed(column, changes[at][column])], column_type(column))
        pieces.append(table.slice(at, 1).set_column(at_column, column, value))
        before = at + 1
    pieces.append(table.slice(before))
    return pa.concat_tables(pieces).combine_chunks()


def _without_closes(table: pa.Table, rows: list[dict[str, str]], gaps: list[Gap]) -> pa.Table:
    missing = {(gap.security_id, day) for gap in gaps for day in gap.missing_days}
    kept = pa.array([(row["security_id"], row["price_date"]) not in missing for row in rows], pa.bool_())
    return table.filter(kept)


def _breaks(balances: list[dict[str, str]], off: dict[int, int]) -> dict[int, dict[str, Any]]:
    """What the custodian reports in the rows that are off, and what is right."""
    breaks = {}
    for at, cents in off.items():
        right, off_by = Decimal(balances[at]["market_value"]), Decimal(cents).scaleb(-2)
        breaks[at] = {
            "kind": "custodian_break",
            "portfolio_id": balances[at]["portfolio_id"],
            "balance_date": balances[at]["balance_date"],
            "market_value": str(right + off_by),
            "computed": str(right),
            "difference": str(-off_by),  # computed less reported, as audit.reconciliation has it
        }
    return breaks


def _without_room_for_gaps(gaps: list[Gap], count: int) -> list[dict[str, Any]]:
    unpriced = sum(1 for gap in gaps if gap.unpriced_days)
    found = {"stale_price": len(gaps) - unpriced, "unpriced_position": unpriced}
    return [_too_few("prices", kind, count - planted) for kind, planted in found.items() if planted < count]


def _without_room_for_breaks(off: dict[int, int], count: int) -> list[dict[str, Any]]:
    return [_too_few("custodian_balances", "custodian_break", count - len(off))] if len(off) < count else []


def _too_few(table: str, kind: str, missing: int) -> dict[str, Any]:
    why = "the history is too short, or too few securities are held"
    return {"table": table, "reason": kind, "variant": "", "why": why, "count": missing}
