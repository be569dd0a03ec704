"""From a built file to what readers see: every step leaves them with the whole old run or the whole new one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from scripts.runs import steps
from scripts.runs.audit_log import Journal, pointer_to
from scripts.runs.audit_tables import write_audit_tables
from scripts.runs.files import make_read_only, sha256_of, sync
from scripts.runs.glossary import write_glossary
from scripts.runs.history import History
from scripts.runs.retention import Retention
from scripts.warehouse import Warehouse, build_limits


class PublishError(Exception):
    """A file that can't be published: the message is one line."""


def open_build(warehouse: Warehouse, database: Path) -> duckdb.DuckDBPyConnection:
    """The build file for writing, within the same limits as dbt's own connection."""
    limits = build_limits(warehouse.folder / "tmp")
    return duckdb.connect(str(database), config={"storage_compatibility_version": "v1.4.0", **limits})


def publish(journal: Journal, database: Path, ended: Mapping[str, Any], retention: Retention) -> Path:
    """Let readers see ``database``, a file that was built and judged; returns where it is now.

    ``ended`` is the run's event without the SHA-256 of its file, which can't be inside the file. Raises PublishError
    where a write-ahead log stays beside the file, OSError and duckdb.Error; readers then see what they saw before.
    """
    warehouse = journal.warehouse
    ended = {**ended, "pruned": retention.runs_to_prune(journal.history, History([*journal.events, ended]))}
    _write_audit_tables(warehouse, database, History([*journal.events, ended]))
    wal = database.with_name(database.name + ".wal")
    if wal.exists():
        raise PublishError(f"{wal} is still there after a checkpoint: the file is not whole")
    steps.reached("wal_absent")
    sealed = {**ended, "sha256": sha256_of(database), "bytes": database.stat().st_size}
    steps.reached("file_hashed")
    make_read_only(database)
    steps.reached("made_read_only")
    sync(database)
    steps.reached("file_synced")
    warehouse.published.mkdir(exist_ok=True)
    place = database.replace(warehouse.database(ended["run_id"]))
    steps.reached("renamed")
    sync(warehouse.published)
    sync(database.parent)
    steps.reached("published_folder_synced")
    run = History([*journal.events, sealed]).runs[ended["run_id"]]
    journal.switch(sealed, pointer_to(run))
    point_link_at(warehouse, place)
    retention.prune(journal)
    return place


def point_link_at(warehouse: Warehouse, database: Path) -> None:
    """Let the symbolic link follow the pointer, by one rename."""
    draft = warehouse.link.with_suffix(".next")
    draft.unlink(missing_ok=True)
    draft.symlink_to(os.path.relpath(database, warehouse.folder))
    steps.reached("link_written")
    draft.replace(warehouse.link)
    steps.reached("link_replaced")
    sync(warehouse.folder)
    steps.reached("warehouse_folder_synced")


def _write_audit_tables(warehouse: Warehouse, database: Path, history: History) -> None:
    with open_build(warehouse, database) as connection:
        write_audit_tables(connection, history, database.parent)
        write_glossary(connection, warehouse.folder / "target" / "manifest.json", database.parent)
        steps.reached("audit_tables_written")
        connection.execute("force checkpoint")
        steps.reached("checkpointed")
    steps.reached("closed")
