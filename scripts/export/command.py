"""``drift export`` on the command line."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from scripts.export.folder import (
    MANIFEST,
    Export,
    FileFormat,
    TooManyRowsError,
    WrittenFile,
    plan_export,
    write_export,
)
from scripts.export.marts import Selection, UnknownMartError
from scripts.export.workbook import WorkbookError
from scripts.progress import progress_bar
from scripts.reader import open_published
from scripts.runs.commands import (
    STOPPED_BY_CTRL_C,
    STOPPED_BY_SIGTERM,
    day_of_option,
    raise_stopped,
    tell_notice,
)
from scripts.runs.guard import StoppedError
from scripts.runs.signals import signals_deferred
from scripts.warehouse import PROJECT, WarehouseError, shown

_GUIDE = PROJECT / "dashboards" / "powerbi" / "README.md"


def export(
    file_format: Annotated[
        FileFormat,
        typer.Option("--format", help="parquet and csv: a file per mart; xlsx: one workbook, a sheet per mart."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="The folder to write into; made if need be. Only files of the same names are replaced.",
            file_okay=False,
            metavar="FOLDER",
        ),
    ],
    tables: Annotated[str, typer.Option(help="Only these marts. Left out: all.", metavar="NAME,NAME")] = "",
    first_day: Annotated[
        str | None,
        typer.Option("--from", help="Of marts with a row per day, this day and later ones only.", metavar="YYYY-MM-DD"),
    ] = None,
    positions_from: Annotated[
        str | None,
        typer.Option(
            help="Positions of this day and later ones. Left out: those of the as-of date only.", metavar="YYYY-MM-DD"
        ),
    ] = None,
) -> None:
    """Write the marts of the run that readers see as files for Power BI, Excel and others.

    Text that a spreadsheet would run as a formula gets an apostrophe before it in csv and xlsx. The same run gives the
    same bytes. manifest.json tells the run, and of each file its SHA-256, rows and columns. Exit codes: 0 written;
    1 nothing to read, or not to be written; 2 wrong arguments; 130 and 143 stopped. Unless it is 0, the files that were
    there are as they were.
    """
    selection = Selection(
        tuple(dict.fromkeys(name.strip() for name in tables.split(",") if name.strip())),
        _day(first_day, "--from"),
        _day(positions_from, "--positions-from"),
    )
    signal.signal(signal.SIGTERM, raise_stopped)
    try:
        export_to(out, file_format, selection)
    except KeyboardInterrupt:
        typer.echo(f"Stopped by Ctrl-C. {shown(out)} is as it was.", err=True)
        raise typer.Exit(STOPPED_BY_CTRL_C) from None
    except StoppedError:
        typer.echo(f"Stopped by SIGTERM. {shown(out)} is as it was.", err=True)
        raise typer.Exit(STOPPED_BY_SIGTERM) from None


def export_to(out: Path, file_format: FileFormat, selection: Selection) -> None:
    """Write what is selected and say what was written. Raises WarehouseError, and typer.BadParameter for a slip."""
    connection, run = open_published()
    with connection:
        for day, option in ((selection.first_day, "--from"), (selection.positions_from, "--positions-from")):
            if day is not None and day.isoformat() > run.as_of_date:
                raise typer.BadParameter(f"{day} is after the as-of date, {run.as_of_date}", param_hint=option)
        if run.notice:
            tell_notice(run.notice)
        try:
            with signals_deferred():
                planned = plan_export(connection, run, file_format, selection)
            with _progress(planned.row_count) as advance:
                written = write_export(connection, planned, out, advance)
        except UnknownMartError as unknown:
            raise typer.BadParameter(str(unknown), param_hint="--tables") from None
        except TooManyRowsError as too_many:
            raise typer.BadParameter(str(too_many), param_hint="--format") from None
        except WorkbookError as error:
            raise WarehouseError(f"{error}; take --format parquet or csv") from None
        except OSError as error:
            raise WarehouseError(
                f"{shown(out)} can't be written ({error.strerror}); its files are as they were"
            ) from None
        except duckdb.Error as broken:
            reason = str(broken).splitlines()[0]
            raise WarehouseError(
                f"{shown(run.path)} can't be read ({reason}); `drift verify` says what is wrong"
            ) from None
    _tell(planned, written, out)


@contextmanager
def _progress(row_count: int) -> Iterator[Callable[[int], None]]:
    """What to tell about rows that were read; shown on standard error where someone is watching."""
    with progress_bar(TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("rows", total=row_count)
        yield lambda count: bar.advance(task, count)


def _tell(export: Export, written: list[WrittenFile], out: Path) -> None:
    width = max(len(file.name) for file in written)
    for file in written:
        rows = sum(mart.row_count for mart in file.marts)
        sheets = f"  {len(file.marts)} sheets" if export.file_format is FileFormat.xlsx else ""
        typer.echo(f"{file.name:<{width}}  {rows:>11,} rows  {file.byte_count / 1e3:>11,.1f} kB{sheets}")
    typer.echo(
        f"{export.run.run_id}, as of {export.run.as_of_date}, is in {shown(out)}; {MANIFEST} lists it to be checked."
    )
    typer.echo(f"Next: open it in Power BI or Excel, {shown(_GUIDE)}")


def _day(text: str | None, option: str) -> date | None:
    day = day_of_option(text, option)
    return day if day is None else date.fromisoformat(day)
