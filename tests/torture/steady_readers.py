"""Many publishes while readers read: processes of one thread and of several, none of which may see anything amiss."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

from scripts.runs.audit_log import Journal
from scripts.runs.publish import publish
from scripts.runs.retention import Retention
from scripts.warehouse import PROJECT, Warehouse
from tests.torture.books import Book, answers_of
from tests.torture.campaign import Arena, Fault, HarmError, evidence
from tests.torture.drift import Drift, events_of
from tests.torture.stage import stage_of

# processes: by which way they read, and with how many threads
READERS = (("reader", 3), ("reader", 1), ("link", 2))
PAUSE = 0.1  # seconds between publishes: far less than any run takes


def publish_under_readers(arena: Arena) -> Iterator[Fault]:
    """Publish prepared files of the two books in turns, through the publishing of the guarded run itself."""
    stage = stage_of(arena)
    publishes = arena.how_many(ci=10, slice=50, full=100)
    fault = "publishes under steady readers"
    with evidence(fault, arena.folder):
        warehouse = stage.copy_to(arena.folder / "warehouse")
        builds = [_prepared(book, warehouse, arena.folder) for book in stage.books]
        known = arena.folder / "known.json"
        known.write_text(json.dumps([answers for _, _, answers in builds]))
        stop = arena.folder / "stop"
        journal = Journal(warehouse)
        _publish(0, builds[0], journal)
        with ExitStack() as running:
            readers = [
                running.enter_context(_start_reader(way, threads, warehouse.folder, known, stop))
                for way, threads in READERS
            ]
            try:
                for reader in readers:
                    assert reader.stdout is not None
                    reader.stdout.readline()  # it has begun
                for number in range(1, publishes + 1):
                    _publish(number, builds[number % 2], journal)
                    time.sleep(PAUSE)
            finally:
                stop.touch()
            told = [_told_by(reader) for reader in readers]
        Drift(stage.old, warehouse).expect_sound()
    reads = sum(one["reads"] for one in told)
    note = f"{reads} reads by {len(READERS)} processes, {sum(threads for _, threads in READERS)} threads"
    yield Fault(fault, publishes, publishes, f"{note}: no error, none mixed, none stale")


Prepared = tuple[Path, Mapping[str, Mapping[str, Any]], str]  # the file, its events by name, its answers


def _prepared(book: Book, warehouse: Warehouse, folder: Path) -> Prepared:
    """The published file of a book, its events without what belongs to their place in the log, and its answers."""
    run_id = next(event["run_id"] for event in events_of(warehouse) if str(book.landing) in event.get("command", ""))
    own = {event["event"]: event for event in events_of(warehouse) if event["run_id"] == run_id}
    bare = {
        name: {field: event[field] for field in event if field not in ("hash", "previous", "sha256", "bytes")}
        for name, event in own.items()
    }
    file = folder / f"{book.name}.duckdb"
    shutil.copyfile(warehouse.database(run_id), file)
    with duckdb.connect(str(file), read_only=True) as connection:
        return file, bare, answers_of(connection)


def _publish(number: int, build: Prepared, journal: Journal) -> None:
    file, events, _ = build
    warehouse = journal.warehouse
    run_id = f"run_29991231_235959_{number:06}"
    warehouse.builds.mkdir(exist_ok=True)
    database = warehouse.builds / "build.duckdb"
    shutil.copyfile(file, database)
    journal.record({**events["started"], "run_id": run_id})
    publish(journal, database, {**events["ended"], "run_id": run_id}, Retention(daily_runs=2, blocked_runs=1))
    newest = warehouse.folder / "newest.next"
    newest.write_text(run_id)
    newest.replace(warehouse.folder / "newest")


def _start_reader(way: str, threads: int, *paths: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.torture.steady_reader", way, str(threads), *map(str, paths)],
        cwd=PROJECT, env={**os.environ, "PORTFOLIO_DRIFT_THREADS": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _told_by(reader: "subprocess.Popen[str]") -> dict[str, Any]:
    out, err = reader.communicate()
    if reader.returncode != 0:
        raise HarmError(f"a reader ended with exit code {reader.returncode}: {err[-500:]}")
    told: dict[str, Any] = json.loads(out)
    if told["troubles"]:
        raise HarmError(f"a reader of {told['reads']} reads saw: {'; '.join(told['troubles'])}")
    if told["runs"] < 2:
        raise HarmError(f"a reader saw {told['runs']} runs only; it proves nothing")
    return told
