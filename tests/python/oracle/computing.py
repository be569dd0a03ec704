"""From a landing directory and a policy to the outcome."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from oracle.book import book_overview, book_profiles, dim_drift_status, open_portfolios, rejection_counts
from oracle.controls import count, reconciliation, unvalued_portfolios
from oracle.judging import accepted, judge_alone, judge_prices, judge_references
from oracle.landing_tables import TABLES, Refused
from oracle.marts import advisor_overview, dim_portfolio, dim_risk_profile, drift_monitor, drift_trend, write_facts
from oracle.outcome import Outcome, Rejected, Row
from oracle.policy import read_policy
from oracle.reading import read_table
from oracle.reports import (
    drift_distribution,
    holdings_snapshots,
    latest_positions,
    profile_class_drift,
    status_spells,
    status_survival,
)
from oracle.run_controls import book_totals, controls, old_snapshots, price_jumps, stale_prices
from oracle.valuation import (
    NoValue,
    Valuation,
    assignments_in_force,
    closes_carried_forward,
    days_open,
    read_portfolios,
    snapshots_in_force,
    value_portfolio,
)


def compute(
    landing: Path,
    policy: Path,
    *,
    as_of_date: date | None = None,
    max_price_age_days: int = 5,
    max_snapshot_age_days: int = 400,
    max_rejected_share: Decimal = Decimal("0.05"),
    expect_date: date | None = None,
    comparison_days: int = 21,
) -> Outcome:
    """Everything that a build of `landing` under the policy in `policy` must publish; Refused if it must not build."""
    rules = read_policy(policy)
    tables = {table: read_table(landing, table) for table in TABLES}
    for table, rows in tables.items():
        judge_alone(table, rows)
    judge_references(tables, rules)
    as_of = judge_prices(tables["prices"], rules.trading_days, as_of_date)
    if as_of is None:
        raise Refused("prices: no row is usable")
    good = {table: accepted(rows) for table, rows in tables.items()}

    portfolios = read_portfolios(good)
    profiles = assignments_in_force(good["risk_profile_assignments"])
    holdings = snapshots_in_force(good)
    days = [day for day in rules.trading_days if as_of is not None and day <= as_of]
    closes = closes_carried_forward(good["prices"], days, max_price_age_days)

    valued: dict[str, dict[date, Valuation]] = {}
    exceptions: dict[str, dict[date, NoValue]] = {}
    for portfolio in portfolios:
        valued[portfolio.portfolio_id], exceptions[portfolio.portfolio_id] = value_portfolio(
            portfolio,
            holdings=holdings.get(portfolio.portfolio_id),
            profiles=profiles.get(portfolio.portfolio_id),
            closes=closes,
            days=days,
            rules=rules,
        )
    snapshot_days = [day for snapshots in holdings.values() for day in snapshots.dates]
    book_days = [day for day in days if day == days[-1] or day >= min(snapshot_days, default=date.max)]
    open_days = {
        portfolio.portfolio_id: days_open(portfolio, holdings.get(portfolio.portfolio_id), book_days)
        for portfolio in portfolios
    }

    outcome: dict[str, dict[Row, Row]] = {
        "marts.fct_portfolio_daily": {},
        "marts.fct_asset_class_daily": {},
        "marts.position_daily": {},
    }
    write_facts(outcome, portfolios, valued)
    outcome["marts.dim_portfolio"] = dim_portfolio(portfolios, good["risk_profile_assignments"], as_of)
    outcome["marts.dim_risk_profile"] = dim_risk_profile(rules)
    outcome["marts.dim_advisor"] = {(row.string("advisor_id"),): () for row in good["advisors"]}
    outcome["marts.dim_security"] = {(row.string("security_id"),): () for row in good["securities"]}
    outcome["marts.dim_asset_class"] = {(asset_class,): () for asset_class in rules.display_order}
    outcome["marts.drift_monitor"] = drift_monitor(portfolios, valued, open_days, days, max_snapshot_age_days)
    outcome["marts.advisor_overview"] = advisor_overview(portfolios, valued, open_days, rules)
    outcome["marts.drift_trend"] = drift_trend(portfolios, valued, open_days, profiles)
    opened = open_portfolios(portfolios, valued, open_days, profiles)
    spells = status_spells(valued)
    outcome |= {
        "marts.status_spells": spells,
        "marts.status_survival": status_survival(spells.values()),
        "marts.drift_distribution": drift_distribution(valued, days, comparison_days, rules.bins),
        "marts.profile_class_drift": profile_class_drift(valued, as_of),
        "marts.latest_positions": latest_positions(good, portfolios, valued, open_days, days),
        "marts.holdings_snapshots": holdings_snapshots(portfolios, holdings, as_of),
        "marts.book_overview": book_overview(opened, days, rules),
        "marts.book_profiles": book_profiles(opened, as_of, rules),
        "marts.dim_drift_status": dim_drift_status(rules, as_of),
    }
    outcome["audit.valuation_exceptions"] = {
        (portfolio_id, day): (exception.reason, exception.security_ids)
        for portfolio_id, of_portfolio in exceptions.items()
        for day, exception in of_portfolio.items()
    }
    outcome["audit.unvalued_portfolios"] = unvalued_portfolios(portfolios, valued, exceptions, open_days, days)
    counts = {table: count(rows) for table, rows in tables.items()}
    outcome["audit.reconciliation"] = reconciliation(counts, valued, good["custodian_balances"], rules)
    outcome["audit.price_jumps"] = price_jumps(good["prices"], portfolios, holdings)
    outcome["audit.stale_prices"] = stale_prices(valued, days)
    outcome["audit.old_snapshots"] = old_snapshots(portfolios, holdings, as_of, max_snapshot_age_days)
    outcome["audit.book_totals"] = book_totals(valued, book_days)
    days_off = None
    if expect_date is not None:
        first, last = sorted([as_of, expect_date])
        days_off = [day for day in rules.trading_days if first < day <= last]
    outcome["audit.controls"] = controls(outcome, counts, rules.limits, max_rejected_share, as_of, as_of_date, days_off)
    rejected_rows = [
        Rejected(table, row.reason, row.source_file, row.raw)
        for table, rows in tables.items()
        for row in rows
        if row.reason is not None
    ]
    outcome["audit.rejection_counts"] = rejection_counts(rejected_rows)
    return Outcome(as_of_date=as_of, counts=counts, rejected_rows=rejected_rows, tables=outcome)
