"""An export: files of one run, put in place when all of them are whole, and a manifest to check them by."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path

import duckdb
import pyarrow as pa

from scripts.export.csv_file import write_csv
from scripts.export.marts import Mart, Selection, read_mart, select_marts
from scripts.export.parquet_file import write_parquet
from scripts.export.workbook import EXCEL_ROWS, sheet_names, write_workbook
from scripts.reader import PublishedRun
from scripts.runs.files import sha256_of, sync
from scripts.runs.signals import signals_deferred

WORKBOOK = "portfolio_drift.xlsx"
MANIFEST = "manifest.json"


class FileFormat(StrEnum):
    """What tools read."""

    parquet = "parquet"
    csv = "csv"
    xlsx = "xlsx"


class TooManyRowsError(Exception):
    """A mart that no Excel sheet can hold: the message names it, its rows, and what to do."""


@dataclass(frozen=True)
class Export:
    """What is exported: marts of a run, in a format, with the selection that they were limited by."""

    run: PublishedRun
    file_format: FileFormat
    selection: Selection
    marts: Sequence[Mart]

    @property
    def row_count(self) -> int:
        """Rows of all marts together."""
        return sum(mart.row_count for mart in self.marts)

    @property
    def files(self) -> dict[str, list[Mart]]:
        """The marts in each file, by its name."""
        if self.file_format is FileFormat.xlsx:
            return {WORKBOOK: list(self.marts)}
        return {f"{mart.name}.{self.file_format}": [mart] for mart in self.marts}


@dataclass(frozen=True)
class WrittenFile:
    """A file that was put in place."""

    name: str
    marts: Sequence[Mart]
    byte_count: int
    sha256: str


def plan_export(
    connection: duckdb.DuckDBPyConnection,
    run: PublishedRun,
    file_format: FileFormat,
    selection: Selection,
    sheet_rows: int = EXCEL_ROWS,
) -> Export:
    """What will be written. Raises UnknownMartError, and TooManyRowsError for a sheet of more than ``sheet_rows``."""
    marts = select_marts(connection, selection, date.fromisoformat(run.as_of_date))
    for mart in marts if file_format is FileFormat.xlsx else ():
        if mart.row_count >= sheet_rows:  # one is the header's
            raise TooManyRowsError(
                f"{mart.name} has {mart.row_count:,} rows, and an Excel sheet holds {sheet_rows - 1:,} below its "
                "header: begin later with --from, choose marts with --tables, or take --format parquet or csv"
            )
    return Export(run, file_format, selection, marts)


def write_export(
    connection: duckdb.DuckDBPyConnection, export: Export, folder: Path, advance: Callable[[int], None]
) -> list[WrittenFile]:
    """Write the files of an export and its manifest into ``folder``, which is made if need be.

    Until all are whole they lie in a folder of their own in it; then each takes the place of its predecessor, the
    manifest last. ``advance`` is told how many rows were read. Raises OSError, and WorkbookError for a text that no
    cell can hold; what was there then stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as name:
        scratch = Path(name)
        written = []
        for file, marts in export.files.items():
            _write_file(connection, export, marts, scratch / file, advance)
            written.append(WrittenFile(file, marts, (scratch / file).stat().st_size, sha256_of(scratch / file)))
        (scratch / MANIFEST).write_text(manifest(export, written), encoding="utf-8")
        for file in (*export.files, MANIFEST):
            sync(scratch / file)
        with signals_deferred():
            for file in (*export.files, MANIFEST):
                (scratch / file).replace(folder / file)
    return written


def manifest(export: Export, written: Iterable[WrittenFile]) -> str:
    """What a receiver can hold the files against: JSON, the same for the same run and selection."""
    sheets = sheet_names(mart.name for mart in export.marts)
    content = {
        "run_id": export.run.run_id,
        "as_of_date": export.run.as_of_date,
        "notice": export.run.notice,
        "format": export.file_format,
        "from": _iso(export.selection.first_day),
        "positions_from": _iso(export.selection.positions_from),
        "files": [
            {
                "file": file.name,
                "bytes": file.byte_count,
                "sha256": file.sha256,
                "tables": [
                    {
                        "table": mart.name,
                        **({"sheet": sheets[mart.name]} if export.file_format is FileFormat.xlsx else {}),
                        "rows": mart.row_count,
                        "columns": mart.columns,
                    }
                    for mart in file.marts
                ],
            }
            for file in written
        ],
    }
    return json.dumps(content, indent=2) + "\n"


def _write_file(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    marts: Sequence[Mart],
    path: Path,
    advance: Callable[[int], None],
) -> None:
    readers: Mapping[str, pa.RecordBatchReader] = {mart.name: read_mart(connection, mart, advance) for mart in marts}
    with path.open("wb") as file:
        if export.file_format is FileFormat.xlsx:
            # a date that is the same for the same run: the clock would make other bytes of it
            created = datetime.combine(date.fromisoformat(export.run.as_of_date), time())
            sheets = sheet_names(readers)
            write_workbook({sheets[mart]: reader for mart, reader in readers.items()}, file, created, path.parent)
        else:
            write = write_csv if export.file_format is FileFormat.csv else write_parquet
            for reader in readers.values():
                write(reader, file)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
