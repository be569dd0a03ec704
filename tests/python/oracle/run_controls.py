"""What a run is held against: lists of what a person should look at, the book's totals, and the controls."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from oracle.arithmetic import WEIGHT_LIMIT, WEIGHT_ONE, divide_half_away, millionths, share, usd
from oracle.landing_tables import Landed
from oracle.outcome import Counts, Row
from oracle.policy import ControlLimit, InForce
from oracle.valuation import Portfolio, Position, Valuation, before_closing

PRICE_JUMP = 4 * WEIGHT_ONE // 10
Tables = dict[str, dict[Row, Row]]


def book_totals(valued: dict[str, dict[date, Valuation]], book_days: list[date]) -> dict[Row, Row]:
    """A plain build knows no earlier run: nothing to compare with."""
    cents: dict[date, list[int]] = defaultdict(list)
    for of_portfolio in valued.values():
        for day, value in of_portfolio.items():
            cents[day].append(value.cents)
    return {
        (day,): (len(cents[day]), usd(sum(cents[day])) if cents[day] else None, None, None, None, None)
        for day in book_days
    }


def stale_prices(valued: dict[str, dict[date, Valuation]], days: list[date]) -> dict[Row, Row]:
    as_of = days[-1]
    cents: dict[tuple[str, date], list[int]] = defaultdict(list)
    for of_portfolio in valued.values():
        if as_of in of_portfolio:
            for position, close, value, _ in of_portfolio[as_of].positions:
                if close.price_date < as_of:
                    cents[position.security_id, close.price_date].append(value)
    return {
        (security_id,): (price_date, len(days) - 1 - days.index(price_date), len(values), usd(sum(values)))
        for (security_id, price_date), values in cents.items()
    }


def old_snapshots(
    portfolios: list[Portfolio], holdings: dict[str, InForce[list[Position]]], as_of: date, max_age: int
) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for portfolio in portfolios:
        in_force = holdings.get(portfolio.portfolio_id)
        snapshot_date = in_force.date_on(as_of) if in_force is not None else None
        if snapshot_date is not None and before_closing(portfolio, as_of):
            age = (as_of - snapshot_date).days
            if age > max_age:
                rows[(portfolio.portfolio_id,)] = (snapshot_date, age)
    return rows


def price_jumps(
    prices: list[Landed], portfolios: list[Portfolio], holdings: dict[str, InForce[list[Position]]]
) -> dict[Row, Row]:
    """A close that moves by more than 0.4 from the one before, held on a snapshot that was there before both."""
    closes: dict[str, dict[date, int]] = defaultdict(dict)
    for row in prices:
        closes[row.string("security_id")][row.day("price_date")] = row.millionths("close_price")
    rows: dict[Row, Row] = {}
    for security_id, of_security in closes.items():
        dates = sorted(of_security)
        for before, day in pairwise(dates):
            old, new = of_security[before], of_security[day]
            change = divide_half_away((new - old) * WEIGHT_ONE, old)
            if abs(change) > PRICE_JUMP:
                holders = sum(
                    _held_unchanged(portfolio, holdings, security_id, before, day) for portfolio in portfolios
                )
                if holders:
                    told = share(change) if abs(change) < WEIGHT_LIMIT else None
                    rows[security_id, day] = (millionths(old), millionths(new), told, holders)
    return rows


def _held_unchanged(
    portfolio: Portfolio, holdings: dict[str, InForce[list[Position]]], security_id: str, before: date, day: date
) -> bool:
    in_force = holdings.get(portfolio.portfolio_id)
    snapshot_date = in_force.date_on(day) if in_force is not None else None
    if in_force is None or snapshot_date is None or snapshot_date > before or not before_closing(portfolio, day):
        return False
    return any(position.security_id == security_id for position in in_force.sets[snapshot_date])


@dataclass(frozen=True)
class Figure:
    control: str
    figure: Decimal | None  # None: nothing to compare
    findings: int


def controls(
    tables: Tables,
    counts: dict[str, Counts],
    limits: dict[str, ControlLimit],
    max_rejected_share: Decimal,
    as_of: date,
    asked: date | None,
    days_off: list[date] | None,
) -> dict[Row, Row]:
    """A row per control of a plain build as of `asked`; `days_off` is None where no day is expected."""
    rows: dict[Row, Row] = {}
    for found in _figures(tables, counts, as_of, asked, days_off):
        limit = limits[found.control]
        blocking = max_rejected_share if found.control == "rejected_rows" else limit.blocking
        if found.figure is None:
            outcome = "not_compared"
        elif blocking is not None and found.figure > blocking:
            outcome = "blocks"
        elif limit.warning is not None and found.figure > limit.warning:
            outcome = "warns"
        else:
            outcome = "holds"
        rows[(found.control,)] = (outcome, found.figure, limit.unit, limit.warning, blocking, found.findings)
    return rows


def _figures(
    tables: Tables, counts: dict[str, Counts], as_of: date, asked: date | None, days_off: list[date] | None
) -> Iterator[Figure]:
    for control in ("row_counts", "position_values", "custodian_balances"):
        agrees = {
            str(scope): row[-1] is True
            for (of_control, scope), row in tables["audit.reconciliation"].items()
            if of_control == control
        }
        if control == "custodian_balances" and asked is not None:
            agrees = {scope: said for scope, said in agrees.items() if scope[-10:] <= asked.isoformat()}
        breaks = list(agrees.values()).count(False)
        figure = Decimal(breaks)
        if control == "custodian_balances" and agrees:
            figure = _largest_break_share(agrees, as_of)
        yield Figure(control, figure if agrees else None, breaks)
    yield Figure("rejected_rows", _largest_rejected_share(counts.values()), sum(of.rejected for of in counts.values()))
    for total in ("portfolio_count", "aum"):
        yield Figure(total, None, 0)
    off = len(days_off or [])
    yield Figure("freshness", None if days_off is None else Decimal(off), off)
    for listed in ("price_jumps", "stale_prices", "old_snapshots"):
        number = len(tables[f"audit.{listed}"])
        yield Figure(listed, Decimal(number), number)


def _largest_break_share(agrees: dict[str, bool], as_of: date) -> Decimal:
    """Of all balances, or of each portfolio's newest by the as-of date."""
    newest: dict[str, str] = {}
    for portfolio_id, day in (scope.rsplit(" ", 1) for scope in sorted(agrees)):
        if day <= as_of.isoformat():
            newest[portfolio_id] = max(day, newest.get(portfolio_id, ""))
    of_newest = [agrees[f"{portfolio_id} {day}"] for portfolio_id, day in newest.items()]
    return max(_share(one.count(False), len(one)) for one in (list(agrees.values()), of_newest))


def _largest_rejected_share(counts: Iterable[Counts]) -> Decimal:
    return max(_share(of.rejected, of.landed - of.superseded) for of in counts if of.landed > of.superseded)


def _share(part: int, whole: int) -> Decimal:
    return share(divide_half_away(part * WEIGHT_ONE, whole)) if whole else Decimal(0)
