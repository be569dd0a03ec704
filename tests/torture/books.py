"""A tiny book on two days, differing in every mart, and what each mart must hold, found without a guarded run."""

import csv
import functools
import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from project import copy_of_project

from scripts.simulator import SimulatorOptions, simulate
from tests.torture.campaign import side_by_side

Content = Mapping[str, str]  # by mart: a hash of its rows

_WHERE_LANDED = ("source_file", "source_line")

# rows that the policy of the second book has on top, so that the marts about policy differ too
_MORE_POLICY = {
    "asset_classes": ["Commodities,4,false"],
    "target_allocations": [
        "Moderate,2026-05-04,Equity,0.55",
        "Moderate,2026-05-04,Bonds,0.35",
        "Moderate,2026-05-04,Cash,0.05",
        "Moderate,2026-05-04,Commodities,0.05",
    ],
    "drift_policy": [
        "2026-05-04,Normal,0,0.02,No action,Stable",
        "2026-05-04,Watch,1,0.04,Monitor / review,Elevated",
        "2026-05-04,Rebalance Flag,2,,Recommend rebalance,High",
    ],
}

_QUESTIONS = (
    "select count(*), sum(market_value), sum(drift_score) from marts.fct_portfolio_daily",
    "select count(*), sum(market_value), sum(drift) from marts.fct_asset_class_daily",
    "select count(*), sum(market_value), sum(actual_weight) from marts.position_daily",
    "select count(*), sum(aum), max(as_of_date) from marts.drift_trend",
    "select portfolio_id, market_value, drift_score from marts.drift_monitor order by alert_rank",
)


@dataclass(frozen=True)
class Book:
    """A landing directory, the project (code and policy) that it is computed with, and what must come of it."""

    name: str
    project: Path
    landing: Path
    content: Content


def content_of(connection: duckdb.DuckDBPyConnection) -> Content:
    """A hash of each mart's rows, in plain Python; where a row landed (its file and line) is no content."""
    content = {}
    marts = connection.execute("select table_name from information_schema.tables where table_schema = 'marts'")
    for (mart,) in marts.fetchall():
        found = connection.execute(f'select * from marts."{mart}"')
        names = [column[0] for column in found.description or ()]
        kept = [number for number, name in enumerate(names) if not name.endswith(_WHERE_LANDED)]
        rows = sorted(repr([row[number] for number in kept]) for row in found.fetchall())
        content[mart] = hashlib.sha256("\n".join([repr(names), *rows]).encode()).hexdigest()
    return content


def answers_of(connection: duckdb.DuckDBPyConnection) -> str:
    """What a few marts answer to a quick question each: another answer for each book."""
    return repr([connection.execute(question).fetchall() for question in _QUESTIONS])


def content_of_file(database: Path) -> Content:
    """``content_of`` a database file. Raises duckdb.Error where it can't be read."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return content_of(connection)


@functools.cache
def two_books(folder: Path, seed: int) -> tuple[Book, Book]:
    """A book as delivered on one day and, new, on the next; made once, below ``folder``.

    The new one also has more policy and other names, so that no mart is as it was.
    """

    def made(is_new: bool) -> Book:
        name = "new" if is_new else "old"
        place = folder / name
        project = copy_of_project(place)
        landing = place / "landing"
        last_day = simulate(SimulatorOptions(portfolios=12, days=31, seed=seed), landing).last_day
        if is_new:
            _extend_policy(project)
            for table in ("advisors", "portfolios", "securities"):
                _rename_first(landing / f"{table}.csv")
        else:
            for table in ("prices", "holdings", "custodian_balances"):
                _leave_out(landing / f"{table}.csv", f",{last_day},")
        return Book(name, project, landing, _built_by_dbt_alone(project, place))

    old, new = side_by_side(made, [False, True])
    alike = sorted(mart for mart in old.content if old.content[mart] == new.content[mart])
    assert not alike, f"the two books must differ in every mart, and are equal in {alike}"
    return old, new


def without_portfolios(book: Book, share: float, landing: Path) -> Path:
    """The landing directory of ``book`` without a share of its portfolios, as if a file had come half."""
    landing.mkdir()
    with (book.landing / "portfolios.csv").open(newline="") as file:
        portfolios = sorted(row["portfolio_id"] for row in csv.DictReader(file))
    lost = set(portfolios[: round(len(portfolios) * share + 0.5)])
    for path in book.landing.glob("*.csv"):
        with path.open(newline="") as file, (landing / path.name).open("w", newline="") as kept:
            rows = csv.DictReader(file)
            writer = csv.DictWriter(kept, rows.fieldnames or [])
            writer.writeheader()
            writer.writerows(row for row in rows if row.get("portfolio_id") not in lost)
    return landing


def _extend_policy(project: Path) -> None:
    for table, lines in _MORE_POLICY.items():
        seed = project / "seeds" / "policy" / f"{table}.csv"
        seed.write_text(seed.read_text().rstrip("\n") + "\n" + "\n".join(lines) + "\n")


def _leave_out(table: Path, words: str) -> None:
    """The table without the lines that contain ``words``."""
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(line for line in lines if words not in line))


def _rename_first(table: Path) -> None:
    """Another name for the first row of a table of ids and names."""
    header, first, *others = table.read_text().splitlines()
    key, _, *rest = first.split(",")
    table.write_text("\n".join([header, ",".join([key, "Renamed", *rest]), *others]) + "\n")


def _built_by_dbt_alone(project: Path, folder: Path) -> Content:
    """What a bare ``dbt build``, without the guarded run around it, makes of the book."""
    database = folder / "bare.duckdb"
    environment = {
        **os.environ,
        "PORTFOLIO_DRIFT_DB": str(database),
        "PORTFOLIO_DRIFT_WAREHOUSE": str(folder),
        "PORTFOLIO_DRIFT_THREADS": "1",
    }
    built = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type", "unit_test"),
            *("--exclude-resource-type", "test", "--vars", f"landing: {folder / 'landing'}"),
        ],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, f"the book can't be built at all:\n{built.stdout}"
    return content_of_file(database)
