"""Random histories of a small book: what lands day by day, and what is corrected, withdrawn or decided anew."""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corner_sets.writing import HEADERS, trading_days, write_csv

Row = list[str]
DAYS = trading_days("2026-01-02", "2026-06-12")
SECURITIES = {"EQ1": "Equity", "EQ2": "Equity", "BD1": "Bonds", "BD2": "Bonds", "USD": "Cash"}
PORTFOLIOS = [f"P{number}" for number in range(1, 7)]
PROFILES = ("Conservative", "Moderate", "Aggressive")
_FIRST_LANDED = 8  # trading days


@dataclass
class History:
    """A landing directory, a policy folder and dbt vars that change step by step; ``told`` says what was done."""

    seed: int
    policy: dict[str, list[Row]]
    files: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    landed_days: int = 0
    drops: int = 0
    days_at_first: int = _FIRST_LANDED

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 (no secret hangs on it)
        self.removed: list[tuple[tuple[str, str], list[Row]]] = []
        self.before: list[tuple[tuple[str, str], list[Row]]] = []
        self._land_the_first_days()

    # what there is ---------------------------------------------------------------------------------------------------

    def write(self, landing: Path, policy: Path) -> None:
        """Write both as they stand now."""
        for old in landing.rglob("*.csv"):
            old.unlink()
        for (table, name), rows in self.files.items():
            write_csv(landing / table / f"{name}.csv", HEADERS[table], rows)
        for table, rows in self.policy.items():
            with (policy / f"{table}.csv").open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)

    def step(self) -> None:
        """Do one to three things to the book."""
        for _ in range(self.chance.randint(1, 3)):
            act = self.chance.choices(_ACTS, weights=[weight for _, weight in _WEIGHTED_ACTS])[0]
            self.told.append(act(self) or f"{act.__name__}: nothing to do it to")

    def _land_the_first_days(self) -> None:
        some = self.chance
        self.files["advisors", "all"] = [["A1", "Ann", "East"], ["A2", "Bob", ""]]
        self.files["clients", "all"] = [["C1", "Client 1"], ["C2", "Client 2"]]
        self.files["securities", "all"] = [[name, name, kind, ""] for name, kind in SECURITIES.items()]
        self.files["portfolios", "all"] = [
            [name, name, some.choice(["C1", "C2"]), some.choice(["A1", "A2"]), some.choice(DAYS[:3]), ""]
            for name in PORTFOLIOS
        ]
        self.files["risk_profile_assignments", "all"] = [
            [name, some.choice(["2020-01-01", DAYS[2]]), some.choice(PROFILES)] for name in PORTFOLIOS
        ]
        for _ in range(self.days_at_first):
            self.land_a_day()
        self.told.clear()

    # what can happen -------------------------------------------------------------------------------------------------

    def land_a_day(self) -> str | None:
        """The next trading day's prices, some snapshots and balances."""
        if self.landed_days == len(DAYS):
            return None
        day = DAYS[self.landed_days]
        self.landed_days += 1
        self._drop("prices", [[name, day, self._price(name)] for name in SECURITIES if self.chance.random() < 0.93])
        share = 0.8 if self.landed_days == 1 else 0.25
        holders = [name for name in PORTFOLIOS if self.chance.random() < share]
        self._drop("holdings", [row for name in holders for row in self._snapshot(name, day)])
        self._drop("custodian_balances", [[name, day, "10000.00"] for name in holders[:2]])
        return f"{day} lands"

    def land_two_days_at_once(self) -> str | None:
        """As after a holiday of the operator."""
        return self.land_a_day() and self.land_a_day()

    def send_a_late_snapshot(self) -> str:
        """A snapshot of a day long landed, also of a day that is no trading day."""
        name, day = self.chance.choice(PORTFOLIOS), self.chance.choice([*self._landed(), "2026-01-10", "2026-01-19"])
        self._drop("holdings", self._snapshot(name, day))
        return f"snapshot of {name}, {day}, arrives late"

    def send_a_late_price(self) -> str:
        """A price that was missing, or a correction in a later file."""
        name, day = self.chance.choice(list(SECURITIES)), self.chance.choice(self._landed())
        self._drop("prices", [[name, day, self._price(name)]])
        return f"price of {name}, {day}, arrives late"

    def resend_a_file(self) -> str | None:
        """The same rows again, in a later file or under the same name in another order."""
        key = self._some_file()
        if key is None:
            return None
        rows = list(self.files[key])
        self.chance.shuffle(rows)
        if self.chance.random() < 0.5:
            self._drop(key[0], rows)
        else:
            self.files[key] = rows
        return f"{key} is sent again"

    def split_a_file(self) -> str | None:
        """Half of its rows in a file of their own, right after it."""
        key = self._some_file()
        if key is None or len(self.files[key]) < 2:
            return None
        rows = self.files[key]
        half = self.chance.randint(1, len(rows) - 1)
        self.files[key], self.files[key[0], f"{key[1]}b"] = rows[:half], rows[half:]
        return f"{key} is split"

    def merge_the_files_of_a_table(self) -> str:
        """All drops so far in one file, superseded rows left out or not."""
        table = self.chance.choice(["prices", "holdings"])
        keys = sorted(key for key in self.files if key[0] == table)
        rows = [row for key in keys for row in self.files.pop(key)]
        latest = {tuple(row[:-1]): row for row in rows}
        self.files[table, "0000"] = list(latest.values())
        return f"{table} come in one file"

    def withdraw_a_file(self) -> str | None:
        """What it held no longer counts."""
        key = self._some_file()
        if key is None or len([other for other in self.files if other[0] == key[0]]) < 3:
            return None
        self.removed.append((key, self.files.pop(key)))
        return f"{key} is withdrawn"

    def bring_a_file_back(self) -> str | None:
        """A withdrawn file is there again."""
        if not self.removed:
            return None
        key, rows = self.removed.pop()
        self.files.setdefault(key, rows)
        return f"{key} is back"

    def withdraw_a_row(self) -> str | None:
        """One row is gone from its file."""
        key = self._some_file()
        if key is None or len(self.files[key]) < 2:
            return None
        self._remember(key)
        row = self.files[key].pop(self.chance.randrange(len(self.files[key])))
        return f"{row} is withdrawn from {key}"

    def correct_a_row(self) -> str | None:
        """The number in it is another, or none."""
        key = self._some_file()
        if key is None or not self.files[key]:
            return None
        self._remember(key)
        row = self.chance.choice(self.files[key])
        row[-1] = self.chance.choice([f"{self.chance.uniform(0.5, 400):.2f}", "0", "-5", "n/a", row[-1] + "0"])
        return f"{row} is corrected in {key}"

    def correct_it_back(self) -> str | None:
        """The last corrected file is what it was."""
        if not self.before:
            return None
        key, rows = self.before.pop()
        self.files[key] = rows
        return f"{key} is corrected back"

    def assign_another_profile(self) -> str:
        """From some day on, or an assignment that was there is changed."""
        name, day = self.chance.choice(PORTFOLIOS), self.chance.choice(["2020-01-01", *self._landed()])
        self._drop("risk_profile_assignments", [[name, day, self.chance.choice([*PROFILES, "unheard of"])]])
        return f"{name} has another profile from {day}"

    def change_a_portfolio(self) -> str:
        """It is closed or opened again, has another advisor, or one that nobody knows."""
        row = self.chance.choice(self.files["portfolios", "all"])
        if self.chance.random() < 0.5:
            row[5] = self.chance.choice(["", *self._landed()[2:]])
        else:
            row[3] = self.chance.choice(["A1", "A2", "A1", "A2", "A9"])
        return f"{row} is the portfolio now"

    def change_a_security(self) -> str:
        """Its class is another, or one that policy does not know."""
        row = self.chance.choice(self.files["securities", "all"][:4])
        row[2] = self.chance.choice(["Equity", "Bonds", "Equity", "Bonds", "Art"])
        return f"{row} is the security now"

    def rename_an_advisor(self) -> str:
        """A name in a dimension, and in the reports that show it."""
        row = self.chance.choice(self.files["advisors", "all"])
        row[1] = self.chance.choice(["Ann", "Bob", "Cleo"])
        return f"{row} is the advisor now"

    def change_the_targets(self) -> str:
        """A new set from some day on, or other weights in the first one."""
        profile, day = self.chance.choice(PROFILES), self.chance.choice(["2000-01-01", *self._landed()])
        equity = self.chance.choice(["0.20", "0.40", "0.70"])
        rest = f"{0.95 - float(equity):.2f}"
        kept = [row for row in self.policy["target_allocations"] if row[:2] != [profile, day]]
        new = [[profile, day, "Equity", equity], [profile, day, "Bonds", rest], [profile, day, "Cash", "0.05"]]
        self.policy["target_allocations"] = [*kept, *new]
        return f"{profile} has other targets from {day}: equity {equity}"

    def change_the_bands(self) -> str:
        """Another set from some day on, or other limits in the first one."""
        day, limit = self.chance.choice(["2000-01-01", *self._landed()]), self.chance.choice(["0.02", "0.04", "0.08"])
        kept = [row for row in self.policy["drift_policy"] if row[0] != day]
        words = self.chance.choice(["Monitor / review", "Call the client"])
        new = [
            [day, "Normal", "0", limit, "No action", "Stable"],
            [day, "Watch", "1", "0.10", words, "Elevated"],
            [day, "Rebalance Flag", "2", "", "Recommend rebalance", "High"],
        ]
        self.policy["drift_policy"] = [*kept, *new]
        return f"other bands from {day}: {limit}"

    def reorder_the_classes(self) -> str:
        """Of classes that drift alike, another one is named."""
        for row in self.policy["asset_classes"][1:]:
            row[1] = str(4 - int(row[1]))
        return "asset classes are reordered"

    def change_the_calendar(self) -> str:
        """A day that was a trading day is none, or is one again; or a Saturday becomes one."""
        day = self.chance.choice([*self._landed()[1:], "2026-01-10"])
        rows = self.policy["trading_calendar"]
        self.policy["trading_calendar"] = (
            [row for row in rows if row != [day]] if [day] in rows else [rows[0], *sorted([*rows[1:], [day]])]
        )
        return f"{day} is a trading day or not"

    def ask_for_another_day(self) -> str:
        """The as-of date goes back, or is the last one again."""
        self.variables["as_of_date"] = self.chance.choice(["", "", *self._landed()[2:]])
        return f"as of {self.variables['as_of_date'] or 'the last day'}"

    # small help ------------------------------------------------------------------------------------------------------

    def _drop(self, table: str, rows: list[Row]) -> None:
        self.drops += 1
        if rows:
            self.files[table, f"{self.drops:04}"] = rows

    def _landed(self) -> list[str]:
        return DAYS[: self.landed_days]

    def _price(self, security: str) -> str:
        return "1" if security == "USD" else f"{self.chance.uniform(20, 60):.2f}"

    def _snapshot(self, portfolio: str, day: str) -> list[Row]:
        held = [name for name in SECURITIES if self.chance.random() < 0.8] or ["USD"]
        return [[portfolio, day, name, f"{self.chance.uniform(-3 if name == 'USD' else 1, 90):.3f}"] for name in held]

    def _some_file(self) -> tuple[str, str] | None:
        keys = sorted(key for key in self.files if key[0] in ("prices", "holdings", "custodian_balances"))
        return self.chance.choice(keys) if keys else None

    def _remember(self, key: tuple[str, str]) -> None:
        self.before.append((key, [list(row) for row in self.files[key]]))


_WEIGHTED_ACTS: list[tuple[Callable[[History], str | None], int]] = [
    (History.land_a_day, 8),
    (History.land_two_days_at_once, 2),
    (History.send_a_late_snapshot, 4),
    (History.send_a_late_price, 4),
    (History.resend_a_file, 3),
    (History.split_a_file, 2),
    (History.merge_the_files_of_a_table, 1),
    (History.withdraw_a_file, 2),
    (History.bring_a_file_back, 2),
    (History.withdraw_a_row, 3),
    (History.correct_a_row, 4),
    (History.correct_it_back, 3),
    (History.assign_another_profile, 2),
    (History.change_a_portfolio, 2),
    (History.change_a_security, 1),
    (History.rename_an_advisor, 1),
    (History.change_the_targets, 1),
    (History.change_the_bands, 1),
    (History.reorder_the_classes, 1),
    (History.change_the_calendar, 1),
    (History.ask_for_another_day, 1),
]
_ACTS = [act for act, _ in _WEIGHTED_ACTS]


def policy_in(folder: Path) -> dict[str, list[Row]]:
    """The policy tables that a history changes, header first."""
    names = ("target_allocations", "drift_policy", "asset_classes", "trading_calendar", "risk_score_policy")
    return {name: list(_rows(folder / f"{name}.csv")) for name in names}


def _rows(path: Path) -> Iterator[Row]:
    with path.open(newline="") as file:
        yield from csv.reader(file)
