"""``drift runs``, ``show``, ``rollback``, ``diff`` and ``verify`` on the command line."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scripts.reader import open_database
from scripts.runs.audit_log import Pointer
from scripts.runs.commands import tell_notice
from scripts.runs.diff import Restatement, compare_runs
from scripts.runs.find import find_run, read_history
from scripts.runs.history import History, Run, told_of_rollback
from scripts.runs.lock import LockedError
from scripts.runs.rebuild import rebuilt_output_hash
from scripts.runs.rollback import roll_back
from scripts.runs.verify import verify as check_everything
from scripts.warehouse import Warehouse, WarehouseError, shown

LOCKED = 75
_WIDE = 120  # columns of a terminal
# what the table of `drift diff` shows as value, drift and status; the last three follow from the status
_SHOWN_IN_DIFF = ("market_value", "drift_score", "drift_status", "severity", "recommended_action", "risk_level")
_RunName = Annotated[
    str,
    typer.Argument(help="A run: its id, a beginning or end that fits no other, `current` or `last`.", metavar="RUN"),
]


def runs(
    limit: Annotated[int, typer.Option(help="How many to list, the newest first.", min=1, metavar="COUNT")] = 20,
    book: Annotated[str | None, typer.Option(help="Only the runs of this book.", metavar="NAME")] = None,
) -> None:
    """List the runs: when, of which book, how they ended, and which one readers see."""
    warehouse = Warehouse.from_environment()
    history = read_history(warehouse)
    pointer = Pointer.read(warehouse)
    listed = [run for run in reversed(history.runs.values()) if book is None or run.book == book]
    if not listed:
        books = "', '".join(sorted({run.book for run in history.runs.values()}))
        raise WarehouseError(f"no run is of the book {book!r}; there are '{books}'")
    console = _console()
    figures = ["Seconds", "Rows", "Rejected"] if console.width >= _WIDE else []  # `drift show` has them too
    table = _table("Run", "~Book", "As of", "Status", *(f">{figure}" for figure in figures), "~Note")
    for run in listed[:limit]:
        rows = run.ended.get("rows") or {}
        told = {
            "Seconds": _seconds(run),
            "Rows": _count(rows.get("landed")),
            "Rejected": _count(rows.get("rejected")),
        }
        table.add_row(
            *(run.run_id, escape(run.book), run.as_of_date or "", _status(run, history)),
            *(told[figure] for figure in figures),
            escape(_note(run, history, pointer)),
        )
    console.print(table)
    if len(listed) > limit:
        console.print(f"{len(listed) - limit} earlier ones: --limit {len(listed)}")


def show(name: _RunName) -> None:
    """Show one run: what it was made from, what came of it, its controls and what was accepted."""
    warehouse = Warehouse.from_environment()
    history = read_history(warehouse)
    run = find_run(warehouse, history, name)
    console = _console()
    console.print(_facts(run, history, Pointer.read(warehouse)))
    for event in run.accepted:
        console.print(f"[bold]Accepted[/bold] {escape(event['finding'])}", soft_wrap=True)
        console.print(f"         by {escape(event['by'])}, because: {escape(event['reason'])}", soft_wrap=True)
    _print_inputs(run, console)
    _print_results(run, console)
    _print_controls(warehouse, run, console)


def rollback(
    name: _RunName,
    reason: Annotated[str, typer.Option(help="Why; goes into the audit log.")] = "",
) -> None:
    """Let readers see an earlier run again. Exit code 75: a run is in progress."""
    try:
        run = roll_back(Warehouse.from_environment(), name, _command(), reason.strip(), tell_notice)
    except LockedError as locked:
        typer.echo(f"drift rollback: {locked}", err=True)
        raise typer.Exit(LOCKED) from None
    typer.echo(f"Readers see {run.run_id} again, as of {run.as_of_date}. `drift run` publishes anew.")


def diff(
    old: _RunName,
    new: _RunName,
    limit: Annotated[int, typer.Option(help="How many of the largest to show of each cause.", min=0)] = 10,
    out: Annotated[
        Path | None, typer.Option(help="Write every restated portfolio-day to this CSV file.", dir_okay=False)
    ] = None,
) -> None:
    """The restatement report: which portfolio-days differ between two runs, why, and by how many basis points.

    The causes are taken in order: the new input under the old policy and code, then the new policy and vars, then the
    new code. Steps between are built again from what is kept of both runs, which takes a few seconds each.
    """
    warehouse = Warehouse.from_environment()
    history = read_history(warehouse)
    before, after = find_run(warehouse, history, old), find_run(warehouse, history, new)
    console = _console()
    with Console(stderr=True).status("comparing"):
        found = compare_runs(warehouse, before, after)
    for heading, run in (("From", before), ("To  ", after)):
        accepted = "".join(f"; accepted {event['finding']}, because: {event['reason']}" for event in run.accepted)
        console.print(f"[bold]{heading}[/bold] {_named(run)}{escape(accepted)}", soft_wrap=True)
    console.print()
    for restatement in found.restatements:
        _print_restatement(restatement, limit, console)
    for notice in found.notices:
        console.print(f"[bold]Note[/bold] {escape(notice)}", soft_wrap=True)
    if out is not None:
        _write_restatements(found.restatements, out)
        console.print(f"Every restated portfolio-day: {escape(shown(out))}", soft_wrap=True)


def verify(
    rebuild: Annotated[
        str | None,
        typer.Option(help="Also make this run again from what is kept of it, and compare its output.", metavar="RUN"),
    ] = None,
) -> None:
    """Check all that can be checked: log, pointer, files, output, inputs. Exit code 1 if anything does not hold."""
    warehouse = Warehouse.from_environment()
    if not warehouse.audit_log.exists() and not warehouse.pointer.exists():
        raise WarehouseError(f"{shown(warehouse.folder)} has seen no run yet; `make build` makes the first")
    console = _console()
    has_failed = False
    for check in check_everything(warehouse):
        has_failed = _print_check(console, check.what, check.faults, check.note) or has_failed
    if rebuild is not None:
        run = find_run(warehouse, read_history(warehouse), rebuild)
        has_failed = (
            _print_check(console, f"{run.run_id} made again", _rebuild_faults(warehouse, run), "") or has_failed
        )
    if has_failed:
        raise typer.Exit(1)


def _rebuild_faults(warehouse: Warehouse, run: Run) -> tuple[str, ...]:
    if run.status != "published" or run.pruned_by is not None:
        gone = f"was pruned by {run.pruned_by}" if run.pruned_by else f"is {run.status}"
        return (f"it {gone}: its inputs are not kept",)
    try:
        found = rebuilt_output_hash(warehouse, run)
    except WarehouseError as failure:
        return (str(failure),)
    return () if found == run.output_hash else (f"its output hash is {found}, and was {run.output_hash}",)


def _print_check(console: Console, what: str, faults: tuple[str, ...], note: str) -> bool:
    console.print(
        f"{'FAULT' if faults else 'holds'}  {escape(what)}{': ' + escape(note) if note else ''}", soft_wrap=True
    )
    for fault in faults:
        console.print(f"       {escape(fault)}", soft_wrap=True)
    return bool(faults)


def _facts(run: Run, history: History, pointer: Pointer | None) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    started, result = run.started, run.ended
    rows = result.get("rows") or {}
    facts = {
        "Run": run.run_id,
        "Status": "; ".join(filter(None, [_status(run, history), _note(run, history, pointer)])),
        "Book": run.book,
        "As of": run.as_of_date,
        "Started": f"{started['at']} (took {_seconds(run)} s)" if run.ended else started["at"],
        "Command": started["command"],
        "Vars": ", ".join(f"{name}: {value}" for name, value in json.loads(started["vars"]).items() if value != ""),
        "Commit": started["project_commit"],
        "Versions": f"dbt {started['dbt_version']}, DuckDB {started['duckdb_version']}",
        "Rows": ", ".join(f"{_count(count)} {kind}" for kind, count in rows.items()),
        "Taken back": history.rolled_back.get(run.run_id) and told_of_rollback(history.rolled_back[run.run_id]),
        "Updates": result.get("updates"),
        "Input hash": result.get("input_hash"),
        "Output hash": result.get("output_hash"),
        "Code hash": result.get("code_hash"),
        "File": result.get("sha256") and f"sha256 {result['sha256']}, {result['bytes'] / 1e6:,.1f} MB",
        "Message": run.message,
    }
    for name, value in facts.items():
        if value:
            table.add_row(f"[bold]{name}[/bold]", escape(str(value)))
    return table


def _print_inputs(run: Run, console: Console) -> None:
    files: dict[str, list[int | None]] = {}
    for table_name, _, _, row_count in run.ended.get("inputs", ()):
        files.setdefault(table_name, []).append(row_count)
    if files:
        table = _table("Input", ">Files", ">Rows")
        for name, counts in files.items():
            known = [count for count in counts if count is not None]
            table.add_row(name, str(len(counts)), _count(sum(known)) if known else "")
        console.print()
        console.print(table)


def _print_results(run: Run, console: Console) -> None:
    results = run.ended.get("results", ())
    if not results:
        return
    counts: dict[str, int] = {}
    for _, kind, status, *_ in results:
        counts[f"{kind} {status}"] = counts.get(f"{kind} {status}", 0) + 1
    console.print()
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    console.print(f"[bold]Nodes[/bold] {told}", soft_wrap=True)
    for node, _, status, _, _, _, message in results:
        if status in ("error", "fail", "warn"):
            console.print(f"  {status} {escape(node)}: {escape(' '.join(message.split()))}", soft_wrap=True)


def _print_controls(warehouse: Warehouse, run: Run, console: Console) -> None:
    path = warehouse.database(run.run_id) if run.status == "published" else warehouse.blocked / f"{run.run_id}.duckdb"
    if not path.is_file():
        gone = f"its file was pruned by {run.pruned_by}" if run.pruned_by else "it has no file"
        console.print(f"\n[bold]Controls[/bold] can't be shown: {gone}")
        return
    with open_database(path, run.sha256) as connection:
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'controls'").fetchall():
            console.print(
                f"\n[bold]Controls[/bold] none yet when it was blocked; what was built: {escape(shown(path))}"
            )
            return
        table = _table("Control", "Outcome", ">Figure", ">Warns above", ">Blocks above", "Unit", "~Worst")
        for control, outcome, *figures, unit, worst in connection.execute(
            "select control, outcome, figure, warning_limit, blocking_limit, unit, worst_finding"
            " from audit.controls order by control"
        ).fetchall():
            table.add_row(control, outcome, *(_figure(figure) for figure in figures), unit, escape(worst or ""))
    console.print()
    console.print(table)
    console.print(f"\n[bold]Database[/bold] {escape(shown(path))}", soft_wrap=True)


def _print_restatement(restatement: Restatement, limit: int, console: Console) -> None:
    rows = restatement.rows
    if rows.num_rows == 0:
        console.print(f"[bold]{restatement.cause}[/bold]: changes nothing\n")
        return
    counts = {
        change: pc.sum(pc.equal(rows["change"], change)).as_py() or 0 for change in ("changed", "added", "withdrawn")
    }
    told = ", ".join(f"{_count(count)} {change}" for change, count in counts.items() if count)
    portfolios = len(rows["portfolio_id"].unique())
    console.print(f"[bold]{restatement.cause}[/bold]: portfolio-days {told}; {_count(portfolios)} portfolios")
    table = _table(
        *("Portfolio", "Day", ">Value before", ">Value after", ">Value bps"),
        *(">Drift before", ">Drift after", ">Drift bps", "~Status", "~Also changed"),
    )
    for row in rows.slice(0, limit).to_pylist():
        table.add_row(*_restated(row))
    console.print(table)
    if rows.num_rows > limit:
        console.print(f"{_count(rows.num_rows - limit)} smaller ones: --limit {rows.num_rows}, or all with --out FILE")
    console.print()


def _restated(row: dict[str, Any]) -> Iterator[str]:
    yield from (escape(row["portfolio_id"]), str(row["as_of_date"]))
    yield from (_money(row["old_market_value"]), _money(row["new_market_value"]), _bps(row["market_value_change_bps"]))
    yield from (_percent(row["old_drift_score"]), _percent(row["new_drift_score"]), _bps(row["drift_score_change_bps"]))
    old, new = row["old_drift_status"], row["new_drift_status"]
    yield escape(str(new if old == new else f"{old or 'none'} -> {new or 'none'}"))
    also = [name for name in row["changed_columns"].split(", ") if name not in _SHOWN_IN_DIFF]
    yield escape(", ".join(also) if row["change"] == "changed" else f"the day is {row['change']}")


def _write_restatements(restatements: list[Restatement], out: Path) -> None:
    tables = [
        restatement.rows.add_column(0, "cause", pa.array([restatement.cause] * restatement.rows.num_rows))
        for restatement in restatements
        if restatement.rows.num_rows
    ]
    if tables:
        pa_csv.write_csv(pa.concat_tables(tables), out)
    else:
        out.write_text("")


def _note(run: Run, history: History, pointer: Pointer | None) -> str:
    notes = []
    if pointer is not None and pointer.run_id == run.run_id:
        notes.append("<- what readers see")
    if run.run_id in history.rolled_back:
        notes.append(f"taken back{f': {why}' if (why := history.rolled_back[run.run_id].get('reason')) else ''}")
    if run.pruned_by:
        notes.append(f"pruned by {run.pruned_by}")
    if not run.ended:
        notes.append("it has no end" if history.was_killed(run) else "or killed: it has no end")
    notes += [f"accepted {event['control']}" for event in run.accepted]
    if run.status in ("failed", "blocked"):
        notes.append(run.message[:60] + ("..." if len(run.message) > 60 else ""))
    return "; ".join(notes)


def _status(run: Run, history: History) -> str:
    return "killed" if history.was_killed(run) else run.status


def _named(run: Run) -> str:
    return f"{run.run_id}, book {escape(run.book)}, as of {run.as_of_date}"


def _table(*headings: str) -> Table:
    """Columns by their headings: after ``>`` to the right, after ``~`` the text may be broken into lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(
            heading.lstrip(">~"),
            justify="right" if heading.startswith(">") else "left",
            overflow="fold",
            no_wrap=not heading.startswith("~"),
        )
    return table


def _console() -> Console:
    """Standard output; wide enough for the tables where no terminal says how wide it is."""
    return Console(width=None if sys.stdout.isatty() else 180, highlight=False)


def _command() -> str:
    return " ".join(["drift", *sys.argv[1:]])


def _seconds(run: Run) -> str:
    if run.ended_at is None:
        return ""
    took = datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started["at"])
    return f"{took.total_seconds():.1f}"


def _count(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{share * 100:.2f} %"


def _bps(change: Decimal | None) -> str:
    return "" if change is None else f"{change:+,.2f}"


def _figure(figure: Decimal | None) -> str:
    return "" if figure is None else f"{figure.normalize():f}"
