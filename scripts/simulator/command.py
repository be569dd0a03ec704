"""``drift simulate``: the simulator on the command line."""

import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scripts.simulator import simulate as write_simulation
from scripts.simulator.options import PROJECT_ROOT, SimulationSummary, SimulatorError, SimulatorOptions

DEFAULTS = SimulatorOptions()
SEEDS = PROJECT_ROOT / "seeds"


class FileFormatChoice(StrEnum):
    """How the tables are written."""

    csv = "csv"
    parquet = "parquet"


def simulate(
    portfolios: Annotated[
        int, typer.Option("--portfolios", help="How many portfolios to make, closed ones among them.", metavar="COUNT")
    ] = DEFAULTS.portfolios,
    days: Annotated[
        int, typer.Option("--days", help="How many New York trading days of history; 252 are a year.", metavar="COUNT")
    ] = DEFAULTS.days,
    seed: Annotated[
        int, typer.Option("--seed", help="Which book to make: the same seed gives the same bytes.", metavar="NUMBER")
    ] = DEFAULTS.seed,
    end: Annotated[
        str,
        typer.Option(
            "--end", help="The last day; where it is no trading day, the last one before it.", metavar="YYYY-MM-DD"
        ),
    ] = DEFAULTS.end.isoformat(),
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The folder to write into. Only files of an earlier simulation are replaced.",
            file_okay=False,
            show_default="the project's seeds/raw",
            metavar="FOLDER",
        ),
    ] = SEEDS / "raw",
    file_format: Annotated[
        FileFormatChoice,
        typer.Option(
            "--format", help="csv, or parquet for large books (which can't be seeds: name a folder by --out)."
        ),
    ] = FileFormatChoice.csv,
    defects: Annotated[
        int,
        typer.Option(
            "--defects",
            help="Plant this many of each kind of bad row, and list them in planted_defects.json beside the data.",
            metavar="COUNT",
        ),
    ] = DEFAULTS.defects,
    max_rejected_share: Annotated[
        float | None,
        typer.Option(
            "--max-rejected-share",
            help="With --defects: the share of a table's rows, of 1, that may be bad, as the build will be run with. "
            "Left out: the project's own, from dbt_project.yml.",
            metavar="SHARE",
        ),
    ] = None,
) -> None:
    """Make up a book of portfolios and write its landing tables.

    Advisors, clients, portfolios, risk profiles, securities, daily prices, holdings and custodian balances: clean, true
    to life, and the same for the same arguments. To build from another folder than seeds/raw: drift run
    --landing FOLDER.
    """
    try:
        folder = _checked_folder(out, file_format, defects)
        limits = _build_limits(max_rejected_share) if defects else (None, None)
        options = SimulatorOptions(
            portfolios=portfolios,
            days=days,
            seed=seed,
            end=_day(end),
            file_format=file_format.value,
            defects=defects,
            max_rejected_share=limits[0],
            max_price_age_days=limits[1],
        )
        summary = _with_progress_bar(options, folder)
    except SimulatorError as refused:
        typer.echo(f"drift simulate: {refused}", err=True)
        raise typer.Exit(2) from None
    except OSError as broken:
        typer.echo(f"drift simulate: {out} can't be written: {broken.strerror or broken}", err=True)
        raise typer.Exit(1) from None
    _tell(summary)


def _with_progress_bar(options: SimulatorOptions, folder: Path) -> SimulationSummary:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating portfolios", total=options.portfolios)
        return write_simulation(options, folder, progress=lambda count: bar.advance(task, count))


def _tell(summary: SimulationSummary) -> None:
    rows = ", ".join(f"{name} {count:,}" for name, count in summary.row_counts.items())
    size = f"{summary.bytes_written / 1e6:.1f} MB"
    typer.echo(f"{summary.out}: {summary.first_day} to {summary.last_day}, {size}. Rows: {rows}")
    if summary.planted:
        left_out = f"; {summary.not_planted} kinds only in part or not at all" if summary.not_planted else ""
        typer.echo(f"{summary.out / 'planted_defects.json'}: {summary.planted} rows that must not be used{left_out}")


def _checked_folder(out: Path, file_format: FileFormatChoice, defects: int) -> Path:
    """``out``, unless it is among dbt's seeds, where only clean CSV files belong."""
    is_seed_folder = out.resolve().is_relative_to(SEEDS)
    if is_seed_folder and file_format is FileFormatChoice.parquet:
        raise SimulatorError(f"--format parquet: seeds are CSV files; name another folder than {out} by --out")
    if is_seed_folder and defects:
        raise SimulatorError(f"--defects {defects}: the seeds stay clean; name another folder than {out} by --out")
    return out


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise SimulatorError(f"--end {text}: write the day as YYYY-MM-DD")
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise SimulatorError(f"--end {text}: there is no such day") from None


def _build_limits(max_rejected_share: float | None) -> tuple[float, int]:
    """The build's own limits, from the one place that states them: how many bad rows, and how old a close."""
    path = PROJECT_ROOT / "dbt_project.yml"
    try:
        variables = yaml.safe_load(path.read_text(encoding="utf-8"))["vars"]
        share = float(variables["max_rejected_share"] if max_rejected_share is None else max_rejected_share)
        age = int(variables["max_price_age_days"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as broken:
        raise SimulatorError(f"{path}: {broken!r}; the limits of the build are needed to plant defects") from None
    if not 0 <= share <= 1:
        raise SimulatorError(f"--max-rejected-share {share}: a share of 1, such as 0.05 for 5 %")
    return share, age
