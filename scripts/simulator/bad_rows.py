"""Bad rows, kind by kind: every row that the contract says is rejected, made so that it spoils nothing else.

A bad row is an extra one under a key of its own, so the clean rows stay as they are. Bad holdings come as a whole extra
snapshot, of which every row is expected to be rejected (bad_snapshots.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator.arrow import column_type
from scripts.simulator.days import TradingDays
from scripts.simulator.text import csv_bytes, rows_of

BAD_DATES = {
    "day_first": "03/04/2024",
    "no_such_day": "2025-02-30",
    "no_dashes": "20250203",
    "with_time": "2025-02-03 00:00:00",
}
BAD_NUMBERS = {
    "exponent": "1e400",
    "not_a_number": "NaN",
    "underscore": "1_000",
    "parentheses": "(12.50)",
    "thousands_comma": "1,000.50",
    "seven_decimals": "12.3456789",
    "too_many_digits": "123456789012345",
    "currency": "$12.50",
}
MALFORMED_TABLES = ("clients", "prices", "custodian_balances")  # where a lost line is nothing but a lost line
MALFORMED = ("too_few_fields", "too_many_fields", "not_utf8")


@dataclass(frozen=True)
class BadRow:
    """One row to be rejected: its landed text by column, or for a malformed line its bytes."""

    reason: str
    fields: dict[str, str] | None
    line: bytes


@dataclass(frozen=True)
class Kind:
    """A kind of defect in one table. ``make(n)`` gives the rows of its n-th instance; none where there is no room."""

    table: str
    reason: str
    variant: str
    make: Callable[[int], list[BadRow]]
    needs_text: bool = False  # can't be put into a typed Parquet file


@dataclass(frozen=True)
class CleanBook:
    """The clean rows as text, by table, and the history's days."""

    rows: dict[str, list[dict[str, str]]]
    days: TradingDays


def as_text(table: pa.Table) -> list[dict[str, str]]:
    """A landing table as text by column."""
    return [dict(zip(table.column_names, row, strict=True)) for row in rows_of(table)]


def bad_row(reason: str, fields: dict[str, str]) -> BadRow:
    """A row of the right shape."""
    return BadRow(reason, fields, csv_bytes([list(fields.values())]))


def kinds_of(table: str, book: CleanBook) -> list[Kind]:
    """Every kind for ``table`` (any but holdings: see bad_snapshots.py), what only this table has first."""
    fresh = _FreshRows(table, book)
    return [*_own_kinds(table, fresh, book), *_common_kinds(table, fresh, book)]


def _common_kinds(table: str, fresh: "_FreshRows", book: CleanBook) -> list[Kind]:
    kinds = [_changed(table, f"missing_{column}", "empty", fresh, column, "") for column in _required(table)]
    kinds += [
        replace(_changed(table, f"invalid_{column}", variant, fresh, column, text), needs_text=True)
        for column in LANDING_TABLES[table].columns
        for variant, text in bad_texts(column).items()
    ]
    if table in MALFORMED_TABLES:
        kinds += [
            Kind(table, "malformed_line", variant, _malformed(fresh, variant), needs_text=True) for variant in MALFORMED
        ]
    column, other = _contradiction(table, book)
    kinds.append(Kind(table, "repeated_row", "same_text", lambda n: repeated(book.rows[table], n)))
    kinds.append(Kind(table, "duplicate_key", "two_new_rows", lambda n: _duplicates(fresh(), column, other)))
    return kinds


def _own_kinds(table: str, fresh: "_FreshRows", book: CleanBook) -> list[Kind]:
    unknown = {
        "portfolios": (("unknown_client", "client_id", "NOSUCH"), ("unknown_advisor", "advisor_id", "NOSUCH")),
        "risk_profile_assignments": (
            ("unknown_portfolio", "portfolio_id", "NOSUCH"),
            ("unknown_risk_profile", "risk_profile", "Speculative"),
        ),
        "securities": (("unknown_asset_class", "asset_class", "Collectibles"),),
        "custodian_balances": (("unknown_portfolio", "portfolio_id", "NOSUCH"),),
        "prices": (("unknown_security", "security_id", "NOSUCH"),),
    }
    kinds = [
        _changed(table, reason, "unknown", fresh, column, text, is_numbered=True)
        for reason, column, text in unknown.get(table, ())
    ]
    if table == "prices":
        kinds += _price_kinds(fresh, book)
    return kinds


def _price_kinds(fresh: "_FreshRows", book: CleanBook) -> list[Kind]:
    closed, later = _closed_days(book.days), book.days.after.astype(str).tolist()
    securities = [row["security_id"] for row in book.rows["securities"]]

    def on(days: list[str], reason: str) -> Callable[[int], list[BadRow]]:
        def make(n: int) -> list[BadRow]:
            # At most a quarter of the securities on one day: the as-of date stays where it is.
            each = max(len(securities) // 4, 1)
            if n >= each * len(days):
                return []
            return [bad_row(reason, {**fresh(), "security_id": securities[n % each], "price_date": days[n // each]})]

        return make

    return [
        Kind("prices", "not_a_trading_day", "market_closed", on(closed, "not_a_trading_day")),
        _changed("prices", "non_positive_price", "zero", fresh, "close_price", "0.00"),
        _changed("prices", "non_positive_price", "negative", fresh, "close_price", "-12.50"),
        Kind("prices", "after_as_of_date", "later", on(later, "after_as_of_date")),
    ]


def _closed_days(days: TradingDays) -> list[str]:
    """The days within the history on which the market was closed."""
    every = np.arange(days.sessions[0], days.sessions[-1] + np.timedelta64(1, "D"))
    closed: list[str] = np.setdiff1d(every, days.sessions).astype(str).tolist()
    return closed


def _changed(
    table: str, reason: str, variant: str, fresh: "_FreshRows", column: str, text: str, is_numbered: bool = False
) -> Kind:
    """A fresh row with another text in one column; numbered, so that what is unknown is not one key many times."""

    def make(n: int) -> list[BadRow]:
        row = fresh()
        return [bad_row(reason, {**row, column: f"{text}{n + 1}" if is_numbered else text})] if row else []

    return Kind(table, reason, variant, make)


def _malformed(fresh: "_FreshRows", variant: str) -> Callable[[int], list[BadRow]]:
    def make(n: int) -> list[BadRow]:
        row = fresh()
        if not row:
            return []
        values = list(row.values())
        if variant == "too_few_fields":
            line = csv_bytes([values[:-1]])
        elif variant == "too_many_fields":
            line = csv_bytes([[*values, "more"]])
        else:
            line = values[0].encode() + b"\xfc" + csv_bytes([["", *values[1:]]])  # a Latin-1 letter
        return [BadRow("malformed_line", None, line)]

    return make


def repeated(rows: list[dict[str, str]], n: int) -> list[BadRow]:
    """A clean row once more: from the middle of the table on, away from what is corrected at its beginning."""
    at = len(rows) // 2 + n
    return [bad_row("repeated_row", rows[at])] if at < len(rows) else []


def _contradiction(table: str, book: CleanBook) -> tuple[str, str]:
    """A column of the table, and a text in it that contradicts a fresh row."""
    if table == "risk_profile_assignments":
        others = sorted({row["risk_profile"] for row in book.rows[table]} - {_first_profile(book.rows)})
        return "risk_profile", (others or ["Speculative"])[0]
    numbers = {"prices": ("close_price", "99.99"), "custodian_balances": ("market_value", "999999.99")}
    return numbers.get(table, (LANDING_TABLES[table].columns[1], "Another Name"))


def _duplicates(row: dict[str, str], column: str, other: str) -> list[BadRow]:
    """Two rows of one new key that contradict each other."""
    return [bad_row("duplicate_key", row), bad_row("duplicate_key", {**row, column: other})] if row else []


def _required(table: str) -> tuple[str, ...]:
    return LANDING_TABLES[table].required_columns


def bad_texts(column: str) -> dict[str, str]:
    """Texts that are no value of the column, by what is wrong with them."""
    kind = column_type(column)
    if pa.types.is_date(kind):
        return BAD_DATES
    return BAD_NUMBERS if pa.types.is_decimal(kind) else {}


class _FreshRows:
    """Rows that are right in every way but one that a kind then breaks, each under a key that nothing else has.

    Empty once the book has no unused key left.
    """

    def __init__(self, table: str, book: CleanBook) -> None:
        self._rows = _fresh_rows(table, book)

    def __call__(self) -> dict[str, str]:
        return next(self._rows, {})


def _fresh_rows(table: str, book: CleanBook) -> Iterator[dict[str, str]]:
    rows, days = book.rows, book.days
    if table in ("advisors", "clients", "securities", "portfolios"):
        yield from _fresh_entities(table, rows, days)
    elif table == "prices":  # on trading days before the history: they would be good, and change nothing
        for day in days.before[::-1].astype(str).tolist():
            for row in rows["securities"]:
                yield {"security_id": row["security_id"], "price_date": day, "close_price": "55.25"}
    else:
        column = "effective_date" if table == "risk_profile_assignments" else "balance_date"
        value = "risk_profile" if table == "risk_profile_assignments" else "market_value"
        used = {(row["portfolio_id"], row[column]) for row in rows[table]}
        for day in days.sessions.astype(str).tolist():
            for row in rows["portfolios"]:
                if (row["portfolio_id"], day) not in used:
                    text = _first_profile(rows) if value == "risk_profile" else "123456.78"
                    yield {"portfolio_id": row["portfolio_id"], column: day, value: text}


def _fresh_entities(table: str, rows: dict[str, list[dict[str, str]]], days: TradingDays) -> Iterator[dict[str, str]]:
    first_client, first_advisor = rows["clients"][0]["client_id"], rows["advisors"][0]["advisor_id"]
    for n in range(1, 100_000):
        if table == "advisors":
            yield {"advisor_id": f"AX{n:03d}", "advisor_name": f"Planted Advisor {n}", "team": "Boston"}
        elif table == "clients":
            yield {"client_id": f"CX{n:04d}", "client_name": f"Planted Client {n}"}
        elif table == "securities":
            name = f"Planted Fund {n}"
            yield {"security_id": f"SX{n:03d}", "security_name": name, "asset_class": "Equity", "sector": "Planted"}
        else:
            yield {
                "portfolio_id": f"PX{n:04d}",
                "portfolio_name": f"Planted Portfolio {n}",
                "client_id": first_client,
                "advisor_id": first_advisor,
                "inception_date": str(days.sessions[0]),
                "closed_date": "",
            }


def _first_profile(rows: dict[str, list[dict[str, str]]]) -> str:
    return rows["risk_profile_assignments"][0]["risk_profile"]
