"""The command line ``drift``: thin, one function a command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ml.commands import ml
from scripts.dashboard import dashboard
from scripts.export.command import export
from scripts.landing.files import is_utf8
from scripts.runs import history_commands
from scripts.runs.commands import run, tell_failure, tell_notice
from scripts.runs.guard import RunFailedError
from scripts.simulator.command import simulate
from scripts.warehouse import PROJECT, WarehouseError, shown

app = typer.Typer(
    name="drift",
    help="Portfolio Drift: from landed positions and prices to ranked drift alerts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(name="run")(run)
for command in ("runs", "show", "rollback", "diff", "verify"):
    app.command(name=command)(getattr(history_commands, command))


@app.command()
def summary(
    database: Annotated[
        Path | None,
        typer.Option("--db", help="A database that dbt built. Left out: the run that readers see.", metavar="FILE"),
    ] = None,
) -> None:
    """Print the summary of a run: statuses, the most urgent alerts, and what to know before relying on them."""
    from scripts.summary import print_summary  # noqa: PLC0415 (other commands start without it)

    print_summary(database)


app.command(name="export")(export)
app.command(name="dashboard")(dashboard)
app.command(name="simulate")(simulate)
app.add_typer(ml)


@app.command()
def docs(
    out: Annotated[Path, typer.Option(help="The page to write.", dir_okay=False, metavar="FILE")] = PROJECT
    / "target"
    / "docs"
    / "index.html",
) -> None:
    """Write the documentation of every model and column, with lineage and star schema, as one page."""
    try:
        from scripts.docs import DocsError, write_docs  # noqa: PLC0415 (its libraries are in the development group)
    except ModuleNotFoundError as missing:
        typer.echo(f"drift docs: {missing.name} is not installed; run `make docs`", err=True)
        raise typer.Exit(2) from None
    try:
        write_docs(out.resolve(), tell_notice)
    except RunFailedError as failure:
        tell_failure(failure)
    except DocsError as error:
        typer.echo(f"drift docs: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Open {shown(out.resolve())} in a browser; it needs no server and no network.")


def main() -> None:
    """Entry point of ``drift``: an error that a person can mend is one line, not a traceback."""
    for argument in sys.argv[1:]:
        if not is_utf8(argument):
            typer.echo(f"drift: {argument!r} is not UTF-8; call it by a name that is", err=True)
            sys.exit(2)
    try:
        app()
    except WarehouseError as error:
        typer.echo(f"drift: {error}", err=True)
        sys.exit(1)
