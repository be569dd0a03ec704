"""The rows of the marts that speak of a part of the book: the firm, a team, an advisor."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from oracle.arithmetic import divide_half_away, share, usd
from oracle.outcome import Rejected, Row
from oracle.policy import Band, InForce, Policy
from oracle.valuation import Portfolio, Valuation

CHANGING = (0, 1, 3, 4, 5, 6, 7)  # all of a part's numbers but normal_count


@dataclass(frozen=True)
class Open:
    """A portfolio on a day on which it is open, valued or not."""

    portfolio: Portfolio
    day: date
    profile: str | None
    value: Valuation | None


def open_portfolios(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    profiles: dict[str, InForce[str]],
) -> list[Open]:
    return [
        Open(
            portfolio,
            day,
            profiles[portfolio.portfolio_id].on(day) if portfolio.portfolio_id in profiles else None,
            valued[portfolio.portfolio_id].get(day),
        )
        for portfolio in portfolios
        for day in open_days[portfolio.portfolio_id]
    ]


def parts_of(portfolio: Portfolio) -> Iterator[tuple[str, str]]:
    """Level and id of each part of the book that a portfolio is in."""
    yield "firm", "firm"
    if portfolio.team is not None:
        yield "team", portfolio.team
    yield "advisor", portfolio.advisor_id


def place(band: Band, policy_set: list[Band]) -> str:
    """Where a band stands in its set, which is in the order of severity."""
    if band == policy_set[0]:
        return "first"
    return "last" if band == policy_set[-1] else "between"


def _counts(values: list[Valuation], rules: Policy) -> tuple[int, int, int]:
    bands = InForce(rules.bands)
    places = [place(value.band, bands.on(value.day) or []) for value in values]
    return places.count("first"), places.count("between"), places.count("last")


def _average_of_advisors(values: Iterable[tuple[str, Valuation]]) -> Decimal:
    """How a part of the book is averaged: its advisors' own rounded averages, weighted by their AUM.

    Three roundings of half a unit at most part it from the average over its portfolios: it is one unit off at most.
    """
    of_advisor: dict[str, list[Valuation]] = defaultdict(list)
    for advisor_id, value in values:
        of_advisor[advisor_id].append(value)
    exact, weighted, total = 0, 0, 0
    for of_one in of_advisor.values():
        cents = sum(value.cents for value in of_one)
        score_times_cents = sum(value.drift_score * value.cents for value in of_one)
        exact += score_times_cents
        weighted += divide_half_away(score_times_cents, cents) * cents
        total += cents
    average = divide_half_away(weighted, total)
    assert abs(average - divide_half_away(exact, total)) <= 1
    return share(average)


def book_overview(opened: list[Open], days: list[date], rules: Policy) -> dict[Row, Row]:
    in_part: dict[tuple[str, str, date], list[Open]] = defaultdict(list)
    for item in opened:
        for level, name in parts_of(item.portfolio):
            in_part[level, name, item.day].append(item)
    bands = InForce(rules.bands)
    numbers: dict[tuple[str, str, date], tuple[int | Decimal | None, ...]] = {}
    for key, items in in_part.items():
        values = [item.value for item in items if item.value is not None]
        flagged = [value for value in values if place(value.band, bands.on(value.day) or []) == "last"]
        by_advisor = [(item.portfolio.advisor_id, item.value) for item in items if item.value is not None]
        numbers[key] = (
            len(values),
            usd(sum(value.cents for value in values)) if values else None,
            *_counts(values, rules),
            usd(sum(value.cents for value in flagged)) if values else None,
            _average_of_advisors(by_advisor) if values else None,
            len(items) - len(values),
        )
    number = {day: index for index, day in enumerate(days)}

    def before(day: date, distance: int) -> date:
        """The trading day so many before; date.min, which has no row, where the calendar does not reach back."""
        return days[number[day] - distance] if number[day] >= distance else date.min

    return {
        (level, name, day): (
            *of_day,
            *_changes(of_day, numbers.get((level, name, before(day, 1)))),
            *_changes(of_day, numbers.get((level, name, before(day, 5)))),
        )
        for (level, name, day), of_day in numbers.items()
    }


def _changes(
    now: tuple[int | Decimal | None, ...], before: tuple[int | Decimal | None, ...] | None
) -> Iterator[int | Decimal | None]:
    for column in CHANGING:
        new, old = now[column], None if before is None else before[column]
        yield None if new is None or old is None else new - old


def book_profiles(opened: list[Open], as_of: date, rules: Policy) -> dict[Row, Row]:
    in_part: dict[Row, list[Open]] = defaultdict(list)
    for item in opened:
        if item.day == as_of:
            for level, name in parts_of(item.portfolio):
                in_part[level, name, as_of, item.profile].append(item)
    rows: dict[Row, Row] = {}
    for key, items in in_part.items():
        values = [item.value for item in items if item.value is not None]
        aum = usd(sum(value.cents for value in values)) if values else None
        rows[key] = (len(values), aum, *_counts(values, rules), len(items) - len(values))
    return rows


def dim_drift_status(rules: Policy, as_of: date) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    dates = sorted(rules.bands)
    for valid_from, valid_to in zip(dates, [*dates[1:], None], strict=True):
        above: int | None = None
        for band in rules.bands[valid_from]:
            rows[band.drift_status, valid_from] = (
                band.severity,
                None if above is None else share(above),
                None if band.max_drift is None else share(band.max_drift),
                band.action,
                band.risk_level,
                place(band, rules.bands[valid_from]),
                valid_to,
                valid_from <= as_of and (valid_to is None or as_of < valid_to),
            )
            above = band.max_drift
    return rows


def rejection_counts(rejected: list[Rejected]) -> dict[Row, Row]:
    counts: dict[Row, int] = defaultdict(int)
    for row in rejected:
        counts[row.table, row.reason] += 1
    return {key: (number,) for key, number in counts.items()}
