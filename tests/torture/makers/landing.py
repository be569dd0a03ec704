"""A landing folder in the hands of the makers: the good book, what they change, and what must come of it."""

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.tables import LANDING_TABLES

Row = dict[str, str]


@dataclass(frozen=True)
class Rejected:
    """A landed row that must be in audit.rejected_rows: where it landed, as it landed, and why it is not used."""

    table: str
    reason: str
    source_file: str
    raw_row: str

    @classmethod
    def of(cls, table: str, reason: str, source_file: str, raw: Mapping[str, str | None]) -> "Rejected":
        """The row with its fields in the order of their names; missing in Parquet is empty in CSV."""
        fields = json.dumps({name: value or "" for name, value in raw.items()}, sort_keys=True)
        return cls(table, reason, source_file, fields)


@dataclass(frozen=True)
class GoodBook:
    """A good book as text, table by table."""

    rows: Mapping[str, Sequence[Row]]

    @classmethod
    def read(cls, folder: Path) -> "GoodBook":
        """Read the tables of a folder that has ``<table>.csv`` for each."""
        return cls(
            {
                table: list(csv.DictReader((folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()))
                for table in LANDING_TABLES
            }
        )

    def write_csv(self, folder: Path) -> None:
        """Write ``<table>.csv`` for each table."""
        folder.mkdir(parents=True)
        for table, rows in self.rows.items():
            (folder / f"{table}.csv").write_bytes(csv_bytes(table, rows))

    def write_parquet(self, folder: Path) -> None:
        """Write ``<table>.parquet`` for each table: the way into a build that shares no line with the CSV reader."""
        folder.mkdir(parents=True)
        for table, rows in self.rows.items():
            pq.write_table(text_table(table, rows), folder / f"{table}.parquet")


@dataclass
class Landing:
    """The folder that a maker changes.

    ``book`` is what the folder held at first; ``as_if`` is the good book whose marts the changed folder must give, and
    ``rejected`` are the rows that must be rejected, by ``reason`` where a maker names no other. ``picked`` are rows
    that are spoken for, so that makers who share a folder keep out of each other's way.
    """

    folder: Path
    book: GoodBook
    chance: random.Random
    reason: str = ""
    as_if: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    picked: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the good book."""
        if not self.as_if:
            self.as_if.update({table: [dict(row) for row in rows] for table, rows in self.book.rows.items()})

    def csv(self, table: str) -> Path:
        """The table's file."""
        return self.folder / f"{table}.csv"

    def pick(self, table: str, among: Callable[[Row], bool] = lambda row: True) -> Row:
        """A row of the good book that no other maker has picked.

        No close of a day with balances: to lose one is another fault, a break with the custodian.
        """
        days = {row["balance_date"] for row in self.book.rows["custodian_balances"]}
        free = [row for row in self.book.rows[table] if row.get("price_date") not in days and row not in self.picked]
        row = self.chance.choice([row for row in free if among(row)])
        self.picked.append(row)
        return dict(row)

    def snapshot(self) -> list[Row]:
        """The only snapshot of a portfolio that no other maker has picked."""
        holdings = self.book.rows["holdings"]
        dates = {row["portfolio_id"]: set[str]() for row in holdings}
        for row in holdings:
            dates[row["portfolio_id"]].add(row["snapshot_date"])
        portfolio = self.pick("portfolios", lambda row: len(dates.get(row["portfolio_id"], ())) == 1)
        return [dict(row) for row in holdings if row["portfolio_id"] == portfolio["portfolio_id"]]

    def append(self, table: str, content: bytes) -> None:
        """Add lines below the table's CSV file."""
        with self.csv(table).open("ab") as file:
            file.write(content)

    def change(self, table: str, row: Row, changed: Row) -> None:
        """Write ``changed`` where the CSV file has ``row``."""
        content = self.csv(table).read_bytes()
        line = b"\n" + csv_line(table, row)
        if content.count(line) != 1:
            raise AssertionError(f"{table} has {line!r} {content.count(line)} times")
        self.csv(table).write_bytes(content.replace(line, b"\n" + csv_line(table, changed)))

    def expect(self, table: str, raw: Mapping[str, str | None], reason: str = "", source_file: str = "") -> None:
        """Say that a landed row must be rejected."""
        self.rejected.append(Rejected.of(table, reason or self.reason, source_file or f"{table}.csv", raw))

    def reject(self, table: str, row: Row, reason: str = "") -> None:
        """Add a row that must be rejected."""
        self.append(table, csv_line(table, row))
        self.expect(table, row, reason)

    def reject_line(self, table: str, line: bytes) -> None:
        """Add a line that is no record; what is not UTF-8 in it is shown as the replacement character."""
        self.append(table, line + b"\n")
        self.expect(table, {"line": line.decode("utf-8", errors="replace")})

    def reject_instead(self, table: str, row: Row, bad: Row) -> None:
        """Let ``bad`` stand where the good ``row`` stood, so that the book is as if neither had come."""
        self.change(table, row, bad)
        self.as_if[table].remove(row)
        self.expect(table, bad)

    def reject_snapshot(self, snapshot: Sequence[Row], bad: Sequence[Row]) -> None:
        """Add a snapshot that is spoilt by its ``bad`` rows: the innocent rows go with them."""
        for row in snapshot:
            self.reject("holdings", row, "incomplete_snapshot")
        for row in bad:
            self.reject("holdings", row)


Maker = Callable[[Landing], None]


@dataclass(frozen=True)
class Registered:
    """A maker, and whether others may change the same file: who adds or changes single rows can share it."""

    make: Maker
    shares_file: bool


MAKERS: dict[str, Registered] = {}


def register(name: str, make: Maker, *, shares_file: bool) -> None:
    """Add a maker. Raises ValueError for a name that is taken."""
    if name in MAKERS:
        raise ValueError(f"{name}: two makers of one name")
    MAKERS[name] = Registered(make, shares_file)


def single_rows(make: Maker) -> Maker:
    """Register a maker of single rows under its own name."""
    register(make.__name__, make, shares_file=True)
    return make


def whole_file(make: Maker) -> Maker:
    """Register a maker that changes a file as a whole under its own name."""
    register(make.__name__, make, shares_file=False)
    return make


def csv_line(table: str, row: Row) -> bytes:
    """A row as a line of CSV."""
    return _csv([[row[column] for column in LANDING_TABLES[table].columns]])


def csv_bytes(table: str, rows: Iterable[Row], line_end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    """A whole CSV file."""
    columns = LANDING_TABLES[table].columns
    return _csv([list(columns), *([row[column] for column in columns] for row in rows)], line_end, quoting)


def text_table(table: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as an Arrow table of text."""
    columns = LANDING_TABLES[table].columns
    return pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in columns})


def _csv(rows: Iterable[Sequence[str]], line_end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()
