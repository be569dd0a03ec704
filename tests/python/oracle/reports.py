"""The rows of the marts that look at a whole book: spells, survival, distribution, averages, positions, snapshots."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise

from oracle.arithmetic import WEIGHT_ONE, divide_half_away, millionths, share, usd
from oracle.landing_tables import Landed
from oracle.outcome import Row
from oracle.policy import InForce
from oracle.valuation import Portfolio, Position, Valuation

ValuedDays = dict[str, dict[date, Valuation]]


def status_spells(valued: ValuedDays) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for portfolio_id, of_portfolio in valued.items():
        in_order = [of_portfolio[day] for day in sorted(of_portfolio)]
        spells = [list(run) for _, run in groupby(in_order, key=lambda value: value.band.drift_status)]
        following = [run[0].band.drift_status for run in spells[1:]] + [None]
        for number, (run, next_status) in enumerate(zip(spells, following, strict=False)):
            rows[portfolio_id, run[0].day] = (
                run[-1].day,
                run[-1].band.drift_status,
                run[-1].band.severity,
                len(run),
                share(max(value.drift_score for value in run)),
                next_status,
                next_status is not None,
                number > 0,
            )
    return rows


def status_survival(spells: Iterable[Row]) -> dict[Row, Row]:
    """Kaplan-Meier over the rows of `status_spells`, in fractions; rounded once."""
    lasted: dict[str, list[tuple[date, int, int, bool]]] = defaultdict(list)
    for last_date, status, severity, days, _, _, is_over, is_start_seen in spells:
        if is_start_seen:
            assert isinstance(last_date, date)
            assert isinstance(severity, int)
            assert isinstance(days, int)
            lasted[str(status)].append((last_date, severity, days, bool(is_over)))
    rows: dict[Row, Row] = {}
    for status, of_status in lasted.items():
        _, severity, _, _ = max(of_status)
        surviving = Fraction(1)
        for number in range(max(days for _, _, days, _ in of_status) + 1):
            at_risk = sum(days >= number for _, _, days, _ in of_status)
            ended = sum(days == number and is_over for _, _, days, is_over in of_status)
            if ended:
                surviving *= 1 - Fraction(ended, at_risk)
            rounded = divide_half_away(surviving.numerator * WEIGHT_ONE, surviving.denominator)
            rows[status, number] = (severity, at_risk, ended, share(rounded))
    return rows


def drift_distribution(
    valued: ValuedDays, days: list[date], comparison_days: int, bins: list[tuple[int, int | None]]
) -> dict[Row, Row]:
    as_of = len(days) - 1
    lower = [None, *(limit for _, limit in bins)]
    cents: dict[Row, list[int]] = defaultdict(list)
    bounds = {number: (above, limit) for (number, limit), above in zip(bins, lower, strict=False)}
    for index in {as_of, as_of - comparison_days}:
        for of_portfolio in valued.values():
            value = of_portfolio.get(days[index]) if index >= 0 else None
            if value is not None:
                number = next(number for number, limit in bins if limit is None or value.drift_score <= limit)
                cents[value.day, value.profile, number].append(value.cents)
    return {
        (day, profile, number): (
            day == days[as_of],
            *(None if bound is None else share(bound) for bound in bounds[int(str(number))]),
            len(amounts),
            usd(sum(amounts)),
        )
        for (day, profile, number), amounts in cents.items()
    }


def profile_class_drift(valued: ValuedDays, as_of: date) -> dict[Row, Row]:
    drifts: dict[Row, list[tuple[int, int]]] = defaultdict(list)
    for of_portfolio in valued.values():
        value = of_portfolio.get(as_of)
        for drift in value.classes if value is not None else []:
            assert value is not None
            drifts[value.profile, drift.asset_class].append((drift.signed_drift, value.cents))
    rows: dict[Row, Row] = {}
    for key, found in drifts.items():
        aum = sum(cents for _, cents in found)
        rows[key] = (
            as_of,
            len(found),
            usd(aum),
            share(divide_half_away(sum(drift * cents for drift, cents in found), aum)),
            share(divide_half_away(sum(abs(drift) * cents for drift, cents in found), aum)),
            share(max(abs(drift) for drift, _ in found)),
        )
    return rows


def latest_positions(
    good: dict[str, list[Landed]],
    portfolios: list[Portfolio],
    valued: ValuedDays,
    open_days: dict[str, list[date]],
    days: list[date],
) -> dict[Row, Row]:
    securities = {row.string("security_id"): row for row in good["securities"]}
    prices = {(row.string("security_id"), row.day("price_date")): row for row in good["prices"]}
    holdings = {
        (row.string("portfolio_id"), row.day("snapshot_date"), row.string("security_id")): row
        for row in good["holdings"]
    }
    rows: dict[Row, Row] = {}
    for portfolio_id in (portfolio.portfolio_id for portfolio in portfolios):
        of_portfolio = valued[portfolio_id]
        if days[-1] not in open_days[portfolio_id] or not of_portfolio:
            continue
        value = of_portfolio[max(of_portfolio)]
        for position, close, cents, weight in value.positions:
            security = securities[position.security_id]
            holding = holdings[portfolio_id, value.snapshot_date, position.security_id]
            price = prices[position.security_id, close.price_date]
            rows[portfolio_id, position.security_id] = (
                value.day,
                security.string("security_name"),
                security.string("asset_class"),
                security.optional("sector"),
                value.snapshot_date,
                millionths(position.quantity),
                close.price_date,
                days.index(value.day) - days.index(close.price_date),
                millionths(close.price),
                usd(cents),
                share(weight),
                holding.source_file,
                holding.line,
                price.source_file,
                price.line,
            )
    return rows


def holdings_snapshots(
    portfolios: list[Portfolio], holdings: dict[str, InForce[list[Position]]], as_of: date
) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for portfolio in portfolios:
        in_force = holdings.get(portfolio.portfolio_id)
        dates: list[date | None] = [*in_force.dates, None] if in_force is not None else []
        for valid_from, following in pairwise(dates):
            assert in_force is not None
            assert valid_from is not None
            ends = [day for day in (following, portfolio.closed_date) if day is not None]
            valid_to = min(ends, default=None)
            if valid_to is None or valid_from < valid_to:
                is_current = valid_from <= as_of and (valid_to is None or as_of < valid_to)
                positions = in_force.sets[valid_from]
                rows[portfolio.portfolio_id, valid_from] = (valid_from, valid_to, len(positions), is_current)
    return rows
