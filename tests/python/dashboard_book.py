"""The book that the dashboards are tested on: spoilt in every way that a page has words for, and published twice.

Between the two runs one failed. Policy changes within its history, and will change after it.
"""

import csv
import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corner_sets import Book
from corner_sets.policies import ASSET_CLASSES, BANDS, TARGETS, write_policy
from corner_sets.writing import HEADERS, SATURDAY, trading_days, write_csv
from project import copy_of_project

from scripts.runs.audit_log import Pointer
from scripts.warehouse import Warehouse

DAYS = trading_days("2024-01-02", "2024-03-01")
AS_OF = DAYS[-1]
NEW_BANDS_FROM, NEW_TARGETS_FROM, NEW_PROFILE_FROM = DAYS[15], DAYS[20], DAYS[10]
PLANNED_FROM = "2024-06-03"
REASON = "known *since* Monday, [see](mail) $1 of $2"
# names that Markdown, HTML or a spreadsheet would take for something else
MARKUP, FORMULA, MINUS = "*x* [a](b) $1 <b> $2", "=1+1", "-2 & Co"
RESENT, RESENT_QUANTITY = "P40", "0500.50"  # what landed is shown as it landed
ORDINARY = 64

_LAST_SNAPSHOT = DAYS[33]
_VARIABLES = "{max_rejected_share: 0.05, max_snapshot_age_days: 40}"
_PROFILES = ("Conservative", "Moderate", "Aggressive")
_MAIN = "from scripts.cli import main; main()"


@dataclass(frozen=True)
class Published:
    """The warehouse with the book, as it was after the first run, the landed files, and the ids of the two runs."""

    folder: Path

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "warehouse")

    @property
    def before(self) -> Warehouse:
        return Warehouse(self.folder / "before")

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def run_id(self) -> str:
        return _seen_in(self.warehouse)

    @property
    def earlier_run_id(self) -> str:
        return _seen_in(self.before)

    def ask(self, query: str, *parameters: Any, run_id: str | None = None) -> list[tuple[Any, ...]]:
        """What the published file says, asked without any code of the dashboards."""
        with _connection(self.folder / "asked" / f"{run_id or self.run_id}.duckdb").cursor() as cursor:
            return cursor.execute(query, list(parameters)).fetchall()

    def one(self, query: str, *parameters: Any) -> Any:
        """The only figure of a query."""
        ((figure,),) = self.ask(query, *parameters)
        return figure


@cache
def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


def published_book(factory: pytest.TempPathFactory) -> Published:
    """The book, made by the first worker that asks for it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dashboard_book"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _make(folder)
            (folder / "done").touch()
    return Published(folder)


def _seen_in(warehouse: Warehouse) -> str:
    pointer = Pointer.read(warehouse)
    assert pointer is not None
    return str(pointer.run_id)


def _make(folder: Path) -> None:
    project, landing = copy_of_project(folder), folder / "landing"
    shutil.rmtree(project / "seeds" / "policy")
    _write_policy(project)
    _write_book(landing, is_first=True)
    _run(project, landing, 0)
    shutil.copytree(folder / "warehouse", folder / "before", symlinks=True)
    _run(project, folder / "nothing landed", 1)
    _write_book(landing, is_first=False)
    _run(project, landing, 0)
    # by another name: DuckDB opens a file once, and the dashboards open it locked down
    (folder / "asked").mkdir()
    for path in (folder / "warehouse" / "published").iterdir():
        (folder / "asked" / path.name).hardlink_to(path)


def _run(project: Path, landing: Path, exit_code: int) -> None:
    said = subprocess.run(
        [
            *(sys.executable, "-c", _MAIN, "run", "--landing", str(landing), "--book", "dashboards"),
            *("--vars", _VARIABLES, "--expect-date", AS_OF),
            *("--accept", "custodian_balances", "--accept", "rejected_rows", "--reason", REASON),
        ],
        cwd=project,
        env={**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(project.parent / "warehouse")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == exit_code, said.stdout + said.stderr


def _write_policy(project: Path) -> None:
    """Seeds as the project has them, with another class, and other targets and bands from some day on."""
    policy = project / "seeds" / "policy"
    old_bands = [*BANDS[:2], ["2000-01-01", "Look closer", "2", "0.07", "Look closer", "Elevated"]]
    old_bands.append(["2000-01-01", "Rebalance Flag", "3", *BANDS[2][3:]])
    other_bands = [
        [day, status, severity, bound, action, level]
        for day, bounds in ((NEW_BANDS_FROM, ("0.025", "0.0455", "")), (PLANNED_FROM, ("0.01", "0.02", "")))
        for (_, status, severity, _, action, level), bound in zip(BANDS, bounds, strict=True)
    ]
    other_targets = [
        ["Moderate", day, asset_class, weight]
        for day, weights in ((NEW_TARGETS_FROM, ("0.575", "0.375", "0.05")), (PLANNED_FROM, ("0.5", "0.4", "0.1")))
        for asset_class, weight in zip(("Equity", "Bonds", "Cash"), weights, strict=True)
    ]
    write_policy(
        policy, [*ASSET_CLASSES, ["Gold", "4", "false"]], [*TARGETS, *other_targets], [*old_bands, *other_bands]
    )
    shutil.copytree(
        Path(__file__).resolve().parents[2] / "seeds" / "policy",
        policy,
        dirs_exist_ok=True,
        ignore=lambda _, names: [name for name in names if (policy / name).exists()],
    )


def _write_book(landing: Path, is_first: bool) -> None:
    shutil.rmtree(landing, ignore_errors=True)
    book = Book(days=DAYS)
    _people_and_prices(book)
    for number in range(1, ORDINARY + 1):
        _ordinary(book, number)
    _special(book)
    _rejected(book, is_first)
    for number in range(1, ORDINARY + 1):
        quantities = _quantities(number)
        if set(quantities) == {"EQ", "BD", "CASH"}:
            right = 100 * int(quantities["EQ"]) + 50 * int(quantities["BD"]) + int(quantities["CASH"])
            wrong = number if number < 10 else 0  # dollars
            book.add("custodian_balances", f"P{number:02}", DAYS[0], f"{right + wrong}.00")
    book.add("custodian_balances", "NEVER", DAYS[0], "5.00")
    book.write(landing)
    # prices and holdings come as drops, of which the second corrects the first
    drops = {
        "prices": [["BD", DAYS[4], "50.25"], ["EQ2", DAYS[4], "20.4"]],
        "holdings": [
            [RESENT, _LAST_SNAPSHOT, "EQ", RESENT_QUANTITY],
            [RESENT, _LAST_SNAPSHOT, "BD", "700"],
            [RESENT, _LAST_SNAPSHOT, "CASH", "+2500"],
        ],
    }
    for table, rows in drops.items():
        (landing / table).mkdir()
        (landing / f"{table}.csv").rename(landing / table / "0001.csv")
        write_csv(landing / table / "0002.csv", HEADERS[table], rows)


def _people_and_prices(book: Book) -> None:
    for advisor in (
        ["A2", "Ada", "South"],  # as A1 is called
        ["A3", MARKUP, "*Team* $1 [x](y) $2"],
        ["A4", "Teamless", ""],
        ["A5", "Idle", "Idle team"],  # nobody's advisor
        ["A6", FORMULA, "North"],
    ):
        book.add("advisors", *advisor)
    for client_id, name in (("C2", MARKUP), ("C3", FORMULA), ("C4", MINUS)):
        book.add("clients", client_id, name)
    book.unprice("EQ", DAYS)
    for place, day in enumerate(DAYS):
        book.add("prices", "EQ", day, f"{100 + (place % 7) * 1.55:.2f}")
    book.add("securities", "EQ2", MARKUP, "Equity", "Health *Care*")
    book.price("EQ2", DAYS, "20.1234")
    for security_id, asset_class, days in (
        ("GLD", "Gold", DAYS),
        ("STALE", "Equity", DAYS[:-3]),  # three days old
        ("DEAD", "Bonds", DAYS[:-12]),  # too old to be a price
        ("GAP", "Bonds", DAYS[:8] + DAYS[22:]),
    ):
        book.security(security_id, asset_class)
        book.price(security_id, days, "10")
    book.security("JUMP", "Equity")
    book.price("JUMP", DAYS[:12], "30")
    book.price("JUMP", DAYS[12:], "14.50")


def _quantities(number: int) -> dict[str, str]:
    """Around its targets, each a little differently."""
    equity, bonds, cash = {
        "Conservative": (350, 1100, 10000),
        "Moderate": (600, 700, 5000),
        "Aggressive": (800, 300, 5000),
    }[_PROFILES[number % 3]]
    return {
        "EQ": str(equity - 60 + number * 2),
        "BD": str(bonds - number),
        "CASH": str(cash + number * 10),
        **({"EQ2": str(number)} if number % 5 == 0 else {}),
        **({"GLD": "50"} if number % 11 == 0 else {}),
        **({"STALE": "30.5"} if number % 13 == 0 else {}),
        **({"JUMP": "40"} if number % 17 == 0 else {}),
    }


def _ordinary(book: Book, number: int) -> None:
    portfolio_id = f"P{number:02}"
    advisor_id = f"A{(1, 2, 3, 4, 6)[number % 5]}"
    name = {7: MARKUP, 8: FORMULA}.get(number, f"Portfolio {number}")
    book.add("portfolios", portfolio_id, name, f"C{1 + number % 4}", advisor_id, DAYS[0], "")
    book.add("risk_profile_assignments", portfolio_id, DAYS[0], _PROFILES[number % 3])
    book.snapshot(portfolio_id, DAYS[0], **_quantities(number))
    if number > 6:
        moved = {**_quantities(number), "EQ": str(int(_quantities(number)["EQ"]) - 20)}
        book.snapshot(portfolio_id, _LAST_SNAPSHOT, **moved)


def _special(book: Book) -> None:
    moderate = {"EQ": "600", "BD": "700", "CASH": "5000"}
    book.portfolio("CHANGED", "Moderate", **moderate)
    book.add("risk_profile_assignments", "CHANGED", NEW_PROFILE_FROM, "Aggressive")
    book.portfolio("CLOSED", "Moderate", closed=DAYS[30], **moderate)
    book.portfolio("LATER", "Moderate", closed="2024-12-31", **moderate)
    book.portfolio("YOUNG", "Moderate", opened=DAYS[-3], **moderate)
    book.portfolio("OVERDRAWN", "Aggressive", EQ="900", BD="300", CASH="-4321.55")
    book.portfolio("NOBONDS", "Conservative", EQ="600", CASH="60000")
    book.portfolio("GOLD", "Moderate", advisor_id="A3", GLD="5000", **moderate)
    book.portfolio("GAPS", "Moderate", advisor_id="A4", GAP="3500", EQ="600", CASH="5000")
    book.portfolio("UNPRICED", "Moderate", advisor_id="A2", DEAD="3500", EQ="600", CASH="5000")
    book.portfolio("ZERO", "Moderate", CASH="-5000")
    book.portfolio("NEVER", "Moderate", advisor_id="A3")
    book.portfolio("NOPROFILE", None, advisor_id="A4", **moderate)
    book.portfolio("R&D 1/2?", "Moderate", advisor_id="A6", **moderate)


def _rejected(book: Book, is_first: bool) -> None:
    rows = [
        *(("prices", f"U{number:02}", DAYS[3], "5") for number in range(53 if is_first else 57)),
        ("prices", "EQ", DAYS[5], "oops"),
        ("prices", "EQ2", SATURDAY, "1"),
        ("prices", "BD", DAYS[6], "0"),
        ("prices", "BD", DAYS[7], "1", "one field too many"),
        ("advisors", "", "Nobody", "North"),
        ("clients", "C9", "One"),
        ("clients", "C9", "Other"),
        ("holdings", "<b>*NOSUCH*</b>", DAYS[5], "EQ", "1"),
        ("portfolios", "LOST", "Lost", "C7", "A1", DAYS[0], ""),
        ("custodian_balances", "P01", DAYS[0], "N/A"),
    ]
    if not is_first:
        rows += [("holdings", "P05", DAYS[36], "EQ", "-7"), ("risk_profile_assignments", "P05", DAYS[3], "Bold")]
    for table, *fields in rows:
        book.add(table, *fields)


def landed_lines(landing: Path, source_file: str) -> list[str]:
    """The lines of a landed file; the first is line 1."""
    return (landing / source_file).read_text().splitlines()


def landed_fields(landing: Path, source_file: str, line: int) -> dict[str, str]:
    """The fields of one line of a landed CSV file, as they stand there."""
    lines = landed_lines(landing, source_file)
    return dict(zip(next(csv.reader(lines[:1])), next(csv.reader([lines[line - 1]])), strict=True))


def raw_row(text: str) -> dict[str, Any]:
    """A rejected row's fields."""
    fields: dict[str, Any] = json.loads(text)
    return fields
