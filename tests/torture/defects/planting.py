"""What a kind of defect is: how it is planted in a good day, and the rule that is meant to see it.

A kind returns what must be found, each thing by the rule meant for it. Kinds that share a run take portfolios and
securities of their own, so that none hides behind another.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from random import Random

from tests.torture.defects.good_day import CASH, GoodDay, Landing, Row, snapshots_in_force


@dataclass(frozen=True)
class Rejected:
    """Rows that must be in audit.rejected_rows, each with ``reason``: (table, source file, fields as landed)."""

    reason: str
    rows: tuple[tuple[str, str, Row], ...]

    @property
    def rule(self) -> str:
        """The rule meant, in a word."""
        return self.reason


@dataclass(frozen=True)
class Alarmed:
    """A control that must warn or block, and what its list must name; ``must_block``: a warning would not do."""

    control: str
    names: tuple[str, ...]
    must_block: bool = False

    @property
    def rule(self) -> str:
        """The rule meant, in a word."""
        return self.control


@dataclass(frozen=True)
class Unvalued:
    """Portfolio-days that must be in audit.valuation_exceptions with ``reason``, on ``day``."""

    reason: str
    portfolios: tuple[str, ...]
    day: str

    @property
    def rule(self) -> str:
        """The rule meant, in a word."""
        return self.reason


@dataclass(frozen=True)
class Stale:
    """Portfolio-days that must be shown as valued with an older close than the day's, on ``day``."""

    portfolios: tuple[str, ...]
    day: str

    @property
    def rule(self) -> str:
        """The rule meant, in a word."""
        return "stale_position_count"


@dataclass(frozen=True)
class Refused:
    """The run must fail without a database, and say these words."""

    words: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The rule meant, in a word."""
        return "refused"


Expected = Rejected | Alarmed | Unvalued | Stale | Refused


class Today:
    """Today's landing folder, to be spoilt: what it holds, and what no other kind has taken."""

    def __init__(self, good: GoodDay, chance: Random) -> None:
        self.good = good
        self.date, self.yesterday, self.sessions = good.today, good.yesterday, good.sessions
        self.landing: Landing = good.landing.copy()
        self.snapshots = snapshots_in_force(self.landing)
        self.classes = {row["security_id"]: row["asset_class"] for row in self.landing.rows("securities")}
        self.closes = {row["security_id"]: row for row in self.rows("prices")}
        self.balances = {row["portfolio_id"]: row for row in self.rows("custodian_balances")}
        self.chance = chance
        self._portfolios = sorted(self.snapshots)
        chance.shuffle(self._portfolios)
        self._securities = [security for security, holders in self.holders().items() if len(holders) >= 5]
        chance.shuffle(self._securities)

    def file(self, table: str) -> str:
        """The file of ``table`` that holds today's rows."""
        drop = f"{table}/{self.date}.csv"
        return drop if drop in self.landing.files else f"{table}.csv"

    def rows(self, table: str) -> list[Row]:
        """The rows of that file, to be changed."""
        return self.landing.files[self.file(table)]

    def take_portfolio(self, fits: Callable[[list[Row]], bool] = bool) -> str:
        """An open portfolio for one kind alone, whose positions in force ``fits`` accepts."""
        for portfolio in self._portfolios:
            if fits(self.snapshots[portfolio]):
                self._portfolios.remove(portfolio)
                return portfolio
        raise LookupError("the book has no portfolio left for this kind; simulate a larger one")

    def leave_alone(self, portfolios: Iterable[str], security: str) -> None:
        """No other kind gets these portfolios, or this security."""
        self._portfolios = [portfolio for portfolio in self._portfolios if portfolio not in set(portfolios)]
        self._securities = [other for other in self._securities if other != security]

    def take_security(self) -> str:
        """A security, not cash, for one kind alone: five portfolios or more hold it."""
        return self._securities.pop()

    @cached_property
    def securities_apart(self) -> tuple[str, ...]:
        """Five securities that can be told apart by their holders: each has some that hold none of the others."""
        holders = {security: set(self.holders()[security]) for security in self._securities}
        for five in combinations(self._securities, 5):
            if all(holders[one].difference(*(holders[other] for other in five if other != one)) for one in five):
                return five
        raise LookupError("the book has no five securities that their holders tell apart; simulate a larger one")

    def positions(self, portfolio: str) -> list[Row]:
        """The rows of its snapshot in force that are not cash."""
        return [row for row in self.snapshots[portfolio] if row["security_id"] not in CASH]

    def position(self, portfolio: str) -> Row:
        """One of them."""
        return self.chance.choice(self.positions(portfolio))

    def new_snapshot(self, portfolio: str) -> list[Row]:
        """Today's snapshot of a portfolio: the one that came, or the one in force, delivered once more."""
        mine = self.snapshots[portfolio]
        if mine[0]["snapshot_date"] != self.date:
            mine = [{**row, "snapshot_date": self.date} for row in mine]
            self.rows("holdings").extend(mine)
            self.snapshots[portfolio] = mine
        return mine

    def holders(self) -> dict[str, list[str]]:
        """By security, cash aside, the portfolios that hold it."""
        holders: dict[str, list[str]] = {security: [] for security in sorted(self.classes) if security not in CASH}
        for portfolio, rows in self.snapshots.items():
            for row in rows:
                if row["security_id"] in holders:
                    holders[row["security_id"]].append(portfolio)
        return holders


@dataclass(frozen=True)
class Kind:
    """One kind of defect: its name, how it is planted, and why the rule that is meant for it must see it."""

    name: str
    because: str
    plant: Callable[[Today], list[Expected]]


def rejected(reason: str, table: str, file: str, rows: Iterable[Row]) -> Rejected:
    """Rows of one file that must be rejected for one reason."""
    return Rejected(reason, tuple((table, file, dict(row)) for row in rows))
