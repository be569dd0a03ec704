"""The landing tables, as in section 1 of the contract, and a landed row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

BLANKS = " \t"
Value = str | date | int | None


class Refused(Exception):  # noqa: N818 - a verdict on the input, not a fault of the program
    """The landing directory can't be read as the contract demands; the message names table, file and line."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: Literal["text", "date", "number"] = "text"
    required: bool = True
    whole_digits: int = 0


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    may_be_empty: bool = False


TABLES: dict[str, Table] = {
    "advisors": Table((Column("advisor_id"), Column("advisor_name"), Column("team", required=False)), ("advisor_id",)),
    "clients": Table((Column("client_id"), Column("client_name")), ("client_id",)),
    "portfolios": Table(
        (
            Column("portfolio_id"),
            Column("portfolio_name"),
            Column("client_id"),
            Column("advisor_id"),
            Column("inception_date", "date"),
            Column("closed_date", "date", required=False),
        ),
        ("portfolio_id",),
    ),
    "risk_profile_assignments": Table(
        (Column("portfolio_id"), Column("effective_date", "date"), Column("risk_profile")),
        ("portfolio_id", "effective_date"),
    ),
    "securities": Table(
        (
            Column("security_id"),
            Column("security_name"),
            Column("asset_class"),
            Column("sector", required=False),
        ),
        ("security_id",),
    ),
    "prices": Table(
        (Column("security_id"), Column("price_date", "date"), Column("close_price", "number", whole_digits=6)),
        ("security_id", "price_date"),
    ),
    "holdings": Table(
        (
            Column("portfolio_id"),
            Column("snapshot_date", "date"),
            Column("security_id"),
            Column("quantity", "number", whole_digits=10),
        ),
        ("portfolio_id", "snapshot_date", "security_id"),
    ),
    "custodian_balances": Table(
        (Column("portfolio_id"), Column("balance_date", "date"), Column("market_value", "number", whole_digits=14)),
        ("portfolio_id", "balance_date"),
        may_be_empty=True,
    ),
}
SNAPSHOT = ("portfolio_id", "snapshot_date")


@dataclass
class Landed:
    """One landed row: `raw` as it came (contract columns), or the text of a malformed line.

    `line` is where it begins in a CSV file, or the number of the row in a Parquet file, from 1.
    """

    source_file: str
    file_number: int
    line: int
    raw: dict[str, str]
    malformed: bool = False
    text: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Value] = field(default_factory=dict)
    reason: str | None = None

    def key_text(self, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.text[column] for column in columns)

    def string(self, column: str) -> str:
        value = self.typed[column]
        assert isinstance(value, str)
        return value

    def optional(self, column: str) -> str | None:
        value = self.typed[column]
        assert value is None or isinstance(value, str)
        return value

    def day(self, column: str) -> date:
        value = self.typed[column]
        assert isinstance(value, date)
        return value

    def optional_day(self, column: str) -> date | None:
        value = self.typed[column]
        assert value is None or isinstance(value, date)
        return value

    def millionths(self, column: str) -> int:
        value = self.typed[column]
        assert isinstance(value, int)
        return value
