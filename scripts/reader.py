"""The one way for Python to read what was published: by the real path, read-only, locked down, and checked.

A connection can read its database and nothing else: no other file, no extension, no setting can be changed.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.runs.audit_log import LogReading, Pointer, pointer_to
from scripts.runs.files import sha256_once
from scripts.runs.history import History
from scripts.warehouse import Warehouse, WarehouseError, shown

_LOCKED_DOWN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "temp_directory": "",  # a folder to spill to would be one to read and write with COPY
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}


@dataclass(frozen=True)
class PublishedRun:
    """The run that is read, and, where it is not the one it should be, the line that says so."""

    run_id: str
    path: Path
    as_of_date: str
    notice: str | None = None


def published_run(warehouse: Warehouse | None = None) -> PublishedRun:
    """The run that readers should see: the pointer's, or, where its file is damaged, the newest sound one of its book.

    A file's SHA-256 is computed once per process and run. Raises WarehouseError where there is nothing to read.
    """
    warehouse = warehouse or Warehouse.from_environment()
    pointer = Pointer.read(warehouse)
    if pointer is not None and pointer.run_id is None:
        raise WarehouseError(f"nothing is published in {shown(warehouse.folder)} yet; run `make build` first")
    trouble = f"{shown(warehouse.pointer)} is damaged" if pointer is None else _trouble_with(warehouse, pointer)
    if pointer is not None and trouble is None:
        return _as_run(warehouse, pointer)
    history = History(LogReading.of(warehouse).counted(pointer))
    should_be_seen = history.current if pointer is None else history.runs.get(str(pointer.run_id))
    for run in history.published(should_be_seen.book) if should_be_seen else ():
        if run.run_id not in history.rolled_back and _trouble_with(warehouse, pointer_to(run)) is None:
            notice = (
                f"{trouble}; shown is {run.run_id} as of {run.as_of_date}. Run again, or choose with `drift rollback`"
            )
            return _as_run(warehouse, pointer_to(run), notice)
    raise WarehouseError(
        f"{trouble}, and its book has no earlier run to show: run it again, or choose a run with `drift rollback`"
    )


def open_published(warehouse: Warehouse | None = None) -> tuple[duckdb.DuckDBPyConnection, PublishedRun]:
    """A connection to the run that readers should see, and which run that is. Keep connections short.

    Raises WarehouseError where there is nothing to read.
    """
    run = published_run(warehouse)
    return connect(run.path), run


def open_database(path: Path, sha256: str | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to a finished database, by its real path.

    Raises WarehouseError where it is missing, damaged (its SHA-256 is not ``sha256``) or no database.
    """
    real_path = path.resolve()
    if not real_path.is_file():
        raise WarehouseError(f"there is no database at {shown(path)}; run `make build` first")
    if sha256 is not None and sha256_once(real_path) != sha256:
        raise WarehouseError(f"{shown(path)} is damaged: it is not what was published")
    return connect(real_path)


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A locked-down connection to the file of a run that `published_run` has checked. Raises WarehouseError."""
    limits = {
        "memory_limit": os.environ.get("PORTFOLIO_DRIFT_READER_MEMORY") or "2GB",
        "threads": os.environ.get("PORTFOLIO_DRIFT_THREADS") or "2",
    }
    try:
        return duckdb.connect(str(path), read_only=True, config={**_LOCKED_DOWN, **limits})
    except duckdb.Error as broken:
        reason = str(broken).splitlines()[0]
        raise WarehouseError(f"{shown(path)} can't be read ({reason}); run `make build` again") from None


def _trouble_with(warehouse: Warehouse, pointer: Pointer) -> str | None:
    path = warehouse.folder / str(pointer.file)
    if not path.is_file():
        return f"{shown(path)} is missing"
    if sha256_once(path.resolve()) != pointer.sha256:
        return f"{shown(path)} is damaged"
    if path.with_name(path.name + ".wal").exists():
        return f"{shown(path)} has a write-ahead log beside it that is not its own"
    return None


def _as_run(warehouse: Warehouse, pointer: Pointer, notice: str | None = None) -> PublishedRun:
    path = (warehouse.folder / str(pointer.file)).resolve()
    return PublishedRun(str(pointer.run_id), path, str(pointer.as_of_date), notice)
