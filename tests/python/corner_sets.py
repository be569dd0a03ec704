"""Small landing directories built for the corners of the data contract, to compare a build with the oracle.

`CORNERS`, `POLICY_CORNERS` (they bring a policy folder of their own), `REFUSED` (they must not build, and the message
must contain the fragments given) and `random_set(seed, root)`. `VARS` has the dbt vars that a set is to be built with.
All are to be built with max_rejected_share 1.
"""

import csv
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import exchange_calendars
import pyarrow as pa
import pyarrow.parquet as pq

Builder = Callable[[Path], Path]

HEADERS: dict[str, list[str]] = {
    "advisors": ["advisor_id", "advisor_name", "team"],
    "clients": ["client_id", "client_name"],
    "portfolios": ["portfolio_id", "portfolio_name", "client_id", "advisor_id", "inception_date", "closed_date"],
    "risk_profile_assignments": ["portfolio_id", "effective_date", "risk_profile"],
    "securities": ["security_id", "security_name", "asset_class", "sector"],
    "prices": ["security_id", "price_date", "close_price"],
    "holdings": ["portfolio_id", "snapshot_date", "security_id", "quantity"],
    "custodian_balances": ["portfolio_id", "balance_date", "market_value"],
}


@cache
def all_trading_days() -> tuple[date, ...]:
    """New York Stock Exchange trading days, 2000 to 2035."""
    calendar = exchange_calendars.get_calendar("XNYS", start="2000-01-01", end="2035-12-31")
    return tuple(session.date() for session in calendar.sessions)


def trading_days(first: str, last: str) -> list[str]:
    return [str(day) for day in all_trading_days() if first <= str(day) <= last]


# 2024-01-02 (a Tuesday) to 2024-01-31, 21 days; the 15th is a holiday, 6/7, 13/14, 20/21, 27/28 are weekends
DAYS = trading_days("2024-01-02", "2024-01-31")
SATURDAY, SUNDAY, HOLIDAY = "2024-01-06", "2024-01-07", "2024-01-15"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], line_end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], line_end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_text(header, rows, line_end).encode())


def write_parquet(path: Path, columns: Mapping[str, object]) -> None:
    """Columns are pyarrow arrays, or lists from which the type is inferred."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path)


def write_parquet_text(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    write_parquet(path, {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(header)})


# --- policy -------------------------------------------------------------------------------------------------

ASSET_CLASSES = [["Equity", "1", "false"], ["Bonds", "2", "false"], ["Cash", "3", "true"]]
TARGETS = [
    [profile, "2000-01-01", asset_class, weight]
    for profile, weights in {
        "Conservative": ("0.35", "0.55", "0.10"),
        "Moderate": ("0.60", "0.35", "0.05"),
        "Aggressive": ("0.80", "0.15", "0.05"),
    }.items()
    for asset_class, weight in zip(("Equity", "Bonds", "Cash"), weights, strict=True)
]
BANDS = [
    ["2000-01-01", "Normal", "0", "0.03", "No action", "Stable"],
    ["2000-01-01", "Watch", "1", "0.05", "Monitor / review", "Elevated"],
    ["2000-01-01", "Rebalance Flag", "2", "", "Recommend rebalance", "High"],
]


def write_policy(
    folder: Path,
    asset_classes: list[list[str]] = ASSET_CLASSES,
    targets: list[list[str]] = TARGETS,
    bands: list[list[str]] = BANDS,
) -> Path:
    """A seeds/policy folder; by default with the numbers of the contract."""
    write_csv(folder / "asset_classes.csv", ["asset_class", "display_order", "allows_negative"], asset_classes)
    write_csv(
        folder / "target_allocations.csv", ["risk_profile", "effective_date", "asset_class", "target_weight"], targets
    )
    write_csv(
        folder / "drift_policy.csv",
        ["effective_date", "drift_status", "severity", "max_drift", "action", "risk_level"],
        bands,
    )
    write_csv(folder / "trading_calendar.csv", ["trading_date"], [[str(day)] for day in all_trading_days()])
    return folder


# --- a small clean book, to be bent -------------------------------------------------------------------------


@dataclass
class Book:
    """An advisor A1, a client C1, EQ at 100, BD at 50 and CASH at 1 on each day; portfolios are added by a set."""

    days: list[str] = field(default_factory=lambda: list(DAYS))
    rows: dict[str, list[list[str]]] = field(default_factory=lambda: {table: [] for table in HEADERS})

    def __post_init__(self) -> None:
        self.add("advisors", "A1", "Ada", "North")
        self.add("clients", "C1", "Client One")
        for security_id, asset_class, price in (("EQ", "Equity", "100"), ("BD", "Bonds", "50"), ("CASH", "Cash", "1")):
            self.security(security_id, asset_class, price)

    def add(self, table: str, *fields: str) -> None:
        self.rows[table].append(list(fields))

    def security(self, security_id: str, asset_class: str, price: str | None = None) -> None:
        self.add("securities", security_id, f"{security_id} name", asset_class, "")
        if price is not None:
            self.price(security_id, self.days, price)

    def price(self, security_id: str, days: Iterable[str], price: str) -> None:
        for day in days:
            self.add("prices", security_id, day, price)

    def unprice(self, security_id: str, days: Iterable[str]) -> None:
        gone = {(security_id, day) for day in days}
        self.rows["prices"] = [row for row in self.rows["prices"] if (row[0], row[1]) not in gone]

    def snapshot(self, portfolio_id: str, day: str, **quantities: str) -> None:
        for security_id, quantity in quantities.items():
            self.add("holdings", portfolio_id, day, security_id, quantity)

    def portfolio(
        self,
        portfolio_id: str,
        profile: str | None = "Moderate",
        opened: str = DAYS[0],
        closed: str = "",
        advisor_id: str = "A1",
        **quantities: str,
    ) -> None:
        self.add("portfolios", portfolio_id, f"{portfolio_id} name", "C1", advisor_id, opened, closed)
        if profile is not None:
            self.add("risk_profile_assignments", portfolio_id, opened, profile)
        self.snapshot(portfolio_id, opened, **quantities)

    def on_target(self, portfolio_id: str, opened: str = DAYS[0], closed: str = "", advisor_id: str = "A1") -> None:
        """A Moderate portfolio of 100,000: 60,000 equity, 35,000 bonds, 5,000 cash."""
        self.portfolio(portfolio_id, "Moderate", opened, closed, advisor_id, **ON_TARGET)

    def write(self, root: Path, without: Sequence[str] = ()) -> Path:
        for table, header in HEADERS.items():
            if table not in without:
                write_csv(root / f"{table}.csv", header, self.rows[table])
        return root


ON_TARGET = {"EQ": "600", "BD": "700", "CASH": "5000"}

CORNERS: dict[str, Builder] = {}
VARS: dict[str, dict[str, str | int]] = {}


def corner(**dbt_vars: str | int) -> Callable[[Builder], Builder]:
    def register(build: Builder) -> Builder:
        name = build.__name__.removeprefix("corner_")
        CORNERS[name] = build
        if dbt_vars:
            VARS[name] = dbt_vars
        return build

    return register


@corner()
def corner_clean(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.add("custodian_balances", "P1", DAYS[-1], "100000.00")
    return book.write(root)


# --- drift and status ---------------------------------------------------------------------------------------


@corner()
def corner_band_edges(root: Path) -> Path:
    """Exactly 3 % and 5 %, one step of 1e-10 to each side, and a weight that rounds onto the edge; both directions."""
    book = Book()
    number = 0
    # of 100,000,000.00, where a cent is a weight of 1e-10: equity at 60 % + shift, bonds at 35 % - shift
    for shift_cents in (300_000_000, 500_000_000):
        for step in (-1, 0, 1):
            for sign in (1, -1):
                number += 1
                shift = sign * Decimal(shift_cents + step) / 100
                book.portfolio(
                    f"P{number:02}",
                    EQ=str((60_000_000 + shift) / 100),
                    BD=str((35_000_000 - shift) / 50),
                    CASH="5000000",
                )
    # of 1,000,000,000.00, where a cent is 1e-11: 63.00000000_4 % rounds onto the edge, _5 away from it
    for cents in ("04", "05", "06"):
        number += 1
        book.security(f"E{cents}", "Equity", f"0.{cents}")
        book.portfolio(f"P{number:02}", EQ="6300000", BD="6400000", CASH=f"{50_000_000 - Decimal(f'0.{cents}')}")
        book.add("holdings", f"P{number:02}", DAYS[0], f"E{cents}", "1")
    return book.write(root)


@corner()
def corner_class_ties(root: Path) -> Path:
    book = Book()
    book.portfolio("P1", EQ="620", BD="660", CASH="5000")  # equity +2 %, bonds -2 %
    book.portfolio("P2", EQ="600", BD="660", CASH="7000")  # bonds -2 %, cash +2 %
    book.portfolio("P3", EQ="580", BD="700", CASH="7000")  # equity -2 %, cash +2 %
    book.portfolio("P4", EQ="600", BD="700", CASH="5000")  # all zero
    return book.write(root)


@corner()
def corner_class_missing(root: Path) -> Path:
    book = Book()
    book.portfolio("P1", EQ="600", CASH="5000")
    book.portfolio("P2", CASH="5000")
    book.portfolio("P3", EQ="1")
    book.portfolio("P4", EQ="0", BD="0", CASH="1")
    book.portfolio("P5", "Conservative", BD="700")
    return book.write(root)


@corner()
def corner_days_in_status(root: Path) -> Path:
    """Status changes, changes back, and an unvalued gap in the middle of a run."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", EQ="640", BD="620", CASH="5000")
    book.unprice("EQ", DAYS)
    for number, day in enumerate(DAYS):
        if not 4 <= number <= 12:  # 9 days without a price: 5 carried, 4 unvalued
            book.add("prices", "EQ", day, "100" if number < 15 or number == 18 else "150")
    book.rows["risk_profile_assignments"].append(["P2", DAYS[14], "Aggressive"])
    return book.write(root)


@corner()
def corner_rank_ties(root: Path) -> Path:
    """Equal severity; then equal drift; then equal value: the portfolio id decides, as bytes."""
    book = Book()
    for portfolio_id in ("p1", "P10", "P2", "É1", "_1", "Z"):
        book.portfolio(portfolio_id, EQ="700", BD="500", CASH="5000")
    book.portfolio("BIG", EQ="1400", BD="1000", CASH="10000")
    book.portfolio("WATCH", EQ="645", BD="610", CASH="5000")
    book.portfolio("MORE", EQ="701", BD="498", CASH="5000")
    return book.write(root)


@corner()
def corner_five_days_ago(root: Path) -> Path:
    """Five trading days before the latest valued day: no row yet, no value then, the first day, a gap."""
    book = Book()
    book.portfolio("FIVE", opened=DAYS[-6], EQ="600", BD="700", CASH="5000")
    book.portfolio("FOUR", opened=DAYS[-5], EQ="600", BD="700", CASH="5000")
    book.portfolio("LATE", None, EQ="600", BD="700", CASH="5000")
    book.add("risk_profile_assignments", "LATE", DAYS[-6], "Moderate")
    book.portfolio("LATER", None, EQ="600", BD="700", CASH="5000")
    book.add("risk_profile_assignments", "LATER", DAYS[-5], "Moderate")
    book.security("X", "Equity")
    book.price("X", DAYS[:10], "20")
    book.portfolio("GONE", EQ="600", BD="700", CASH="5000", X="10")
    for number, day in enumerate(DAYS):
        for row in book.rows["prices"]:
            if row[:2] == ["EQ", day]:
                row[2] = str(100 + number)
    return book.write(root)


# --- snapshots and days -------------------------------------------------------------------------------------


@corner()
def corner_snapshot_days(root: Path) -> Path:
    """Snapshots on a weekend, on a holiday, on the first of January, before the prices, after the as-of date."""
    book = Book()
    book.on_target("P1", opened=SATURDAY)
    book.on_target("P2", opened=HOLIDAY)
    book.on_target("P3", opened="2024-01-01")
    book.on_target("P4", opened="2023-12-29")
    book.on_target("P5", opened="2024-02-01")
    book.on_target("P6")
    book.snapshot("P6", SATURDAY, EQ="650", BD="600")
    book.snapshot("P6", SUNDAY, EQ="660", BD="600")
    book.snapshot("P6", HOLIDAY, EQ="670", BD="600")
    book.snapshot("P6", DAYS[-1], EQ="680", BD="600")
    book.snapshot("P6", "2024-02-01", EQ="690", BD="600")
    book.on_target("P7", opened="1995-05-05")
    return book.write(root)


@corner()
def corner_sold_and_bought_back(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", DAYS[5], EQ="600", CASH="40000")
    book.snapshot("P1", DAYS[6], BD="1400", CASH="5000")
    book.snapshot("P1", DAYS[7], **ON_TARGET)
    return book.write(root)


@corner()
def corner_profile_changes(root: Path) -> Path:
    """Back and forth, twice the same, on a weekend, before the history, in the future, none at first."""
    book = Book()
    for number in range(1, 6):
        book.portfolio(f"P{number}", None, **ON_TARGET)
    for portfolio_id, day, profile in (
        ("P1", DAYS[0], "Moderate"),
        ("P1", DAYS[5], "Aggressive"),
        ("P1", DAYS[9], "Moderate"),
        ("P2", "2020-02-30", "Moderate"),
        ("P2", "2020-02-28", "Moderate"),
        ("P2", DAYS[3], "Moderate"),
        ("P2", SATURDAY, "Conservative"),
        ("P2", DAYS[10], "Conservative"),
        ("P3", DAYS[4], "Aggressive"),
        ("P4", "2024-02-01", "Aggressive"),
        ("P5", DAYS[0], "Moderate"),
        ("P5", "2024-02-01", "Aggressive"),
    ):
        book.add("risk_profile_assignments", portfolio_id, day, profile)
    return book.write(root)


@corner()
def corner_closed_portfolios(root: Path) -> Path:
    book = Book()
    book.on_target("OPEN")
    book.on_target("FIRST", closed=DAYS[0])
    book.on_target("SECOND", closed=DAYS[1])
    book.on_target("MID", closed=DAYS[9])
    book.on_target("WEEKEND", closed=SATURDAY)
    book.on_target("ASOF", closed=DAYS[-1])
    book.on_target("AFTER", closed="2024-02-01")
    book.on_target("NEVER", closed="9999-12-31")
    book.on_target("BEFORE", opened=DAYS[5], closed=DAYS[2])
    book.on_target("RESNAP", closed=DAYS[9])
    book.snapshot("RESNAP", DAYS[12], EQ="1")
    book.portfolio("LATESNAP", closed=DAYS[3])
    book.snapshot("LATESNAP", DAYS[5], **ON_TARGET)
    return book.write(root)


@corner()
def corner_open_without_value(root: Path) -> Path:
    """No holdings, no profile, profile or inception in the future, snapshot before inception; an idle advisor."""
    book = Book()
    book.add("advisors", "A2", "Bea", "")
    book.add("advisors", "A3", "Idle", "South")
    book.on_target("P0")
    book.portfolio("NOHOLD", advisor_id="A2")
    book.portfolio("NOPROF", None, **ON_TARGET)
    book.portfolio("NOTHING", None, advisor_id="A2", opened="2023-12-20")
    book.portfolio("FUTPROF", None, **ON_TARGET)
    book.add("risk_profile_assignments", "FUTPROF", "2024-02-01", "Moderate")
    book.portfolio("FUTURE", opened="2024-02-01")
    book.add("portfolios", "EARLY", "Early", "C1", "A2", DAYS[10], "")
    book.add("risk_profile_assignments", "EARLY", DAYS[10], "Moderate")
    book.snapshot("EARLY", DAYS[3], **ON_TARGET)
    book.add("portfolios", "LATESNAP", "Late", "C1", "A2", DAYS[2], "")
    book.add("risk_profile_assignments", "LATESNAP", DAYS[2], "Aggressive")
    book.snapshot("LATESNAP", DAYS[7], **ON_TARGET)
    return book.write(root)


@corner(max_snapshot_age_days=10)
def corner_snapshot_age(root: Path) -> Path:
    """Calendar days from the snapshot to the as-of date (2024-01-31): 10 is fresh, 11 is stale."""
    book = Book()
    book.on_target("P1", opened="2024-01-20")
    book.on_target("P2", opened="2024-01-21")
    book.on_target("P3", opened="2024-01-22")
    return book.write(root)


# --- prices -------------------------------------------------------------------------------------------------


@corner()
def corner_price_age(root: Path) -> Path:
    """Closes 1 to 5 trading days old are used, 6 not; over a holiday; two securities missing at once, in id order."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", EQ="600", BD="700", Z="10", b="10", CASH="5000")
    book.security("Z", "Equity", "10")
    book.security("b", "Equity", "10")
    book.unprice("EQ", DAYS[2:9])
    book.unprice("Z", DAYS[8:16])
    book.unprice("b", DAYS[9:16])
    book.unprice("BD", DAYS[-1:])
    return book.write(root)


@corner()
def corner_price_gap_over_holidays(root: Path) -> Path:
    """A last close before Christmas stays usable for 5 trading days, whatever the calendar days."""
    days = trading_days("2023-12-15", "2024-01-10")
    book = Book(days=days)
    book.on_target("P1", opened=days[0])
    book.unprice("EQ", days[5:])
    return book.write(root)


@corner(max_price_age_days=0)
def corner_price_of_the_day_only(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.unprice("EQ", [DAYS[3], DAYS[7]])
    return book.write(root)


@corner()
def corner_first_price_late(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.unprice("BD", DAYS[:4])
    book.security("NEVER", "Equity")
    book.portfolio("P2", EQ="1", NEVER="0")
    return book.write(root)


@corner()
def corner_mistyped_year(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.add("prices", "EQ", "2062-01-03", "100")  # beyond the calendar
    book.add("prices", "EQ", "2034-01-03", "100")  # a trading day
    book.add("prices", "EQ", "0202-01-03", "100")
    book.add("prices", "BD", SATURDAY, "50")
    return book.write(root)


@corner()
def corner_sparse_last_day(root: Path) -> Path:
    """Of 8 securities the last day has 3 prices, the one before 4, exactly half the median."""
    book = Book()
    for number in range(5):
        book.security(f"S{number}", "Equity", "10")
    book.on_target("P1")
    book.unprice("EQ", DAYS[-1:])
    for number in range(4):
        book.unprice(f"S{number}", DAYS[-2:])
    return book.write(root)


@corner()
def corner_median_of_two(root: Path) -> Path:
    """Two price dates with 3 and 1 prices: the median is 2, and 1 is half of it."""
    book = Book(days=DAYS[:2])
    book.on_target("P1")
    book.unprice("EQ", DAYS[1:2])
    book.unprice("CASH", DAYS[1:2])
    return book.write(root)


@corner()
def corner_rejected_prices_do_not_date(root: Path) -> Path:
    """Rejected prices count neither for the as-of date nor for the median."""
    book = Book()
    book.on_target("P1")
    for number in range(9):
        book.add("prices", f"UNKNOWN{number}", "2024-02-01", "10")
    book.add("prices", "EQ", "2024-02-01", "0")
    book.add("prices", "BD", "2024-02-01", "-1")
    book.add("prices", "CASH", "2024-02-01", "1")
    return book.write(root)


@corner(as_of_date="2024-01-21")
def corner_as_of_a_sunday(root: Path) -> Path:
    """The last trading day before: Friday the 19th; later prices are rejected, later snapshots wait."""
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", "2024-01-20", EQ="1")
    book.on_target("P2", opened="2024-01-20")
    book.on_target("P3", closed="2024-01-20")
    book.add("custodian_balances", "P1", "2024-01-20", "100000")
    book.add("custodian_balances", "P1", "2024-01-22", "100000")
    return book.write(root)


@corner(as_of_date="2024-02-09")
def corner_as_of_after_the_prices(root: Path) -> Path:
    """Seven trading days after the last price: 5 days carried, 2 unpriced."""
    book = Book()
    book.on_target("P1")
    return book.write(root)


# --- money and weights --------------------------------------------------------------------------------------


@corner()
def corner_overdrawn(root: Path) -> Path:
    """Weights beyond 1, at the limit of DECIMAL(18,10) and over it; total zero and negative."""
    book = Book()
    book.portfolio("P1", EQ="2000", CASH="-100000")
    book.portfolio("FITS", EQ="9999.9999", CASH="-999999.98")  # 999,999.99 of 0.01: weight 99,999,999
    book.portfolio("BEYOND", EQ="10000", CASH="-999999.99")  # weight 100,000,000
    book.portfolio("SIGNED", "Conservative", EQ="600000.0097", BD="800000", CASH="-99999999.97")  # only the drift is
    book.portfolio("ZERO", EQ="10", CASH="-1000")
    book.portfolio("CENT", EQ="10", CASH="-999.99")
    book.portfolio("DEBT", EQ="10", CASH="-1000.01")
    book.portfolio("ONLYDEBT", CASH="-1")
    book.portfolio("EMPTY", EQ="0")
    book.portfolio("DUST", CASH="0.004999")
    return book.write(root)


@corner()
def corner_position_weight_beyond(root: Path) -> Path:
    """Every class weight fits and a position's does not: read here as no_market_value."""
    book = Book()
    book.security("LOAN", "Cash", "1")
    book.portfolio("P1", CASH="200000000", LOAN="-199999999")
    book.on_target("P2")
    return book.write(root)


@corner()
def corner_weight_ties(root: Path) -> Path:
    """Of 200,000,000.00 an odd number of cents is a weight that ends in half a unit of 1e-10; also below zero."""
    book = Book()
    book.portfolio("P1", EQ="1200000.0001", BD="1400000", CASH="9999999.99")
    book.portfolio("P2", EQ="2000000.0003", CASH="-0.03")
    book.portfolio("P3", EQ="1999999.9997", CASH="0.03")
    book.portfolio("P4", EQ="0.0001", BD="4000000.0008", CASH="-0.05")
    book.portfolio("P5", EQ="1", BD="1", CASH="150")  # thirds: the weights sum to 0.9999999999 or so
    book.portfolio("P6", EQ="1", BD="2", CASH="100")
    return book.write(root)


@corner()
def corner_money_ties(root: Path) -> Path:
    """Half a cent away from zero, above and below zero, and a hair to each side."""
    book = Book()
    prices = {"H": "0.5", "K": "5000", "T": "0.335", "M": "0.000001", "B": "999999.999999", "N": "0.009999"}
    for security_id, price in prices.items():
        book.security(security_id, "Cash", price)
    number = 0
    for security_id, quantities in {
        "CASH": ["0.005", "1.005", "2.675", "1.115", "0.004999", "0.005001", "1234567.895", "8.575", "70368744177.665"],
        "H": ["0.01", "0.03", "0.05", "2.01", "0.009999", "0.010001"],
        "K": ["0.000001", "0.000003", "0.000005"],
        "T": ["3", "1", "5", "7"],
        "M": ["5000", "4999.999999", "5000.000001", "15000"],
        "B": ["0.000001", "1.005", "0.000005"],
        "N": ["0.5", "0.500051", "1.5"],
    }.items():
        for quantity in quantities:
            if len(quantity.split(".")[0]) <= 10:
                number += 1
                book.portfolio(f"P{number:02}", EQ="1", **{security_id: quantity})
                book.portfolio(f"N{number:02}", EQ="1000000", **{security_id: f"-{quantity}"})
    return book.write(root)


@corner()
def corner_largest_position(root: Path) -> Path:
    """The largest quantity at the largest price fits DECIMAL(18,2); two of them don't."""
    book = Book()
    for security_id, asset_class in (("E1", "Equity"), ("E2", "Equity"), ("C1", "Cash"), ("C2", "Cash")):
        book.security(security_id, asset_class, "999999.999999")
    most = "9999999999.999999"
    book.portfolio("ONE", E1=most)
    book.portfolio("TWO", E1=most, E2=most)
    book.portfolio("CLASSES", E1=most, C1=most)
    book.portfolio("OFFSET", E1=most, E2=most, C1=f"-{most}", C2=f"-{most}", CASH="5")
    book.portfolio("NEGATIVE", C1=f"-{most}", C2=f"-{most}")
    return book.write(root)


@corner()
def corner_zero_quantity(root: Path) -> Path:
    book = Book()
    book.security("X", "Equity", "10")
    book.unprice("X", DAYS[3:])
    book.portfolio("P1", EQ="600", BD="700", CASH="5000", X="0")
    book.portfolio("P2", EQ="-0", BD="700", CASH="-0.000000")
    return book.write(root)


# --- rejected rows ------------------------------------------------------------------------------------------


@corner()
def corner_spoilt_snapshots(root: Path) -> Path:
    """Each kind of bad row spoils a second snapshot: the first stays in force. A malformed line spoils nothing."""
    book = Book()
    bad_rows: dict[str, list[list[str]]] = {
        "MISSEC": [["", "5"]],
        "MISQTY": [["X", ""]],
        "BLANKQTY": [["X", " \t "]],
        "BADQTY": [["X", "1e3"]],
        "DUP": [["EQ", "5"]],
        "DUPNEW": [["X", "5"], ["X", "6"]],
        "UNKNOWN": [["NOSUCH", "5"]],
        "NEGATIVE": [["X", "-5"]],
        "REPEATED": [["X", "5"], ["X", "5.0"], [" X ", "+005.000000000"]],
        "TWOBAD": [["NOSUCH", "-5"], ["X", "abc"], ["X", "-1"]],
        "OVERDRAWN": [["CASH2", "-5"]],
    }
    book.security("X", "Equity", "10")
    book.security("CASH2", "Cash", "1")
    for portfolio_id, rows in bad_rows.items():
        book.on_target(portfolio_id)
        book.snapshot(portfolio_id, DAYS[5], EQ="100", CASH="1")
        for security_id, quantity in rows:
            book.add("holdings", portfolio_id, DAYS[5], security_id, quantity)
    book.on_target("FIELDS")
    book.snapshot("FIELDS", DAYS[5], EQ="100", CASH="1")
    book.add("holdings", "FIELDS", DAYS[5], "X", "5", "6")
    book.add("holdings", "FIELDS", DAYS[5], "X")
    book.on_target("NODATE")
    book.add("holdings", "NODATE", "", "EQ", "1")
    book.add("holdings", "", DAYS[0], "EQ", "1")
    book.add("holdings", "NODATE", "2024-01-32", "EQ", "1")
    return book.write(root)


@corner()
def corner_first_snapshot_spoilt(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.add("holdings", "P1", DAYS[0], "NOSUCH", "1")
    book.snapshot("P1", DAYS[7], **ON_TARGET)
    book.on_target("P2")
    book.add("holdings", "P2", DAYS[0], "NOSUCH", "1")
    book.add("portfolios", "P3", "P3", "C1", "A1", DAYS[9], "")
    book.snapshot("P3", DAYS[2], EQ="-1")
    return book.write(root)


@corner()
def corner_every_reason(root: Path) -> Path:
    """Each reason of each table that needs no second file, and rows that have several: the first in order counts."""
    book = Book()
    book.on_target("P1")
    book.add("custodian_balances", "P1", DAYS[0], "100000")
    for table, rows in {
        "advisors": [
            ["", "No id", "T"],
            ["A8", "", ""],
            ["A9", "One", ""],
            ["A9", "Other", ""],
            ["A1", "Ada", "North"],
        ],
        "clients": [["", ""], ["C8", " "], ["C9", "One"], ["C9", "Two"], ["C9", "One"], ["C1", "Client One "]],
        "portfolios": [
            ["", "", "", "", "", ""],
            ["Q1", "", "C1", "A1", "bad", ""],
            ["Q2", "Q2", "", "A1", DAYS[0], ""],
            ["Q3", "Q3", "C1", "", DAYS[0], ""],
            ["Q4", "Q4", "C1", "A1", "", "bad"],
            ["Q5", "Q5", "C1", "A1", "2024-02-30", "bad"],
            ["Q6", "Q6", "C1", "A1", DAYS[0], "soon"],
            ["Q7", "Q7", "NOSUCH", "NOSUCH", DAYS[0], ""],
            ["Q8", "Q8", "C1", "NOSUCH", DAYS[0], ""],
            ["Q9", "Q9", "C1", "A1", DAYS[0], ""],
            ["Q9", "Q9", "C1", "A1", DAYS[0], DAYS[3]],
            ["P1", " P1 name ", "C1", "A1", DAYS[0], " "],
            ["c1", "case", "c1", "A1", DAYS[0], ""],
        ],
        "risk_profile_assignments": [
            ["", DAYS[0], "Moderate"],
            ["P1", "", ""],
            ["P1", "x", ""],
            ["P1", "01/02/2024", "Moderate"],
            ["NOSUCH", DAYS[1], "NoProfile"],
            ["P1", DAYS[1], "moderate"],
            ["P1", DAYS[2], "Moderate"],
            ["P1", DAYS[2], "Aggressive"],
            ["P1", DAYS[0], "Moderate"],
        ],
        "securities": [
            ["", "n", "Equity", ""],
            ["S1", "", "Equity", ""],
            ["S2", "n", "", ""],
            ["S3", "n", "equity", ""],
            ["S4", "n", "Equity", "a"],
            ["S4", "n", "Equity", ""],
            ["EQ", "EQ name", "Equity", "\t"],
        ],
        "prices": [
            ["", DAYS[0], "1"],
            ["EQ", "", "1"],
            ["EQ", DAYS[0], ""],
            ["EQ", "yesterday", "x"],
            ["EQ", DAYS[1], "x"],
            ["NOSUCH", SATURDAY, "0"],
            ["EQ", SATURDAY, "0"],
            ["EQ", "2024-02-01", "0"],
            ["EQ", "2024-02-01", "100"],
            ["EQ", "2024-02-02", "-0.5"],
            ["BD", DAYS[3], "51"],
            ["CASH", DAYS[3], "1.000000"],
            ["EQ", "2024-02-05", "100"],
        ],
        "holdings": [["P1", DAYS[3], "EQ", "5"], ["NOSUCH", DAYS[3], "EQ", "5"], ["NOSUCH", DAYS[3], "NOSUCH", "-5"]],
        "custodian_balances": [
            ["", DAYS[0], "1"],
            ["P1", "", "1"],
            ["P1", DAYS[1], ""],
            ["P1", "2024-13-01", "x"],
            ["P1", DAYS[1], "1,000.00"],
            ["P1", DAYS[2], "1"],
            ["P1", DAYS[2], "2"],
            ["P1", DAYS[0], "100000.00"],
            ["NOSUCH", DAYS[0], "1"],
        ],
    }.items():
        for row in rows:
            book.add(table, *row)
    return book.write(root)


@corner()
def corner_chain_of_rejects(root: Path) -> Path:
    """A bad client takes its portfolio, and that its holdings, profile and balance; a bad security its snapshot."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", "")
    book.add("advisors", "A2", "One", "")
    book.add("advisors", "A2", "Two", "")
    for portfolio_id, client_id, advisor_id in (("P2", "C2", "A1"), ("P3", "C1", "A2"), ("P4", "C2", "A2")):
        book.add("portfolios", portfolio_id, portfolio_id, client_id, advisor_id, DAYS[0], "")
        book.add("risk_profile_assignments", portfolio_id, DAYS[0], "Nonsense")
        book.snapshot(portfolio_id, DAYS[0], **ON_TARGET)
        book.add("custodian_balances", portfolio_id, DAYS[0], "1")
    book.security("OIL", "Commodity", "70")
    book.on_target("P5")
    book.snapshot("P5", DAYS[4], EQ="1", OIL="-1")
    return book.write(root)


@corner()
def corner_numbers(root: Path) -> Path:
    """How a number may be written, in all three numeric columns."""
    book = Book()
    texts = [
        "+5", "-0", "007.500000000", ".5", "5.", "1e3", "1_000", "(12.50)", " 12.5 ", "\t12.5\t", "1,000", "0x1F",
        "1.1234567", "1.1234560000", "9999999999", "10000000000", "00009999999999.999999", "0.0000001", "999999",
        "1000000", "999999.999999", "1000000.0", "99999999999999", "100000000000000", "--5", "+-5", "+ 5", "5 0", "NaN",
        "inf", "-", "+", "$5", "5%", "5USD", "\u0661\u0662", "\uff15", "-5.5", "0", "0.000000", "1E3", "null", "NULL",
        "NA", "''", '"5"', "\u00a05", "5\u00a0", "\u22125", "99999999999999.999999", "1.", "1..2", "1.2.3",
        "0000000000000000000000000000000001",
        "1.0000000000000000000000000000000000",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        portfolio_id = f"P{number:02}"
        book.portfolio(portfolio_id, EQ="1", BD="1")
        book.snapshot(portfolio_id, DAYS[2], EQ="1", CASH=text)
        book.security(f"S{number:02}", "Equity")
        book.add("prices", f"S{number:02}", DAYS[0], text)
        book.add("custodian_balances", portfolio_id, DAYS[0], text)
    return book.write(root)


@corner()
def corner_dates(root: Path) -> Path:
    book = Book()
    texts = [
        "2024-02-30", "2024-1-5", "20240105", "2024-01-05T00:00:00", "2024-01-05 00:00:00", " 2024-01-05 ",
        "2023-02-29", "2024-02-29", "05/01/2024", "2024/01/05", "24-01-05", "2024-13-01", "2024-00-10", "2024-01-00",
        "0001-01-01", "9999-12-31", "infinity", "today", "12024-01-05", "+2024-01-05", "-2024-01-05",
        "2024-01-05 (BC)", "\uff12\uff10\uff12\uff14-01-05", "2024-01-5 ", "1900-02-29", "2000-02-29", "null",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        portfolio_id = f"P{number:02}"
        book.on_target(portfolio_id)
        book.add("risk_profile_assignments", portfolio_id, text, "Aggressive")
        book.add("holdings", portfolio_id, text, "EQ", "7")
        book.add("custodian_balances", portfolio_id, text, "700")
        book.add("portfolios", f"C{number:02}", "closed", "C1", "A1", DAYS[0], text)
        book.add(
            "portfolios", f"I{number:02}", "inception", "C1", "A1", DAYS[0] if text[:2] in ("00", "19") else text, ""
        )
        book.security(f"S{number:02}", "Equity")
        book.add("prices", f"S{number:02}", text, "5")
    return book.write(root)


# --- files --------------------------------------------------------------------------------------------------


@corner()
def corner_blanks(root: Path) -> Path:
    """Spaces and tabs around every value, header included; inside a value they stay; other blanks are text."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C 2", "Two  words")
    book.add("clients", "C3\u00a0", "no-break space is text")
    book.add("portfolios", "P2", "P2", "C3", "A1", DAYS[0], "")
    book.write(root)
    for table, header in HEADERS.items():
        padded = [[f" \t{value}\t " for value in row] for row in book.rows[table]]
        write_csv(root / f"{table}.csv", [f" {column}\t" for column in header], padded)
    return root


@corner()
def corner_csv_dialects(root: Path) -> Path:
    """A BOM, CRLF, quotes around everything, commas, quotes and line ends inside, empty lines, no last line end."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", 'Smith, "Jo" & Co')
    book.add("clients", "C3", "two\nlines")
    book.add("clients", "C4", "two\r\nlines\n\nand an empty one")
    book.add("clients", "C5", '"')
    book.add("clients", 'C"6', "a quote in an unquoted field below")
    book.add("portfolios", "P2", "of C3", "C3", "A1", DAYS[0], "")
    book.write(root)
    for table, header in HEADERS.items():
        text = csv_text(header, book.rows[table], "\r\n" if table in ("prices", "clients") else "\n")
        if table in ("holdings", "securities"):
            quoted = [",".join(f'"{value}"' for value in row) for row in [header, *book.rows[table]]]
            text = "\n\n".join(quoted)
        if table == "clients":
            text += 'C7,5" screen\r\nC8,a"b"c\r\n\r\nC9,""\r\n"C10",""""\r\n'
        bom = "\ufeff" if table in ("prices", "holdings", "advisors") else ""
        (root / f"{table}.csv").write_bytes((bom + text.removesuffix("\n")).encode())
    return root


@corner()
def corner_columns(root: Path) -> Path:
    """Columns in another order, further columns, optional columns left out; files of other names are no tables."""
    book = Book()
    book.on_target("P1")
    book.write(root, without=("custodian_balances",))
    for table in ("prices", "holdings", "portfolios"):
        header = [*reversed(HEADERS[table]), "comment", "comment"]
        write_csv(root / f"{table}.csv", header, [[*reversed(row), "x", ""] for row in book.rows[table]])
    write_csv(root / "advisors.csv", HEADERS["advisors"][:2], [row[:2] for row in book.rows["advisors"]])
    write_csv(root / "securities.csv", HEADERS["securities"][:3], [row[:3] for row in book.rows["securities"]])
    (root / "README.md").write_text("not a table", encoding="utf-8")
    (root / "notes.csv").write_text("a,b\n1\n", encoding="utf-8")
    return root


@corner()
def corner_malformed_lines(root: Path) -> Path:
    """Too few or too many fields, Latin-1, text after a closing quote, lines of blanks; unicode names are fine."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", "Zoë Müller 株式会社 😀")
    book.add("clients", "C\u00e9", "composed")
    book.add("clients", "Ce\u0301", "decomposed is another key")
    book.write(root)
    with (root / "clients.csv").open("ab") as clients:
        clients.write(b"C7\nC8,Eight,8\nC9,Ren\xe9\nC10,\xff\xfe\n" + "C11,half \u20ac\n".encode()[:-2] + b"\n")
        clients.write(
            b'"C12"x,Twelve\nC13,"Thirteen"x\nC14,"two\nlines",too many\n   \n,\nC15,Fifteen,\nC16,"a ""b"" c"\n'
        )
    with (root / "holdings.csv").open("ab") as holdings:
        holdings.write(b"P1,2024-01-02,EQ\nP1,2024-01-09,EQ,5,6\nP1,2024-01-02,\xe9,1\n")
    with (root / "prices.csv").open("ab") as prices:
        prices.write(b"EQ,2024-01-02;100\nEQ,2024-01-03,1,000.00\n")
    return root


@corner()
def corner_drops(root: Path) -> Path:
    """A later file corrects an earlier one: fewer rows, bad rows, identical rows, three files, one key among many."""
    book = Book()
    portfolios = ["FEWER", "BAD", "SAME", "THREE", "UNTOUCHED", "MALFORMED", "BLANKS"]
    for portfolio_id in portfolios:
        book.on_target(portfolio_id)
        book.snapshot(portfolio_id, DAYS[5], EQ="650", BD="600", CASH="5000")
    book.write(root, without=("holdings", "prices", "clients"))
    header = HEADERS["holdings"]
    first = book.rows["holdings"]
    day = DAYS[5]
    write_csv(root / "holdings" / "2024-01-09.csv", header, first)
    write_csv(
        root / "holdings" / "2024-01-10.csv",
        header,
        [
            ["FEWER", day, "EQ", "700"],
            ["BAD", day, "EQ", "700"],
            ["BAD", day, "NOSUCH", "700"],
            *[row for row in first if row[0] == "SAME"],
            ["THREE", day, "EQ", "701"],
            ["THREE", day, "BD", "701"],
            ["MALFORMED", day, "EQ"],
            [" BLANKS\t", f" {day}", "BD ", "800"],
        ],
    )
    write_csv(root / "holdings" / "2024-01-11.csv", header, [["THREE", day, "CASH", "702"], ["", "", "", ""]])
    write_csv(root / "holdings" / "2024-01-12.csv", header, [["", "", "EQ", "1"]])
    prices = book.rows["prices"]
    price_header = HEADERS["prices"]
    write_csv(root / "prices" / "a.csv", price_header, [*prices, ["", "", ""], ["EQ", "2024-1-5", "1"]])
    write_csv(root / "prices" / "B.csv", price_header, [["EQ", DAYS[3], "999"], ["BD", DAYS[3], "51"]])  # B before a
    write_csv(
        root / "prices" / "b.csv",
        price_header,
        [
            ["EQ", DAYS[4], "101"],
            ["EQ", DAYS[6], "oops"],
            ["EQ", DAYS[7], "101"],
            ["EQ", DAYS[7], "102"],
            ["", "", "5"],
        ],
    )
    write_csv(root / "prices" / "c.csv", price_header, [])
    write_csv(root / "clients" / "1.csv", HEADERS["clients"], [["C1", "Old name"], ["C2", "Two"]])
    write_csv(root / "clients" / "10.csv", HEADERS["clients"], [["C1", "Older than 2.csv"]])
    write_csv(root / "clients" / "2.csv", HEADERS["clients"], [["C1", "New name"], ["C2", ""]])
    (root / "clients" / "readme.txt").write_text("ignored", encoding="utf-8")
    return root


@corner()
def corner_drops_that_spoil(root: Path) -> Path:
    """The later file turns a good snapshot bad, or a bad one good; the first snapshot is the one replaced."""
    book = Book()
    for portfolio_id in ("GOODBAD", "BADGOOD", "FIRSTBAD"):
        book.on_target(portfolio_id)
    book.snapshot("GOODBAD", DAYS[5], EQ="650", BD="600", CASH="5000")
    book.snapshot("BADGOOD", DAYS[5], EQ="-650", BD="600", CASH="5000")
    book.write(root, without=("holdings",))
    header = HEADERS["holdings"]
    write_csv(root / "holdings" / "1.csv", header, book.rows["holdings"])
    write_csv(
        root / "holdings" / "2.csv",
        header,
        [
            ["GOODBAD", DAYS[5], "EQ", "-650"],
            ["BADGOOD", DAYS[5], "EQ", "650"],
            ["FIRSTBAD", DAYS[0], "EQ", "650"],
            ["FIRSTBAD", DAYS[0], "EQ", "651"],
        ],
    )
    return root


@corner()
def corner_parquet_types(root: Path) -> Path:
    """CSV and Parquet in one table; dates, whole numbers, decimals and doubles as columns of their own type."""
    book = Book()
    for number in range(1, 12):
        book.portfolio(f"{number}", "Moderate", **ON_TARGET)
    book.add("custodian_balances", "1", DAYS[0], "100000")
    book.write(root, without=("prices", "holdings", "clients", "portfolios", "custodian_balances"))
    day = date.fromisoformat(DAYS[5])
    days = [date.fromisoformat(text) for text in DAYS]
    doubles = [1e-06, 0.1, 1e16, float("nan"), 0.1 + 0.2, 1e10, 9999999999.0, -0.0, 12.5, float("inf"), 1e-07]
    write_csv(root / "holdings" / "1.csv", HEADERS["holdings"], book.rows["holdings"])
    write_parquet(
        root / "holdings" / "2.parquet",
        {
            "portfolio_id": pa.array(range(1, 12), pa.int64()),
            "snapshot_date": pa.array([day] * 11, pa.date32()),
            "security_id": ["EQ"] * 11,
            "quantity": pa.array(doubles, pa.float64()),
            "ignored": [None] * 11,
        },
    )
    write_parquet(
        root / "prices" / "1.parquet",
        {
            "price_date": pa.array(days * 2, pa.date32()),
            "security_id": pa.array(["EQ"] * len(days) + ["BD"] * len(days)).dictionary_encode(),
            "close_price": pa.array(
                [Decimal("100.000000")] * len(days) + [Decimal("50.1")] * len(days), pa.decimal128(12, 6)
            ),
        },
    )
    write_parquet(
        root / "prices" / "2.parquet",
        {
            "security_id": pa.array(["CASH"] * len(days), pa.large_string()),
            "price_date": DAYS,
            "close_price": pa.array([1] * len(days), pa.int32()),
        },
    )
    write_parquet(
        root / "prices" / "3.parquet",
        {
            "security_id": ["EQ", " BD ", None, "EQ", "EQ"],
            "price_date": [DAYS[2], DAYS[2], DAYS[2], None, f" {DAYS[3]}\t"],
            "close_price": pa.array([None, 50.25, 1.0, 1.0, 99.999999], pa.float64()),
        },
    )
    write_parquet_text(root / "clients.parquet", HEADERS["clients"], [["C1", 'Client, "One"\nof two lines'], ["", "x"]])
    write_parquet(
        root / "portfolios.parquet",
        {
            "portfolio_id": pa.array(range(1, 12), pa.int16()),
            "portfolio_name": [f"Portfolio {number}" for number in range(1, 12)],
            "client_id": ["C1"] * 11,
            "advisor_id": ["A1"] * 11,
            "inception_date": pa.array([days[0]] * 11, pa.date32()),
            "closed_date": pa.array([None] * 10 + [days[8]], pa.date32()),
        },
    )
    write_parquet(
        root / "custodian_balances.parquet",
        {
            "portfolio_id": ["1", "2", "3"],
            "balance_date": pa.array([days[0]] * 3, pa.date32()),
            "market_value": pa.array(
                [Decimal("100070.00"), Decimal("100070.01"), Decimal("100070.02")], pa.decimal128(18, 2)
            ),
        },
    )
    return root


@corner()
def corner_parquet_empty_drop(root: Path) -> Path:
    """A Parquet file without rows among others, and Parquet without the optional columns."""
    book = Book()
    book.on_target("P1")
    book.write(root, without=("prices", "advisors"))
    write_parquet_text(root / "prices" / "1.parquet", HEADERS["prices"], book.rows["prices"])
    write_parquet_text(root / "prices" / "2.parquet", HEADERS["prices"], [])
    write_parquet_text(root / "advisors.parquet", HEADERS["advisors"][:2], [["A1", "Ada"]])
    return root


@corner()
def corner_drops_of_small_tables(root: Path) -> Path:
    """Later files change the advisor, close, rename, reclassify, correct; a portfolio and a security turn bad."""
    book = Book()
    book.add("advisors", "A2", "Bea", "South")
    book.security("X", "Equity", "10")
    for portfolio_id in ("MOVED", "CLOSED", "TURNSBAD", "HOLDSX", "RECLASS"):
        book.on_target(portfolio_id)
    book.snapshot("HOLDSX", DAYS[5], EQ="600", X="10")
    book.security("Y", "Bonds", "10")
    book.snapshot("RECLASS", DAYS[5], EQ="600", Y="1000")
    book.add("custodian_balances", "MOVED", DAYS[0], "1")
    book.write(root, without=("portfolios", "securities", "risk_profile_assignments", "custodian_balances", "advisors"))
    later = {
        "advisors": [["A2", "Bea Renamed", ""]],
        "portfolios": [
            ["MOVED", "Moved", "C1", "A2", DAYS[0], ""],
            ["CLOSED", "Closed", "C1", "A1", DAYS[0], DAYS[9]],
            ["TURNSBAD", "Bad", "C1", "NOSUCH", DAYS[0], ""],
        ],
        "securities": [["X", "X", "NoClass", ""], ["Y", "Y", "Equity", ""]],
        "risk_profile_assignments": [
            ["MOVED", DAYS[0], "Aggressive"],
            ["CLOSED", DAYS[0], "nonsense"],
            ["RECLASS", DAYS[3], "Conservative"],
        ],
        "custodian_balances": [["MOVED", DAYS[0], "100000"]],
    }
    for table, rows in later.items():
        write_csv(root / table / "1.csv", HEADERS[table], book.rows[table])
        write_csv(root / table / "2.csv", HEADERS[table], rows)
    return root


@corner()
def corner_hostile_text(root: Path) -> Path:
    """Ids and names that look like quotes, numbers, nothing, code or JSON; ids that differ by case or leading zeros."""
    book = Book()
    texts = [
        "007", "7", "7.0", "NULL", "null", "nan", "true", "None", "'; drop table marts.fct_portfolio_daily; --", "a\\b",
        '{"line": 1}', "50 %", "%s", "{{ ref('x') }}", "${HOME}", "=1+1", "a, b", 'say "hi"', "tab\tinside", "\x01\x7f",
        "line\u2028separator", "p1", "P1", "ß", "SS", "İ", "-", "--", "2024-01-02", "a|b", "$1", "?", "#", "\ufeffbom",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        book.add("clients", text, text)
        book.security(text, "Equity", "10" if number % 2 else None)
        book.add("portfolios", text, text, text, "A1", DAYS[0], "")
        book.add("risk_profile_assignments", text, DAYS[0], "Aggressive")
        book.snapshot(text, DAYS[0], EQ="10", CASH="1")
        book.add("holdings", text, DAYS[1], text, "2")
        book.add("holdings", text, DAYS[1], texts[number - 1], "2")
        book.add("advisors", text, text, text)
        book.add("prices", text, SATURDAY, text)
    return book.write(root)


@corner(as_of_date="2023-12-29")
def corner_as_of_before_everything(root: Path) -> Path:
    """Every price comes after the as-of date and no portfolio is open yet, but for one without holdings."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", opened="2023-12-28")
    return book.write(root)


@corner()
def corner_only_malformed_balances(root: Path) -> Path:
    """A table of which no row can be read, and a snapshot of which each row is there twice."""
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", DAYS[4], EQ="1", CASH="1")
    book.snapshot("P1", DAYS[4], EQ="1.0", CASH="1")
    book.add("custodian_balances", "P1", DAYS[0])
    return book.write(root)


# --- custodian ----------------------------------------------------------------------------------------------


@corner()
def corner_custodian(root: Path) -> Path:
    """Weekend, holiday, before the history, after the as-of date, after closing, breaks of 0.01 and 0.02 both ways."""
    book = Book()
    book.on_target("P1")
    book.on_target("P2", closed=DAYS[5])
    book.portfolio("P3")
    book.on_target("P4", opened=DAYS[8])
    for portfolio_id, day, value in (
        ("P1", SATURDAY, "100000"),
        ("P1", HOLIDAY, "100000.00"),
        ("P1", DAYS[0], "100000.01"),
        ("P1", DAYS[1], "100000.02"),
        ("P1", DAYS[2], "99999.99"),
        ("P1", DAYS[3], "99999.98"),
        ("P1", DAYS[4], "-100000"),
        ("P1", "2024-01-01", "100000"),
        ("P1", "1999-06-01", "100000"),
        ("P1", "2024-02-01", "100000"),
        ("P1", "2099-01-01", "100000"),
        ("P2", DAYS[4], "100000"),
        ("P2", DAYS[5], "100000"),
        ("P2", DAYS[9], "0"),
        ("P3", DAYS[9], "0"),
        ("P4", DAYS[7], "100000"),
        ("P4", DAYS[8], "99999999999999.99"),
    ):
        book.add("custodian_balances", portfolio_id, day, value)
    return book.write(root)


@corner()
def corner_custodian_missing(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root, without=("custodian_balances",))


@corner()
def corner_custodian_header_only(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root)


# --- sets with a policy of their own ------------------------------------------------------------------------


@dataclass(frozen=True)
class PolicySet:
    landing: Path
    policy: Path


POLICY_CORNERS: dict[str, Callable[[Path], PolicySet]] = {}


def policy_corner(build: Callable[[Path], PolicySet]) -> Callable[[Path], PolicySet]:
    POLICY_CORNERS[build.__name__.removeprefix("policy_")] = build
    return build


@policy_corner
def policy_class_without_target(root: Path) -> PolicySet:
    """Gold is a class that no profile has a target for; Crypto has a target of zero. Gold is first in the order."""
    book = Book()
    book.security("GLD", "Gold", "200")
    book.security("BTC", "Crypto", "1000")
    book.portfolio("P1", EQ="600", BD="700", CASH="5000", GLD="50")
    book.portfolio("P2", EQ="600", BD="700", CASH="5000", BTC="5")
    book.portfolio("P3", EQ="60", BD="70", CASH="500", BTC="10", GLD="50")
    book.portfolio("P4", "Aggressive", EQ="800", BD="300", GLD="-1")
    book.on_target("P5")
    policy = write_policy(
        root / "policy",
        asset_classes=[*ASSET_CLASSES, ["Gold", "0", "false"], ["Crypto", "9", "false"]],
        targets=[*TARGETS, ["Moderate", "2000-01-01", "Crypto", "0"]],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_changes_in_time(root: Path) -> PolicySet:
    """Targets of one profile and the bands change in mid-history, on a weekend and on a trading day; history stays."""
    book = Book()
    for portfolio_id, profile in (("P1", "Moderate"), ("P2", "Aggressive"), ("P3", "Conservative")):
        book.portfolio(portfolio_id, profile, EQ="640", BD="620", CASH="5000")
    policy = write_policy(
        root / "policy",
        targets=[
            *TARGETS,
            ["Moderate", SATURDAY, "Equity", "0.65"],
            ["Moderate", SATURDAY, "Bonds", "0.35"],
            ["Aggressive", DAYS[12], "Equity", "1.0"],
        ],
        bands=[
            *BANDS,
            [DAYS[8], "Fine", "0", "0.01", "None", "Low"],
            [DAYS[8], "Watch", "1", "0.015", "Look", "Some"],
            [DAYS[8], "Look closer", "2", "0.04", "Look", "More"],
            [DAYS[8], "Rebalance Flag", "5", "", "Trade", "High"],
        ],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_targets_start_late(root: Path) -> PolicySet:
    """A profile whose first targets come after the first days: no_target_allocation until then."""
    book = Book()
    book.portfolio("P1", "Income", **ON_TARGET)
    book.portfolio("P2", "Income", **ON_TARGET)
    book.unprice("BD", DAYS[:2])
    book.on_target("P3")
    book.add("risk_profile_assignments", "P2", DAYS[4], "Moderate")
    policy = write_policy(
        root / "policy",
        targets=[*TARGETS, ["Income", DAYS[7], "Bonds", "0.9999999999"], ["Income", DAYS[7], "Cash", "0.0000000001"]],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_display_order_reversed(root: Path) -> PolicySet:
    """Ties between classes follow the display order, not the alphabet; bonds may be negative here and cash not."""
    book = Book()
    book.portfolio("P1", EQ="620", BD="660", CASH="5000")
    book.portfolio("P2", EQ="580", BD="700", CASH="7000")
    book.portfolio("P3", EQ="1100", BD="-200")
    book.portfolio("P4", EQ="1100", CASH="-10000")
    policy = write_policy(
        root / "policy", asset_classes=[["Equity", "30", "false"], ["Bonds", "20", "true"], ["Cash", "10", "false"]]
    )
    return PolicySet(book.write(root / "landing"), policy)


# --- sets that must be refused ------------------------------------------------------------------------------


@dataclass(frozen=True)
class RefusedSet:
    build: Builder
    fragments: tuple[str, ...]


REFUSED: dict[str, RefusedSet] = {}


def refused(*fragments: str) -> Callable[[Builder], Builder]:
    def register(build: Builder) -> Builder:
        REFUSED[build.__name__.removeprefix("refused_")] = RefusedSet(build, fragments)
        return build

    return register


def _clean(root: Path, without: Sequence[str] = ()) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root, without)


@refused("prices", "no row is usable")
def refused_no_usable_price(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    for row in book.rows["prices"]:
        row[2] = "0"
    return book.write(root)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


@refused("clients", "clients.csv", "4")
def refused_unclosed_quote_to_the_end(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b'C2,Two\nC3,"Three\nC4,Four\nC5,Five\n')
    return root


@refused("clients", "clients.csv", "4")
def refused_unclosed_quote_that_a_later_quote_closes(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b'C2,Two\nC3,"Three\nC4,"Four"\nC5,Five\n')
    return root


@refused("clients", "clients.csv", "5")
def refused_unclosed_quote_after_a_quoted_line_end(root: Path) -> Path:
    """A field that spans two lines before it: the line is that of the file, not the number of the record."""
    _clean(root)
    _append(root / "clients.csv", b'C2,"two\nlines"\nC3,"Three\nC4,Four')
    return root


@refused("holdings", "holdings/2.csv", "3")
def refused_unclosed_quote_in_a_drop(root: Path) -> Path:
    _clean(root)
    (root / "holdings").mkdir()
    (root / "holdings.csv").rename(root / "holdings" / "1.csv")
    header = ",".join(HEADERS["holdings"])
    (root / "holdings" / "2.csv").write_text(f'{header}\nP1,2024-01-09,EQ,5\nP1,2024-01-09,BD,"6\n', encoding="utf-8")
    return root


@refused("clients", "clients.csv", "3")
def refused_nul_byte(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b"C2,T\0wo\n")
    return root


@refused("prices", "prices.csv")
def refused_utf16_with_bom(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return root


@refused("prices", "prices.csv")
def refused_utf16_big_endian(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(b"\xfe\xff" + path.read_text(encoding="utf-8").encode("utf-16-be"))
    return root


@refused("prices", "prices.csv")
def refused_utf16_without_bom(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16-le"))
    return root


@refused("securities", "securities.csv")
def refused_file_of_no_bytes(root: Path) -> Path:
    _clean(root)
    (root / "securities.csv").write_bytes(b"")
    return root


@refused("securities", "securities.csv", "security_id")
def refused_no_header(root: Path) -> Path:
    """The first row is data: the columns are missing."""
    _clean(root)
    path = root / "securities.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[1:]), encoding="utf-8")
    return root


@refused("portfolios", "portfolios.csv", "inception_date")
def refused_missing_column(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.write(root)
    write_csv(root / "portfolios.csv", HEADERS["portfolios"][:4], [row[:4] for row in book.rows["portfolios"]])
    return root


@refused("prices", "prices/2.parquet", "close_price")
def refused_missing_column_in_parquet(root: Path) -> Path:
    _clean(root)
    (root / "prices").mkdir()
    (root / "prices.csv").rename(root / "prices" / "1.csv")
    write_parquet(root / "prices" / "2.parquet", {"security_id": ["EQ"], "price_date": [DAYS[0]], "price": ["1"]})
    return root


@refused("prices", "prices/2.csv")
def refused_no_header_in_one_drop(root: Path) -> Path:
    _clean(root)
    (root / "prices").mkdir()
    (root / "prices.csv").rename(root / "prices" / "1.csv")
    (root / "prices" / "2.csv").write_text("EQ,2024-01-02,100\n", encoding="utf-8")
    return root


@refused("custodian_balances", "custodian_balances.csv", "market_value")
def refused_missing_column_of_the_optional_table(root: Path) -> Path:
    _clean(root)
    write_csv(root / "custodian_balances.csv", HEADERS["custodian_balances"][:2], [])
    return root


@refused("securities")
def refused_missing_table(root: Path) -> Path:
    return _clean(root, without=("securities",))


@refused("holdings")
def refused_empty_folder(root: Path) -> Path:
    _clean(root, without=("holdings",))
    (root / "holdings").mkdir()
    return root


@refused("risk_profile_assignments", "risk_profile_assignments.csv")
def refused_header_only(root: Path) -> Path:
    _clean(root)
    write_csv(root / "risk_profile_assignments.csv", HEADERS["risk_profile_assignments"], [])
    return root


@refused("advisors")
def refused_parquet_without_rows(root: Path) -> Path:
    _clean(root, without=("advisors",))
    write_parquet_text(root / "advisors.parquet", HEADERS["advisors"], [])
    return root


@refused("prices", "prices.csv", "prices/")
def refused_file_and_folder(root: Path) -> Path:
    _clean(root)
    write_csv(root / "prices" / "2024-01-02.csv", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    return root


@refused("prices", "prices.parquet", "prices/")
def refused_parquet_file_and_folder(root: Path) -> Path:
    _clean(root, without=("prices",))
    write_parquet_text(root / "prices.parquet", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    write_csv(root / "prices" / "2024-01-02.csv", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    return root


# --- random books -------------------------------------------------------------------------------------------


def random_set(seed: int, root: Path) -> Path:
    """An adversarial small book, the same for the same seed: 5 to 10 portfolios, 6 securities, about 40 trading days.

    Snapshots come and go, prices are missing, a few rows of every table are bent, and tables come as one file or as
    several drops, CSV or Parquet, that repeat and correct each other.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    first = chance.randrange(len(all_trading_days()) - 60)
    days = [str(day) for day in all_trading_days()[first : first + chance.randint(36, 44)]]
    calendar_days = [
        str(date.fromisoformat(days[0]) + timedelta(offset))
        for offset in range(-4, (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 6)
    ]
    rows = _random_book(chance, days, calendar_days)
    for table, of_table in rows.items():
        _bend(chance, table, of_table, calendar_days)
        if table == "custodian_balances" and chance.random() < 0.2:
            continue
        _write_randomly(chance, root, table, of_table)
    return root


RANDOM_SECURITIES = {"E1": "Equity", "E2": "Equity", "B1": "Bonds", "B2": "Bonds", "CASH": "Cash", "FX": "Cash"}
RANDOM_SCALE = {"E1": 60, "E2": 30, "B1": 40, "B2": 20, "CASH": 500, "FX": 100}


def _random_book(chance: random.Random, days: list[str], calendar_days: list[str]) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = {table: [] for table in HEADERS}
    rows["advisors"] = [[f"A{n}", f"Advisor {n}", chance.choice(["North", "South", ""])] for n in range(1, 4)]
    rows["clients"] = [[f"C{n}", f"Client {n}"] for n in range(1, 5)]
    rows["securities"] = [[name, f"{name} name", asset_class, ""] for name, asset_class in RANDOM_SECURITIES.items()]
    rows["prices"] = _random_prices(chance, days)
    for number in range(1, chance.randint(5, 10) + 1):
        portfolio_id = f"P{number}"
        opened = chance.choice([days[0], days[0], chance.choice(calendar_days)])
        closed = chance.choice(["", "", "", chance.choice(calendar_days)])
        advisor_id, client_id = f"A{chance.randint(1, 3)}", f"C{chance.randint(1, 4)}"
        rows["portfolios"].append([portfolio_id, f"Portfolio {number}", client_id, advisor_id, opened, closed])
        for effective in sorted({opened, *chance.sample(calendar_days, chance.randint(0, 2))}):
            profile = chance.choice(["Conservative", "Moderate", "Moderate", "Moderate", "Aggressive"])
            rows["risk_profile_assignments"].append([portfolio_id, effective, profile])
        for snapshot_date in sorted({opened, *chance.sample(calendar_days, chance.randint(0, 5))}):
            for security_id, quantity in _random_positions(chance, rows["prices"], snapshot_date).items():
                rows["holdings"].append([portfolio_id, snapshot_date, security_id, format(quantity, "f")])
        for day in chance.sample(calendar_days, chance.randint(0, 3)):
            rows["custodian_balances"].append([portfolio_id, day, str(Decimal(chance.randint(0, 10**7)) / 100)])
    rows["portfolios"].append(["MONEY", "Cash only", "C1", "A1", days[0], ""])
    rows["risk_profile_assignments"].append(["MONEY", days[0], "Moderate"])
    rows["holdings"].append(["MONEY", days[0], "CASH", "1234.56"])
    for day in chance.sample(calendar_days, 5):
        rows["custodian_balances"].append(["MONEY", day, chance.choice(["1234.56", "1234.57", "1234.54"])])
    return rows


def _random_prices(chance: random.Random, days: list[str]) -> list[list[str]]:
    prices: list[list[str]] = []
    for security_id, asset_class in RANDOM_SECURITIES.items():
        price = Decimal(1) if asset_class == "Cash" else Decimal(chance.choice(["10", "33.333333", "99.995", "250"]))
        gaps = {chance.randrange(len(days)): chance.choice([1, 2, 5, 6, 7]) for _ in range(chance.randint(0, 2))}
        missing = {index + offset for index, length in gaps.items() for offset in range(length)}
        for index, day in enumerate(days):
            if asset_class != "Cash":
                step = Decimal(chance.randint(-5, 5)) / chance.choice([1, 10, 100, 100, 1000, 1000])
                price = max(price + step, Decimal("0.01"))
            if index not in missing or chance.random() < 0.1:
                prices.append([security_id, day, str(price)])
    return prices


def _random_positions(chance: random.Random, prices: list[list[str]], day: str) -> dict[str, Decimal]:
    """Either near the Moderate target, or any securities in any quantity, cash now and then overdrawn."""
    if chance.random() < 0.6:
        held = [chance.choice(["E1", "E2"]), chance.choice(["B1", "B2"]), chance.choice(["CASH", "CASH", "FX"])]
        return {security_id: _near_target(chance, prices, security_id, day) for security_id in held}
    positions: dict[str, Decimal] = {}
    for security_id in chance.sample(sorted(RANDOM_SCALE), chance.randint(1, 6)):
        quantity = Decimal(chance.randint(0, RANDOM_SCALE[security_id] * 10**6)).scaleb(-chance.choice([0, 3, 6]))
        overdrawn = RANDOM_SECURITIES[security_id] == "Cash" and chance.random() < 0.15
        positions[security_id] = -quantity if overdrawn else quantity
    return positions


def _near_target(chance: random.Random, prices: list[list[str]], security_id: str, day: str) -> Decimal:
    """About the quantity that a Moderate portfolio of 100,000 holds, at the last price of the list before the day."""
    before = [row[2] for row in prices if row[0] == security_id and row[1] <= day] or ["100"]
    weight = {"E": Decimal("0.60"), "B": Decimal("0.35")}.get(security_id[0], Decimal("0.05"))
    jitter = Decimal(chance.randint(-80, 80)) / 1000
    exact = weight * (1 + jitter) * 100_000 / Decimal(before[-1])
    return exact.quantize(Decimal(1).scaleb(-chance.choice([0, 2, 6])))


BENT_VALUES = [
    "", " ", "NOSUCH", "0", "-1", "-0.005", "1e3", "2024-02-30", "1.1234567", "10000000000", "99999999999999999999",
    "x,y", 'a "quote"', "two\nlines", "NaN", "1999-12-31", "2062-01-03", "2035-12-31", "A1", "P1", "+7", "null", "é",
]  # fmt: skip


def _odd_value(chance: random.Random, column: str, calendar_days: list[str]) -> str:
    if column.endswith("_date") and chance.random() < 0.6:
        return chance.choice(calendar_days)
    return chance.choice(BENT_VALUES)


def _bend(chance: random.Random, table: str, rows: list[list[str]], calendar_days: list[str]) -> None:
    """Spoil, repeat, contradict, pad, shorten, lengthen and lose a few rows."""
    width = len(HEADERS[table])
    for _ in range(chance.randint(0, {"prices": 10, "holdings": 6}.get(table, 2))):
        index = chance.randrange(len(rows))
        row = list(rows[index])
        if len(row) != width:
            continue
        column = chance.randrange(width)
        odd = [*row[:column], _odd_value(chance, HEADERS[table][column], calendar_days), *row[column + 1 :]]
        zeros = f"0{row[-1]}" + ("00" if "." in row[-1] else ".0")
        same_number = [*row[:-1], zeros] if row[-1].replace(".", "", 1).isdigit() else row
        padded = [f" {value}\t" for value in row]
        longer = [*row, "more"]
        shorter = row[:-1] if width > 2 else longer
        lost: list[list[str]] = [] if len(rows) > 20 else [row]
        instead = [[odd], [row, odd], [row, row], [row, same_number], [padded], [row, shorter], [row, longer], lost]
        rows[index : index + 1] = chance.choice(instead)


def _write_randomly(chance: random.Random, root: Path, table: str, rows: list[list[str]]) -> None:
    header = HEADERS[table]
    well_formed = all(len(row) == len(header) for row in rows)
    style = chance.random()
    if style < 0.4 or len(rows) < 2:
        write_csv(root / f"{table}.csv", header, rows, chance.choice(["\n", "\r\n"]))
    elif style < 0.5 and well_formed:
        write_parquet_text(root / f"{table}.parquet", header, rows)
    else:
        for number, drop in enumerate(_random_drops(chance, table, rows), start=1):
            path = root / table / f"2024-{number:02}"
            if all(len(row) == len(header) for row in drop) and chance.random() < 0.4:
                write_parquet_text(path.with_suffix(".parquet"), header, drop)
            else:
                write_csv(path.with_suffix(".csv"), header, drop)


def _random_drops(chance: random.Random, table: str, rows: list[list[str]]) -> list[list[list[str]]]:
    """The rows in 2 to 4 drops; a later one resends some of the first, whole or in part, now and then corrected."""
    drops: list[list[list[str]]] = [[] for _ in range(chance.randint(2, 4))]
    if table == "holdings":  # mostly whole snapshots, now and then one torn apart
        of_snapshot = {(row[0], row[1]): chance.randrange(len(drops)) for row in rows}
        for row in rows:
            torn = chance.random() < 0.01
            drops[chance.randrange(len(drops)) if torn else of_snapshot[row[0], row[1]]].append(row)
    else:
        for index, row in enumerate(rows):
            drops[index * len(drops) // len(rows)].append(row)
    for drop in drops[1:]:
        if not drops[0] or chance.random() < 0.3:
            continue
        picked = chance.choice(drops[0])
        width = 2 if table == "holdings" else 1
        again = [list(row) for row in drops[0] if row[:width] == picked[:width]]
        for row in again[: chance.randint(1, len(again))]:
            last = chance.choice(["7", "", "-7"]) if chance.random() < 0.3 else row[-1]
            drop.append([*row[:-1], last])
    return drops
