"""Files, written whole or not at all: under temporary names first, renamed when everything is there.

A note beside the data, simulation.json, says what made it and which files it consists of. Only files that such a note
names are ever replaced or removed: a folder with somebody's own landed files is refused.
"""

import json
import os
import re
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator.options import FileFormat, SimulatorError
from scripts.simulator.text import csv_bytes, rows_of

NOTE = "simulation.json"
PLANTED = "planted_defects.json"
ROWS_PER_GROUP = 131_072


class _Sink(Protocol):
    def append(self, table: pa.Table) -> None: ...
    def append_bytes(self, lines: bytes) -> None: ...
    def close(self) -> None: ...


class _CsvSink:
    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._has_header = False

    def append(self, table: pa.Table) -> None:
        if not self._has_header:
            self._file.write(csv_bytes([table.column_names]))
            self._has_header = True
        self._file.write(csv_bytes(rows_of(table)))

    def append_bytes(self, lines: bytes) -> None:
        self._file.write(lines)

    def close(self) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


class _ParquetSink:
    """Gathers blocks into row groups of a useful size, so that memory holds one row group and not the table."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def append(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._waiting.append(table)
        if sum(part.num_rows for part in self._waiting) >= ROWS_PER_GROUP:
            self._flush()

    def append_bytes(self, lines: bytes) -> None:
        raise AssertionError("a Parquet file has no lines")

    def _flush(self) -> None:
        if self._writer is not None and self._waiting:
            self._writer.write_table(
                pa.concat_tables(self._waiting).combine_chunks(), row_group_size=2 * ROWS_PER_GROUP
            )
        self._waiting = []

    def close(self) -> None:
        if self._writer is not None:
            self._flush()
            self._writer.close()
            self._writer = None


class Delivery:
    """The files of one simulation on their way into ``out``: a context that changes nothing there before ``commit``.

    Raises SimulatorError where ``out`` can't be written or holds landed files that no simulation wrote.
    """

    def __init__(self, out: Path, file_format: FileFormat) -> None:
        self._out = out
        self._format: FileFormat = file_format
        self._sinks: dict[str, _Sink] = {}
        self.row_counts: dict[str, int] = {}
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._earlier = _files_of_note(out / NOTE)
            _refuse_foreign_files(out, self._earlier)
            for left_over in out.glob(".*.partial"):
                left_over.unlink()
        except OSError as broken:
            raise SimulatorError(f"--out {out}: {broken.strerror or broken}") from None

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, sink in self._sinks.items():
            sink.close()
            self._partial(name).unlink(missing_ok=True)

    def append(self, stem: str, table: pa.Table) -> None:
        """Add rows to the file ``stem``: a table's name, or ``<table>/<drop>``."""
        self._sink(stem).append(table)
        self._count(stem, table.num_rows)

    def append_lines(self, stem: str, lines: list[bytes]) -> None:
        """Add ready-made lines to a CSV file."""
        self._sink(stem).append_bytes(b"".join(lines))
        self._count(stem, len(lines))

    def commit(self, arguments: dict[str, Any], planted: dict[str, Any] | None = None) -> int:
        """Put every file in its place and remove what an earlier simulation left; returns the bytes written."""
        for sink in self._sinks.values():
            sink.close()
        names = [f"{stem}.{self._format}" for stem in self._sinks]
        extra = [] if planted is None else [PLANTED]
        # Until all is in place the note names the earlier files too, so that an interruption here can be repeated over.
        _write_json(self._out / NOTE, {"arguments": arguments, "files": sorted({*names, *extra, *self._earlier})})
        for stem, name in zip(self._sinks, names, strict=True):
            (self._out / name).parent.mkdir(exist_ok=True)
            self._partial(stem).replace(self._out / name)
        if planted is not None:
            _write_json(self._out / PLANTED, planted)
        for name in set(self._earlier) - {*names, *extra}:
            (self._out / name).unlink(missing_ok=True)
            if "/" in name and (self._out / name).parent.is_dir() and not any((self._out / name).parent.iterdir()):
                (self._out / name).parent.rmdir()
        written = sum((self._out / name).stat().st_size for name in [*names, *extra])
        _write_json(
            self._out / NOTE, {"arguments": arguments, "rows": self.row_counts, "files": sorted([*names, *extra])}
        )
        return written

    def _sink(self, stem: str) -> _Sink:
        if stem not in self._sinks:
            path = self._partial(stem)
            self._sinks[stem] = _CsvSink(path) if self._format == "csv" else _ParquetSink(path)
        return self._sinks[stem]

    def _partial(self, stem: str) -> Path:
        return self._out / f".{stem.replace('/', '~')}.{self._format}.partial"

    def _count(self, stem: str, rows: int) -> None:
        table = stem.split("/", maxsplit=1)[0]
        self.row_counts[table] = self.row_counts.get(table, 0) + rows


def _files_of_note(note: Path) -> list[str]:
    """The files that an earlier simulation wrote beside its note; none where there is no readable note."""
    try:
        named = json.loads(note.read_text(encoding="utf-8"))["files"]
        ours = re.compile(rf"({'|'.join(LANDING_TABLES)})(/[^/]+)?\.(csv|parquet)|{re.escape(PLANTED)}")
        return [name for name in named if ours.fullmatch(name)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _refuse_foreign_files(out: Path, earlier: list[str]) -> None:
    for table in LANDING_TABLES:
        found = [path for suffix in (".csv", ".parquet") if (path := out / f"{table}{suffix}").exists()]
        folder = out / table
        if folder.is_dir():
            found += sorted(folder.iterdir())
        for path in found:
            if path.relative_to(out).as_posix() not in earlier:
                raise SimulatorError(
                    f"--out {out}: {path.relative_to(out)} is there and no earlier simulation wrote it; "
                    "name an empty folder, or remove the file yourself"
                )


def _write_json(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)
