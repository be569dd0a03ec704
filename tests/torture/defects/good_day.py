"""A good day: a simulated book as it had landed by the day before, and what today's delivery adds to it.

The rows are text by column, file by file, to be spoilt at will before they are written. Two kinds of day are made: a
month's end, when the custodian confirms every portfolio's positions and value, and a Friday in mid-month, when nobody
does.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator import SimulatorOptions, simulate
from scripts.simulator.days import all_sessions, trading_days
from scripts.simulator.text import csv_bytes
from scripts.simulator.universe import UNIVERSE

PORTFOLIOS, DAYS = 60, 60
DROPPED = ("prices", "holdings", "custodian_balances")  # delivered in daily drops; the other tables come whole
CASH = frozenset(security.security_id for security in UNIVERSE if security.asset_class == "Cash")

Row = dict[str, str]


@dataclass
class Landing:
    """The files of a landing folder: rows by file name, and what is done to a file's bytes once it is written."""

    files: dict[str, list[Row]]
    damage: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of all files of ``table``."""
        for name, rows in self.files.items():
            if table_of(name) == table:
                yield from rows

    def copy(self) -> "Landing":
        """The same rows, to be changed without harm to these."""
        return Landing({name: [dict(row) for row in rows] for name, rows in self.files.items()}, dict(self.damage))

    def write(self, folder: Path) -> Path:
        """Write every file below ``folder``; returns it."""
        for name, rows in self.files.items():
            columns = LANDING_TABLES[table_of(name)].columns
            content = csv_bytes([columns, *([row[column] for column in columns] for row in rows)])
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.damage.get(name, bytes)(content))
        return folder


@dataclass(frozen=True)
class GoodDay:
    """A clean book: which one, its days, and its landing folder of today."""

    options: SimulatorOptions
    sessions: tuple[str, ...]
    landing: Landing

    @property
    def today(self) -> str:
        """The day that is delivered."""
        return self.sessions[-1]

    @property
    def yesterday(self) -> str:
        """The trading day before it."""
        return self.sessions[-2]

    def landing_of_yesterday(self) -> Landing:
        """The landing folder before today's drops came."""
        files = self.landing.copy().files
        return Landing({name: rows for name, rows in files.items() if not name.endswith(f"/{self.today}.csv")})


def month_end(seed: int, chance: Random, folder: Path) -> GoodDay:
    """The last trading day of a month, when a snapshot of every open portfolio comes, as the custodian values it."""
    sessions = recent_sessions()
    months = sessions.astype("datetime64[M]")
    good = _good_day(seed, chance.choice(sessions[:-1][months[:-1] != months[1:]]), folder)
    drop = good.landing.files[f"holdings/{good.today}.csv"]
    confirmed = {row["portfolio_id"] for row in drop}
    for portfolio, snapshot in snapshots_in_force(good.landing).items():
        if portfolio not in confirmed:
            drop += [{**row, "snapshot_date": good.today} for row in snapshot]
    drop.sort(key=lambda row: (row["portfolio_id"], row["security_id"]))
    return good


def mid_month(seed: int, chance: Random, folder: Path) -> GoodDay:
    """A Friday away from the month's end, the day before and the Monday after it trading days too."""
    sessions = recent_sessions()
    before, inner, after = sessions[:-2], sessions[1:-1], sessions[2:]
    is_friday = (inner - before == np.timedelta64(1, "D")) & (after - inner == np.timedelta64(3, "D"))
    day_of_month = (inner - inner.astype("datetime64[M]")).astype(int) + 1
    return _good_day(seed, chance.choice(inner[is_friday & (day_of_month >= 8) & (day_of_month <= 22)]), folder)


def snapshots_in_force(landing: Landing) -> dict[str, list[Row]]:
    """The latest snapshot of each portfolio that is not closed."""
    closed = {row["portfolio_id"] for row in landing.rows("portfolios") if row["closed_date"]}
    latest: dict[str, list[Row]] = defaultdict(list)
    for row in landing.rows("holdings"):
        mine = latest[row["portfolio_id"]]
        if mine and mine[0]["snapshot_date"] < row["snapshot_date"]:
            mine.clear()
        if not mine or mine[0]["snapshot_date"] == row["snapshot_date"]:
            mine.append(row)
    return {portfolio: rows for portfolio, rows in sorted(latest.items()) if portfolio not in closed}


def table_of(file: str) -> str:
    """The table that a file of the landing folder belongs to."""
    return file.split("/", maxsplit=1)[0].removesuffix(".csv")


def number(text: str, by: str | int = 1) -> str:
    """``text`` times ``by``, as plain text."""
    return f"{Decimal(text) * Decimal(by):f}"


def recent_sessions() -> npt.NDArray[np.datetime64]:
    """The trading days of a few recent years, from which days are chosen."""
    sessions = all_sessions()
    return sessions[(sessions >= np.datetime64("2021-06-01")) & (sessions < np.datetime64("2026-07-01"))]


def simulated(options: SimulatorOptions, folder: Path) -> dict[str, list[Row]]:
    """The rows of a simulated book by table; the files are written into ``folder``."""
    simulate(options, folder)
    tables = {}
    for table in LANDING_TABLES:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[table] = list(csv.DictReader(file))
    return tables


def day_of(table: str, row: Row) -> str:
    """The day that a row of a table in DROPPED is of."""
    return row[LANDING_TABLES[table].key[1]]


def _good_day(seed: int, end: np.datetime64, folder: Path) -> GoodDay:
    options = SimulatorOptions(portfolios=PORTFOLIOS, days=DAYS, seed=seed, end=date.fromisoformat(str(end)))
    sessions = tuple(trading_days(DAYS, options.end).sessions.astype(str).tolist())
    files: dict[str, list[Row]] = {}
    for table, rows in simulated(options, folder).items():
        if table in DROPPED:
            files[f"{table}/{sessions[-2]}.csv"] = [row for row in rows if day_of(table, row) < sessions[-1]]
            files[f"{table}/{sessions[-1]}.csv"] = [row for row in rows if day_of(table, row) == sessions[-1]]
        else:
            files[f"{table}.csv"] = rows
    return GoodDay(options, sessions, Landing(files))
