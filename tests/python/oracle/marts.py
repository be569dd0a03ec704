"""The rows of the marts."""

from collections import Counter, defaultdict
from datetime import date

from oracle.arithmetic import divide_half_away, millionths, share, usd
from oracle.landing_tables import Landed
from oracle.outcome import Row
from oracle.policy import InForce, Policy
from oracle.valuation import Portfolio, Valuation


def write_facts(
    outcome: dict[str, dict[Row, Row]],
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
) -> None:
    for portfolio in portfolios:
        portfolio_id = portfolio.portfolio_id
        for day, value in valued[portfolio_id].items():
            outcome["marts.fct_portfolio_daily"][portfolio_id, day] = (
                portfolio.advisor_id,
                value.profile,
                value.snapshot_date,
                usd(value.cents),
                share(value.drift_score),
                value.worst.asset_class,
                value.band.drift_status,
                value.band.severity,
                value.band.action,
                value.band.risk_level,
                len(value.positions),
                value.stale_positions,
                value.days_in_status,
            )
            for drift in value.classes:
                outcome["marts.fct_asset_class_daily"][portfolio_id, day, drift.asset_class] = (
                    usd(drift.cents),
                    share(drift.weight),
                    share(drift.target),
                    share(drift.signed_drift),
                    share(abs(drift.signed_drift)),
                )
            for position, close, cents, weight in value.positions:
                outcome["marts.position_daily"][portfolio_id, day, position.security_id] = (
                    value.snapshot_date,
                    millionths(position.quantity),
                    close.price_date,
                    millionths(close.price),
                    usd(cents),
                    share(weight),
                    position.source_file,
                )


def dim_portfolio(portfolios: list[Portfolio], assignments: list[Landed], as_of: date | None) -> dict[Row, Row]:
    by_portfolio: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in assignments:
        by_portfolio[row.string("portfolio_id")].append((row.day("effective_date"), row.string("risk_profile")))
    versions: dict[Row, Row] = {}
    for portfolio in portfolios:
        changes: list[tuple[date, str]] = []
        for effective, profile in sorted(by_portfolio[portfolio.portfolio_id]):
            if not changes or changes[-1][1] != profile:
                changes.append((effective, profile))
        ends: list[date | None] = [effective for effective, _ in changes[1:]] + [None]
        for (valid_from, profile), valid_to in zip(changes, ends, strict=False):
            is_current = as_of is not None and valid_from <= as_of and (valid_to is None or as_of < valid_to)
            versions[portfolio.portfolio_id, valid_from] = (
                portfolio.portfolio_name,
                portfolio.client_id,
                portfolio.client_name,
                portfolio.advisor_id,
                profile,
                portfolio.inception_date,
                portfolio.closed_date,
                valid_to,
                is_current,
            )
    return versions


def dim_risk_profile(rules: Policy) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for profile, sets in rules.targets.items():
        dates = sorted(sets)
        for valid_from, valid_to in zip(dates, [*dates[1:], None], strict=True):
            for asset_class in sets[valid_from]:
                rows[profile, asset_class, valid_from] = (valid_to,)
    return rows


def drift_monitor(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    days: list[date],
    max_snapshot_age_days: int,
) -> dict[Row, Row]:
    if not days:
        return {}
    as_of = days[-1]
    listed: list[tuple[Portfolio, Valuation]] = []
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        if as_of in open_days[portfolio.portfolio_id] and of_portfolio:
            listed.append((portfolio, of_portfolio[max(of_portfolio)]))
    listed.sort(key=lambda item: item[0].portfolio_id)
    listed.sort(key=lambda item: (item[1].band.severity, item[1].drift_score, item[1].cents), reverse=True)

    rows: dict[Row, Row] = {}
    for rank, (portfolio, value) in enumerate(listed, start=1):
        index = days.index(value.day)
        earlier = valued[portfolio.portfolio_id].get(days[index - 5]) if index >= 5 else None
        is_stale = (
            value.day < as_of or value.stale_positions > 0 or (as_of - value.snapshot_date).days > max_snapshot_age_days
        )
        rows[(portfolio.portfolio_id,)] = (
            rank,
            portfolio.portfolio_name,
            portfolio.client_name,
            portfolio.advisor_id,
            portfolio.advisor_name,
            value.profile,
            value.day,
            usd(value.cents),
            share(value.drift_score),
            value.worst.asset_class,
            share(value.worst.signed_drift),
            value.band.drift_status,
            value.band.severity,
            value.band.action,
            value.band.risk_level,
            value.days_in_status,
            None if earlier is None else share(earlier.drift_score),
            None if earlier is None else share(value.drift_score - earlier.drift_score),
            value.snapshot_date,
            is_stale,
        )
    return rows


def advisor_overview(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    rules: Policy,
) -> dict[Row, Row]:
    advisors = {portfolio.advisor_id: portfolio for portfolio in portfolios}
    values: dict[tuple[str, date], list[Valuation]] = defaultdict(list)
    unvalued: Counter[tuple[str, date]] = Counter()
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        for day in open_days[portfolio.portfolio_id]:
            if day in of_portfolio:
                values[portfolio.advisor_id, day].append(of_portfolio[day])
            else:
                unvalued[portfolio.advisor_id, day] += 1

    bands = InForce(rules.bands)
    rows: dict[Row, Row] = {}
    for advisor_id, day in values.keys() | unvalued.keys():
        book = values.get((advisor_id, day), [])
        policy_set = bands.on(day) or []
        normal = [value for value in book if value.band == policy_set[0]]
        rebalance = [value for value in book if value.band == policy_set[-1]]
        aum = sum(value.cents for value in book)
        rows[advisor_id, day] = (
            advisors[advisor_id].advisor_name,
            advisors[advisor_id].team,
            len(book),
            usd(aum) if book else None,
            len(normal),
            len(book) - len(normal) - len(rebalance),
            len(rebalance),
            usd(sum(value.cents for value in rebalance)) if book else None,
            share(divide_half_away(sum(value.drift_score * value.cents for value in book), aum)) if book else None,
            unvalued[advisor_id, day],
        )
    return rows


def drift_trend(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    profiles: dict[str, InForce[str]],
) -> dict[Row, Row]:
    cents: dict[Row, list[int | None]] = defaultdict(list)
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        in_force = profiles.get(portfolio.portfolio_id)
        for day in open_days[portfolio.portfolio_id]:
            if day in of_portfolio:
                value = of_portfolio[day]
                cents[day, value.profile, value.band.drift_status].append(value.cents)
            else:
                cents[day, in_force.on(day) if in_force else None, "Unvalued"].append(None)
    return {
        key: (len(amounts), None if key[2] == "Unvalued" else usd(sum(amount or 0 for amount in amounts)))
        for key, amounts in cents.items()
    }
