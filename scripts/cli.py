"""The command line ``drift``: thin, one function a command."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import yaml
from rich.console import Console

from scripts.build import BuildFailedError, build_and_publish, told
from scripts.simulator.command import simulate
from scripts.summary import print_summary
from scripts.warehouse import PROJECT, WarehouseError, current_database, shown

app = typer.Typer(
    name="drift",
    help="Portfolio Drift: from landed positions and prices to ranked drift alerts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(name="simulate")(simulate)


@app.command()
def run(
    landing: Annotated[
        Path | None,
        typer.Option(help="The folder with your own landed files. Left out: the seeds in seeds/raw.", metavar="FOLDER"),
    ] = None,
    variables: Annotated[
        str,
        typer.Option("--vars", help="Further dbt vars as YAML, such as 'as_of_date: 2026-06-30'.", metavar="YAML"),
    ] = "",
) -> None:
    """Build every mart and test it; if all holds, publish it as current.duckdb and print the summary.

    Exit code 0: published. 1: a model or a test failed, and current.duckdb is as it was. 2: the arguments are wrong.
    """
    try:
        build_and_publish(_dbt_vars(landing, variables))
    except BuildFailedError as failure:
        _tell_failure(failure)
    except KeyboardInterrupt:
        typer.echo("Stopped; nothing was published.", err=True)
        raise typer.Exit(130) from None
    print_summary(current_database(), _console())


@app.command()
def summary(
    database: Annotated[
        Path | None,
        typer.Option("--db", help="A database that dbt built. Left out: the last good build.", metavar="FILE"),
    ] = None,
) -> None:
    """Print the summary of a build: statuses, the most urgent alerts, and what to know before relying on them."""
    print_summary(database or current_database(), _console())


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
        write_docs(out.resolve())
    except BuildFailedError as failure:
        _tell_failure(failure)
    except DocsError as error:
        typer.echo(f"drift docs: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Open {shown(out.resolve())} in a browser; it needs no server and no network.")


def _tell_failure(failure: BuildFailedError) -> NoReturn:
    for line in told(failure):
        typer.echo(line, err=True)
    raise typer.Exit(1)


def _dbt_vars(landing: Path | None, variables: str) -> dict[str, str]:
    """The vars as they were written: dbt's macros judge the text of each."""
    try:
        given = yaml.load(variables, yaml.BaseLoader) or {}  # noqa: S506 (it knows text, lists and mappings, no objects)
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise typer.BadParameter(f"{variables!r} is no YAML mapping; write 'name: value'", param_hint="--vars")
    known = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise typer.BadParameter(
            f"{', '.join(unknown)} is no var of dbt_project.yml; it has {', '.join(known)}", param_hint="--vars"
        )
    return given if landing is None else {**given, "landing": str(landing)}


def _console() -> Console:
    """Standard output; wide enough for the tables where no terminal says how wide it is."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


def main() -> None:
    """Entry point of ``drift``: an error that a person can mend is one line, not a traceback."""
    try:
        app()
    except WarehouseError as error:
        typer.echo(f"drift: {error}", err=True)
        sys.exit(1)
