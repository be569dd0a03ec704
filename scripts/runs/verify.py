"""Check everything that can be checked: what readers see, the log, the runs' files, and what they were made from."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb

from scripts.reader import open_database
from scripts.runs.audit_log import GENESIS, LogReading, Pointer, pointer_to
from scripts.runs.audit_tables import AUDIT_TABLES, audit_rows
from scripts.runs.find import file_of
from scripts.runs.history import History, Run, is_switch
from scripts.runs.inputs import InputStore
from scripts.runs.output_hash import ContentHash, content_hashes, hash_of, read_content_hashes
from scripts.runs.retention import contents_of
from scripts.warehouse import Warehouse, WarehouseError, shown


@dataclass(frozen=True)
class Check:
    """One thing that was checked: what, what is wrong with it (nothing, where it holds), and what to know anyway."""

    what: str
    faults: tuple[str, ...] = ()
    note: str = ""


def verify(warehouse: Warehouse) -> Iterator[Check]:
    """Check the whole warehouse, one thing after the other; nothing is changed. Raises OSError."""
    pointer = Pointer.read(warehouse)  # before the log: a run in progress appends to it first
    reading = LogReading.of(warehouse)
    yield _check_log(warehouse, reading, pointer)
    history = History(reading.counted(pointer))
    yield _check_pointer(warehouse, pointer, history)
    yield _check_ends(history)
    kept = [run for run in history.published() if run.pruned_by is None]
    yield Check(f"the files of {len(kept)} published runs", _faults(kept, lambda run: file_of(warehouse, run)))
    sound = [run for run in kept if warehouse.database(run.run_id).is_file()]
    yield Check("the output hash of each", _faults(sound, lambda run: _check_output(warehouse, run)))
    yield Check("the audit tables in each", _faults(sound, lambda run: _check_audit_tables(warehouse, run, history)))
    yield _check_inputs(warehouse, kept)
    yield _check_strays(warehouse, history)


def _check_log(warehouse: Warehouse, reading: LogReading, pointer: Pointer | None) -> Check:
    faults = [f"{shown(warehouse.audit_log)}: {fault}" for fault in reading.breaks]
    made_anew = [event["at"] for event in reading.events if event["event"] == "pointer_made_anew"]
    note = "; ".join(
        f"current.json was lost or damaged, and made anew at {at}: whether events were deleted before can't be told"
        for at in made_anew
    )
    if pointer is not None:
        named = reading.events[: pointer.events]
        head = named[-1]["hash"] if named else GENESIS
        beyond = len(reading.events) - pointer.events
        if beyond < 0:
            faults.append(f"{shown(warehouse.audit_log)}: its last {-beyond} events were deleted")
        elif head != pointer.head:
            faults.append(f"{shown(warehouse.audit_log)}: its events are not those that current.json names")
        elif len({event["run_id"] for event in reading.events[pointer.events :]}) > 1:
            faults.append(f"{shown(warehouse.audit_log)}: {beyond} events were added that no command wrote")
        elif beyond or reading.torn:
            note = "a command was killed between the log and the pointer; the next run settles it"
    return Check(f"the audit log, {len(reading.events)} events", tuple(faults), note)


def _check_pointer(warehouse: Warehouse, pointer: Pointer | None, history: History) -> Check:
    what = "what readers see"
    if pointer is None:
        return Check(what, (f"{shown(warehouse.pointer)} is damaged; the next run makes it anew",))
    if pointer.run_id is None:
        return Check(what, note="nothing is published yet")
    faults = []
    path = warehouse.folder / str(pointer.file)
    if not warehouse.link.is_symlink() or warehouse.link.resolve() != path.resolve():
        faults.append(f"{shown(warehouse.link)} does not lead to {pointer.file}; the next run mends it")
    for neighbour in (path.with_name(path.name + ".wal"), warehouse.link.with_name(warehouse.link.name + ".wal")):
        if neighbour.exists():
            faults.append(f"{shown(neighbour)} is not of this file; delete it")
    run = history.current
    if run is None or pointer_to(run) != replace(pointer, events=0, head=GENESIS):
        faults.append(f"{shown(warehouse.pointer)} is not what the audit log says of the run that readers see")
    return Check(what, tuple(faults), f"{pointer.run_id} as of {pointer.as_of_date}, book {pointer.book}")


def _check_ends(history: History) -> Check:
    without_end = [run for run in history.runs.values() if not run.ended]
    told = [f"{run.run_id} {'' if history.was_killed(run) else 'is running or '}was killed" for run in without_end]
    return Check(f"the ends of {len(history.runs)} runs", note="; ".join(told))


def _check_output(warehouse: Warehouse, run: Run) -> None:
    with open_database(warehouse.database(run.run_id)) as connection:
        hashes = content_hashes(connection)
        if hash_of(connection, hashes) != run.output_hash or not _are_kept(connection, hashes):
            version = run.started["duckdb_version"]
            other = f" (made by DuckDB {version})" if version != duckdb.__version__ else ""
            raise WarehouseError(f"{run.run_id}: its marts are not what was published{other}")


def _are_kept(connection: duckdb.DuckDBPyConnection, hashes: list[ContentHash]) -> bool:
    """Whether the file's own content hashes are those of its rows; one of an earlier version keeps none."""
    if not connection.execute("from duckdb_tables() where table_name = 'content_hashes'").fetchall():
        return True
    return set(read_content_hashes(connection)) == set(hashes)


def _check_audit_tables(warehouse: Warehouse, run: Run, history: History) -> None:
    """The tables in a file say what the log said when it was published."""
    upto = History(_events_up_to(run, history))
    with open_database(warehouse.database(run.run_id)) as connection:
        for table, expected in audit_rows(upto).items():
            columns = ", ".join(f'"{name}"' for name in AUDIT_TABLES[table])
            found = connection.execute(f"select {columns} from audit.{table}").fetchall()
            if Counter(map(_told, found)) != Counter(map(_told, expected)):
                raise WarehouseError(f"{run.run_id}: its audit.{table} is not what the audit log says")


def _events_up_to(run: Run, history: History) -> Iterator[Any]:
    for event in history.events:
        yield event
        if is_switch(event) and event["run_id"] == run.run_id:
            return


def _check_inputs(warehouse: Warehouse, kept: list[Run]) -> Check:
    contents = {content for run in kept for content in contents_of(run)}
    missing = InputStore(warehouse).missing(sorted(contents))
    faults = tuple(f"{shown(warehouse.inputs / content)} is missing or damaged" for content in missing)
    return Check(f"the {len(contents)} input files that they were made from", faults)


def _check_strays(warehouse: Warehouse, history: History) -> Check:
    kept = {run.run_id for run in history.published() if run.pruned_by is None}
    strays = [path for path in sorted(warehouse.published.glob("*")) if path.name.split(".")[0] not in kept]
    unknown = [path for path in strays if path.name.split(".")[0] not in history.runs]
    return Check(
        "no stray files",
        tuple(f"{shown(path)} is of no run that the audit log knows" for path in unknown),
        "; ".join(f"{shown(path)} is of a run that was not published" for path in strays if path not in unknown),
    )


def _faults(runs: list[Run], check: Callable[[Run], Any]) -> tuple[str, ...]:
    faults = []
    for run in runs:
        try:
            check(run)
        except (WarehouseError, duckdb.Error, OSError) as fault:
            faults.append(" ".join(str(fault).split()))
    return tuple(faults)


def _told(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row with its times as the log tells them, to the millisecond; numbers stay numbers, so that 0 is 0.0."""
    return tuple(_time_told(value) if isinstance(value, date) else value for value in row)


def _time_told(value: date) -> str:
    return value.isoformat(" ", "milliseconds") if isinstance(value, datetime) else value.isoformat()
