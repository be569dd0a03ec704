"""The summary in the terminal: what the marts say, in a screen. It selects and prints; it computes nothing."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scripts.reader import open_database, open_published
from scripts.warehouse import Warehouse, WarehouseError, shown

TOP_ALERTS = 5
LISTED_FINDINGS = 3


def print_summary(database: Path | None = None) -> None:
    """Print the summary of ``database``, or of the run that readers see. Raises WarehouseError where it has none."""
    # wide enough for the tables where no terminal says how wide it is
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    notice = None
    if database is None:
        connection, run = open_published()
        database, notice = run.path, run.notice
    else:
        connection = open_database(database)
    try:
        with connection:
            _print_book(connection, console)
            _print_statuses(connection, console)
            _print_alerts(connection, console)
            _print_next(connection, console)
            _print_findings(connection, console)
            _print_accepted(connection, console)
    except duckdb.Error as broken:
        reason = str(broken).splitlines()[0]
        raise WarehouseError(f"{database} holds no build of this project ({reason}); run `make build`") from None
    if notice:
        console.print(f"[bold]Note[/bold]       {escape(notice)}", soft_wrap=True)
    _print_where(database, console)


def _print_where(database: Path, console: Console) -> None:
    link = Warehouse.from_environment().link
    is_current = link.resolve() == database.resolve()
    where = f"{shown(link)} -> {shown(database.resolve())}" if is_current else shown(database)
    console.print(f"Database   {escape(where)}", soft_wrap=True)
    console.print("Next       `.venv/bin/drift --help`, `make docs` (every model and column), `make help`")


def _print_accepted(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """What a person let through, beside the numbers that it concerns. A bare dbt build has no such table."""
    tables = _rows(connection, "select 1 from duckdb_tables() where schema_name = 'audit' and table_name = 'runs'")
    if not tables:
        return
    for control, finding, who, reason in _rows(
        connection,
        """
        select control, finding, accepted_by, reason from audit.accepted_controls
        where run_id = (select max(run_id) from audit.runs) order by control
        """,
    ):
        console.print(f"[bold]Accepted[/bold]   {escape(finding)}", soft_wrap=True)
        console.print(f"           by {escape(who)}, because: {escape(reason)} ({escape(control)})", soft_wrap=True)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _print_book(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    ((as_of_date,),) = _rows(connection, "select as_of_date from marts.dim_date where is_as_of_date")
    # a book of which no portfolio is open has no row
    of_the_firm = _rows(
        connection,
        """
        select portfolio_count, aum, unvalued_count
        from marts.book_overview
        inner join marts.dim_date using (as_of_date)
        where is_as_of_date and book_level = 'firm'
        """,
    )
    portfolios, aum, unvalued = of_the_firm[0] if of_the_firm else (0, None, 0)
    console.print()
    console.print(f"[bold]Portfolio Drift[/bold] as of [bold]{as_of_date:%A, %Y-%m-%d}[/bold]")
    console.print(f"{_count(portfolios)} portfolios, AUM {_usd(aum)}" + _also(unvalued, "open without a value"))


def _print_statuses(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading, justify in (("Status", "left"), ("Portfolios", "right"), ("AUM", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for status, portfolios, aum in _rows(
        connection,
        """
        select drift_status, sum(portfolio_count), sum(aum)
        from marts.drift_trend
        inner join marts.dim_date using (as_of_date)
        left join (select drift_status, max(severity) as severity from marts.drift_monitor group by drift_status)
            using (drift_status)
        where is_as_of_date
        group by drift_status, severity
        order by severity nulls last, drift_status
        """,
    ):
        table.add_row(escape(status), _count(portfolios), _usd(aum))
    console.print()
    console.print(table)


def _print_alerts(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, justify in (
        *(("#", "right"), ("Portfolio", "left"), ("Client", "left"), ("Advisor", "left"), ("Value", "right")),
        *(("Drift", "left"), ("Days", "right"), ("What to do", "left")),
    ):
        table.add_column(heading, justify=justify, no_wrap=heading in ("#", "Portfolio", "Drift", "Value", "Days"))  # type: ignore[arg-type]
    for rank, portfolio, client, advisor, value, asset_class, signed_drift, status, days, action in _rows(
        connection,
        f"""
        select
            alert_rank, portfolio_id, client_name, advisor_name, market_value, drift_asset_class, signed_drift,
            drift_status, days_in_status, recommended_action
        from marts.drift_monitor
        order by alert_rank
        limit {TOP_ALERTS}
        """,
    ):
        side = "over" if signed_drift > 0 else "under"
        drift = f"{asset_class} {_percent(abs(signed_drift))} {side}"
        what_to_do = f"{status}: {action}"
        cells = (str(rank), portfolio, client, advisor, _usd(value), drift, str(days), what_to_do)
        table.add_row(*(escape(cell) for cell in cells))
    console.print()
    console.print("[bold]Most urgent[/bold] (Days: trading days in the status)")
    console.print(table)


def _print_next(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Who is likeliest to be over the band soon, or why nobody knows."""
    following = _rows(
        connection,
        f"""
        select portfolio_id, breach_probability
        from marts.drift_monitor
        where breach_probability is not null
        order by next_rank
        limit {LISTED_FINDINGS}
        """,
    )
    ((days, refusal),) = _rows(
        connection, "select (select max(horizon_days) from marts.portfolio_risk_scores), refusal from ml.model_in_use"
    )
    console.print()
    if following:
        said = ", ".join(f"{portfolio} {_percent(probability)}" for portfolio, probability in following)
        console.print(f"[bold]Who is next[/bold] (probability of a breach within {days} trading days): {escape(said)}")
    elif refusal:
        console.print(f"[bold]No risk scores[/bold]: {escape(refusal)}", soft_wrap=True)
    console.print()


def _print_findings(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """What a person must know before relying on the numbers; silent where there is nothing to know."""
    rejected = _rows(
        connection,
        """
        select table_name, reason, row_count from audit.rejection_counts
        where reason <> 'superseded' order by row_count desc, table_name, reason
        """,
    )
    superseded = _rows(
        connection,
        """
        select table_name, row_count from audit.rejection_counts
        where reason = 'superseded' order by row_count desc, table_name
        """,
    )
    breaks = _rows(
        connection,
        """
        select control || ' ' || scope, difference from audit.reconciliation
        where not is_reconciled and (control, scope) not in (
            select ('custodian_balances', portfolio_id || ' ' || balance_date)
            from audit.custodian_balance_control where is_after_asked_date
        )
        order by abs(difference) desc nulls first, scope
        """,
    )
    unvalued = _rows(
        connection,
        "select portfolio_id, reason from audit.unvalued_portfolios order by portfolio_id",
    )
    jumps = _rows(
        connection,
        """
        select security_id || ' ' || price_date, price_change from audit.price_jumps
        order by abs(price_change) desc nulls first, security_id
        """,
    )
    _print_finding(
        console,
        "Rejected rows (audit.rejected_rows)",
        sum(count for _, _, count in rejected),
        [f"{table} {reason} {_count(count)}" for table, reason, count in rejected],
    )
    _print_finding(
        console,
        "Rows superseded by a later file (audit.rejected_rows)",
        sum(count for _, count in superseded),
        [f"{table} {_count(count)}" for table, count in superseded],
    )
    _print_finding(
        console,
        "Reconciliation breaks (audit.reconciliation)",
        len(breaks),
        [f"{scope}: " + ("no value" if amount is None else f"{amount:+,.2f}") for scope, amount in breaks],
    )
    ((balances,),) = _rows(
        connection, "select landed_count from audit.landed_row_counts where table_name = 'custodian_balances'"
    )
    if balances == 0:
        console.print("No custodian balances landed: values are not reconciled with the custodian")
    _print_finding(
        console,
        "Unvalued portfolios (audit.unvalued_portfolios)",
        len(unvalued),
        [f"{portfolio} {reason}" for portfolio, reason in unvalued],
    )
    _print_finding(
        console,
        "Price jumps on unchanged holdings (audit.price_jumps)",
        len(jumps),
        [f"{what} {_signed_percent(change)}" for what, change in jumps],
    )
    stale = _rows(connection, "select security_id, price_date from audit.stale_prices order by price_date, security_id")
    _print_finding(
        console,
        "Securities valued on an old close (audit.stale_prices)",
        len(stale),
        [f"{security} of {price_date}" for security, price_date in stale],
    )
    old = _rows(
        connection, "select portfolio_id, snapshot_date from audit.old_snapshots order by snapshot_date, portfolio_id"
    )
    _print_finding(
        console,
        "Portfolios with old holdings (audit.old_snapshots)",
        len(old),
        [f"{portfolio} of {snapshot_date}" for portfolio, snapshot_date in old],
    )
    for (age,) in _rows(connection, "select worst_finding from audit.controls where control = 'freshness'"):
        if age:
            console.print(f"Freshness: {escape(age)}", soft_wrap=True)


def _print_finding(console: Console, title: str, count: int, findings: Sequence[str]) -> None:
    if count == 0:
        return
    more = f", and {_count(len(findings) - LISTED_FINDINGS)} more" if len(findings) > LISTED_FINDINGS else ""
    listed = ", ".join(escape(finding) for finding in findings[:LISTED_FINDINGS])
    console.print(f"{title}: {_count(count)}: {listed}{more}", soft_wrap=True)


def _also(count: int | None, what: str) -> str:
    return f"; {_count(count)} {what}" if count else ""


def _count(count: int | None) -> str:
    return f"{count or 0:,}"


def _usd(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"${amount:,.0f}"


def _signed_percent(share: Decimal | None) -> str:
    if share is None:
        return "too large to state"
    return ("+" if share > 0 else "-") + _percent(abs(share))


def _percent(share: Decimal) -> str:
    return f"{share * 100:.2f} %"
