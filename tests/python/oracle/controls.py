"""The rows of the audit tables."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from oracle.arithmetic import millionths, to_cents, usd
from oracle.landing_tables import Landed
from oracle.outcome import Counts, Row
from oracle.policy import Policy
from oracle.valuation import NoValue, Portfolio, Valuation

RECONCILIATION_TOLERANCE = Decimal("0.01")


def count(rows: Sequence[Landed]) -> Counts:
    superseded = sum(row.reason == "superseded" for row in rows)
    rejected = sum(row.reason is not None for row in rows) - superseded
    return Counts(len(rows), len(rows) - rejected - superseded, rejected, superseded)


def unvalued_portfolios(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    exceptions: dict[str, dict[date, NoValue]],
    open_days: dict[str, list[date]],
    days: list[date],
) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for portfolio in portfolios:
        portfolio_id = portfolio.portfolio_id
        if not days or days[-1] not in open_days[portfolio_id] or days[-1] in valued[portfolio_id]:
            continue
        exception = exceptions[portfolio_id].get(days[-1])
        reason = "no_holdings" if exception is None else exception.reason
        rows[(portfolio_id,)] = (portfolio.advisor_id, reason, max(valued[portfolio_id], default=None))
    return rows


def reconciliation(
    counts: dict[str, Counts],
    valued: dict[str, dict[date, Valuation]],
    balances: list[Landed],
    rules: Policy,
) -> dict[Row, Row]:
    """Difference is actual - expected; the scope of a custodian balance is 'portfolio_id balance_date'."""
    rows: dict[Row, Row] = {}
    for table, number in counts.items():
        found = number.accepted + number.rejected + number.superseded
        rows["row_counts", table] = (number.landed, found, found - number.landed, 0, number.landed == found)
    recomputed: Counter[date] = Counter()
    published: Counter[date] = Counter()
    for of_portfolio in valued.values():
        for day, value in of_portfolio.items():
            recomputed[day] += sum(cents for _, _, cents, _ in value.positions)
            published[day] += value.cents
    for day, expected in recomputed.items():
        actual = published[day]
        rows["position_values", day.isoformat()] = (
            usd(expected),
            usd(actual),
            usd(actual - expected),
            0,
            actual == expected,
        )
    for row in balances:
        portfolio_id, balance_date = row.string("portfolio_id"), row.day("balance_date")
        reported = millionths(row.millionths("market_value"))
        position = bisect_right(rules.trading_days, balance_date)
        found_value = valued[portfolio_id].get(rules.trading_days[position - 1]) if position else None
        scope = f"{portfolio_id} {balance_date}"
        if found_value is None:
            rows["custodian_balances", scope] = (to_cents(reported), None, None, RECONCILIATION_TOLERANCE, False)
        else:
            difference = usd(found_value.cents) - reported
            rows["custodian_balances", scope] = (
                to_cents(reported),
                usd(found_value.cents),
                to_cents(difference),
                RECONCILIATION_TOLERANCE,
                abs(difference) <= RECONCILIATION_TOLERANCE,
            )
    return rows
