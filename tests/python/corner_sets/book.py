"""A small clean book, to be bent, and the register of the sets."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corner_sets.writing import DAYS, HEADERS, write_csv

Builder = Callable[[Path], Path]


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
