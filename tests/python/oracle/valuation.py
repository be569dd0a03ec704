"""The value and the drift of a portfolio on each day, or the reason why there is none."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from oracle.arithmetic import MONEY_LIMIT, WEIGHT_LIMIT, WEIGHT_ONE, divide_half_away, position_cents
from oracle.landing_tables import Landed
from oracle.policy import Band, InForce, Policy


@dataclass(frozen=True)
class Portfolio:
    portfolio_id: str
    portfolio_name: str
    client_id: str
    client_name: str
    advisor_id: str
    advisor_name: str
    team: str | None
    inception_date: date
    closed_date: date | None


@dataclass(frozen=True)
class Position:
    security_id: str
    asset_class: str
    quantity: int
    source_file: str


@dataclass(frozen=True)
class Close:
    price_date: date
    price: int


@dataclass(frozen=True)
class NoValue:
    reason: str
    security_ids: str | None


@dataclass(frozen=True)
class ClassDrift:
    asset_class: str
    cents: int
    weight: int
    target: int

    @property
    def signed_drift(self) -> int:
        return self.weight - self.target


@dataclass(frozen=True)
class Valuation:
    """A portfolio-day that has a value."""

    day: date
    profile: str
    snapshot_date: date
    cents: int
    positions: list[tuple[Position, Close, int, int]]  # position, its price, cents, weight
    classes: list[ClassDrift]  # in display order
    worst: ClassDrift
    band: Band
    stale_positions: int
    days_in_status: int

    @property
    def drift_score(self) -> int:
        return abs(self.worst.signed_drift)


def read_portfolios(good: dict[str, list[Landed]]) -> list[Portfolio]:
    clients = {row.string("client_id"): row.string("client_name") for row in good["clients"]}
    advisors = {row.string("advisor_id"): row for row in good["advisors"]}
    return [
        Portfolio(
            portfolio_id=row.string("portfolio_id"),
            portfolio_name=row.string("portfolio_name"),
            client_id=row.string("client_id"),
            client_name=clients[row.string("client_id")],
            advisor_id=row.string("advisor_id"),
            advisor_name=advisors[row.string("advisor_id")].string("advisor_name"),
            team=advisors[row.string("advisor_id")].optional("team"),
            inception_date=row.day("inception_date"),
            closed_date=row.optional_day("closed_date"),
        )
        for row in good["portfolios"]
    ]


def assignments_in_force(rows: list[Landed]) -> dict[str, InForce[str]]:
    by_portfolio: dict[str, dict[date, str]] = defaultdict(dict)
    for row in rows:
        by_portfolio[row.string("portfolio_id")][row.day("effective_date")] = row.string("risk_profile")
    return {portfolio_id: InForce(sets) for portfolio_id, sets in by_portfolio.items()}


def snapshots_in_force(good: dict[str, list[Landed]]) -> dict[str, InForce[list[Position]]]:
    class_of = {row.string("security_id"): row.string("asset_class") for row in good["securities"]}
    by_portfolio: dict[str, dict[date, list[Position]]] = defaultdict(lambda: defaultdict(list))
    for row in good["holdings"]:
        security_id = row.string("security_id")
        by_portfolio[row.string("portfolio_id")][row.day("snapshot_date")].append(
            Position(security_id, class_of[security_id], row.millionths("quantity"), row.source_file)
        )
    return {portfolio_id: InForce(dict(sets)) for portfolio_id, sets in by_portfolio.items()}


def closes_carried_forward(prices: list[Landed], days: list[date], max_age: int) -> dict[str, dict[date, Close]]:
    """The usable price of each security and trading day: the latest close, at most `max_age` trading days old."""
    by_security: dict[str, dict[date, int]] = defaultdict(dict)
    for row in prices:
        by_security[row.string("security_id")][row.day("price_date")] = row.millionths("close_price")
    carried: dict[str, dict[date, Close]] = {}
    for security_id, closes in by_security.items():
        carried[security_id] = {}
        latest: Close | None = None
        age = 0
        for day in days:
            age += 1
            if day in closes:
                latest, age = Close(day, closes[day]), 0
            if latest is not None and age <= max_age:
                carried[security_id][day] = latest
    return carried


def before_closing(portfolio: Portfolio, day: date) -> bool:
    return portfolio.closed_date is None or day < portfolio.closed_date


def days_open(portfolio: Portfolio, holdings: InForce[list[Position]] | None, days: list[date]) -> list[date]:
    """Open from the earlier of inception and first usable snapshot, until before the closing date."""
    opened = portfolio.inception_date
    if holdings is not None:
        opened = min(opened, holdings.dates[0])
    return [day for day in days[bisect_left(days, opened) :] if before_closing(portfolio, day)]


def value_portfolio(
    portfolio: Portfolio,
    *,
    holdings: InForce[list[Position]] | None,
    profiles: InForce[str] | None,
    closes: dict[str, dict[date, Close]],
    days: list[date],
    rules: Policy,
) -> tuple[dict[date, Valuation], dict[date, NoValue]]:
    valued: dict[date, Valuation] = {}
    exceptions: dict[date, NoValue] = {}
    if holdings is None:
        return valued, exceptions
    targets = {profile: InForce(sets) for profile, sets in rules.targets.items()}
    bands = InForce(rules.bands)
    previous: Valuation | None = None
    for day in days[bisect_left(days, holdings.dates[0]) :]:
        if not before_closing(portfolio, day):
            break
        snapshot_date = holdings.date_on(day)
        assert snapshot_date is not None
        profile = profiles.on(day) if profiles is not None else None
        result = value_day(
            day,
            snapshot_date=snapshot_date,
            positions=holdings.sets[snapshot_date],
            profile=profile,
            targets=targets[profile].on(day) if profile is not None else None,
            closes=closes,
            bands=bands.on(day) or [],
            display_order=rules.display_order,
            previous=previous,
        )
        if isinstance(result, Valuation):
            valued[day] = previous = result
        else:
            exceptions[day] = result
    return valued, exceptions


def value_day(
    day: date,
    *,
    snapshot_date: date,
    positions: list[Position],
    profile: str | None,
    targets: dict[str, int] | None,
    closes: dict[str, dict[date, Close]],
    bands: list[Band],
    display_order: dict[str, int],
    previous: Valuation | None,
) -> Valuation | NoValue:
    if profile is None:
        return NoValue("no_risk_profile", None)
    if targets is None:
        return NoValue("no_target_allocation", None)
    nothing: dict[date, Close] = {}
    priced = [(position, closes.get(position.security_id, nothing).get(day)) for position in positions]
    unpriced = sorted(position.security_id for position, close in priced if close is None)
    if unpriced:
        return NoValue("unpriced_position", ",".join(unpriced))

    values = [
        (position, close, position_cents(position.quantity, close.price))
        for position, close in priced
        if close is not None
    ]
    class_cents = dict.fromkeys(targets, 0)
    for position, _, cents in values:
        class_cents[position.asset_class] = class_cents.get(position.asset_class, 0) + cents
    total = sum(class_cents.values())
    if total <= 0 or total >= MONEY_LIMIT or any(abs(cents) >= MONEY_LIMIT for cents in class_cents.values()):
        return NoValue("no_market_value", None)

    classes = [
        ClassDrift(asset_class, cents, divide_half_away(cents * WEIGHT_ONE, total), targets.get(asset_class, 0))
        for asset_class, cents in sorted(class_cents.items(), key=lambda item: display_order[item[0]])
    ]
    weighted = [
        (position, close, cents, divide_half_away(cents * WEIGHT_ONE, total)) for position, close, cents in values
    ]
    shares = [weight for *_, weight in weighted]
    for drift in classes:
        shares += [drift.weight, drift.signed_drift]
    if any(abs(units) >= WEIGHT_LIMIT for units in shares):
        return NoValue("no_market_value", None)

    worst = max(classes, key=lambda drift: abs(drift.signed_drift))  # the first of equals: the lower display_order
    score = abs(worst.signed_drift)
    band = next(band for band in bands if band.max_drift is None or band.max_drift >= score)
    same_status = previous is not None and previous.band.drift_status == band.drift_status
    return Valuation(
        day=day,
        profile=profile,
        snapshot_date=snapshot_date,
        cents=total,
        positions=weighted,
        classes=classes,
        worst=worst,
        band=band,
        stale_positions=sum(close.price_date < day for _, close, _ in values),
        days_in_status=previous.days_in_status + 1 if previous is not None and same_status else 1,
    )
