"""The chain of the audit log, the pointer that holds its head, what a crash leaves, and which runs keep their files."""

import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.runs.audit_log import Journal, LogReading, Pointer, pointer_to
from scripts.runs.find import read_history
from scripts.runs.history import History
from scripts.runs.retention import Retention
from scripts.runs.verify import verify
from scripts.warehouse import Warehouse


def started(run_id: str, book: str = "book") -> dict[str, Any]:
    names = ("command", "vars", "project_commit", "dbt_version", "duckdb_version", "target")
    return {"event": "started", "at": "2026-01-02T03:04:05.000+00:00", "run_id": run_id, "book": book} | dict.fromkeys(
        names, "x"
    )


def ended(run_id: str, status: str = "published", as_of_date: str = "2026-01-02") -> dict[str, Any]:
    return {
        **{"event": "ended", "at": "2026-01-02T03:05:05.000+00:00", "run_id": run_id, "status": status, "results": []},
        **{"as_of_date": as_of_date, "sha256": "0" * 64, "inputs": [], "code_hash": None, "output_hash": ""},
    }


def publish(journal: Journal, run_id: str) -> None:
    journal.record(started(run_id))
    run = History([*journal.events, ended(run_id)]).runs[run_id]
    journal.switch(ended(run_id), pointer_to(run))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Two published runs, the second of which readers see."""
    warehouse = Warehouse(tmp_path)
    journal = Journal(warehouse)
    for run_id in ("run_1", "run_2"):
        publish(journal, run_id)
    return warehouse


def faults_of_the_log(warehouse: Warehouse) -> tuple[str, ...]:
    return next(iter(verify(warehouse))).faults


def test_a_whole_chain_holds(warehouse: Warehouse) -> None:
    assert faults_of_the_log(warehouse) == ()
    pointer = Pointer.read(warehouse)
    assert pointer is not None
    assert (pointer.run_id, pointer.events) == ("run_2", 4)
    assert pointer.head == LogReading.of(warehouse).events[-1]["hash"]


@pytest.mark.parametrize("line", range(4))
def test_an_edited_event_is_found_wherever_it_stands(warehouse: Warehouse, line: int) -> None:
    lines = warehouse.audit_log.read_text().splitlines(keepends=True)
    lines[line] = lines[line].replace("2026-01-02T03", "2026-01-02T04")
    warehouse.audit_log.write_text("".join(lines))
    assert f"line {line + 1} was edited" in " ".join(faults_of_the_log(warehouse))


@pytest.mark.parametrize("line", range(4))
def test_a_forger_who_mends_the_hash_of_his_event_is_found_by_the_next(warehouse: Warehouse, line: int) -> None:
    from scripts.runs.audit_log import hash_of  # noqa: PLC0415 (what a forger would use)

    events = [json.loads(text) for text in warehouse.audit_log.read_text().splitlines()]
    events[line]["at"] = "2020-01-01T00:00:00.000+00:00"
    events[line]["hash"] = hash_of(events[line])
    warehouse.audit_log.write_text("".join(json.dumps(event) + "\n" for event in events))
    told = " ".join(faults_of_the_log(warehouse))
    if line < 3:
        assert f"line {line + 2} does not follow the line before" in told
    else:
        assert "its events are not those that current.json names" in told


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_deleted_last_events_are_found(warehouse: Warehouse, gone: int) -> None:
    lines = warehouse.audit_log.read_text().splitlines(keepends=True)
    warehouse.audit_log.write_text("".join(lines[:-gone]))
    assert f"its last {gone} events were deleted" in " ".join(faults_of_the_log(warehouse))


def test_a_deleted_event_stays_found_after_further_runs(warehouse: Warehouse) -> None:
    lines = warehouse.audit_log.read_text().splitlines(keepends=True)
    warehouse.audit_log.write_text("".join(lines[:-1]))
    journal = Journal(warehouse)
    assert "changed by hand" in journal.notices[0]
    assert not journal.is_sound
    publish(journal, "run_3")
    assert "events were taken out" in " ".join(faults_of_the_log(warehouse))


def test_an_added_event_is_found(warehouse: Warehouse) -> None:
    with warehouse.audit_log.open("a") as log:
        log.write('{"event": "ended", "run_id": "run_1"}\n')
    assert "line 5 is not an event" in " ".join(faults_of_the_log(warehouse))


@pytest.mark.parametrize("length", [1, 20, 200])
def test_a_torn_last_line_never_counted_and_is_cut_off(warehouse: Warehouse, length: int) -> None:
    whole = warehouse.audit_log.read_bytes()
    warehouse.audit_log.write_bytes(whole + whole[:length].replace(b"\n", b""))
    assert faults_of_the_log(warehouse) == ()
    journal = Journal(warehouse)
    assert "torn by a crash" in journal.notices[0]
    assert warehouse.audit_log.read_bytes() == whole
    publish(journal, "run_3")
    assert faults_of_the_log(warehouse) == ()


@pytest.mark.parametrize("content", ["", "{", '{"run_id": "run_2"}', "[]", '{"log": {"events": 1}}'])
def test_a_damaged_pointer_is_made_anew_from_the_log(warehouse: Warehouse, content: str) -> None:
    before = Pointer.read(warehouse)
    warehouse.pointer.write_text(content)
    assert Pointer.read(warehouse) is None
    journal = Journal(warehouse)
    assert "made anew from the audit log" in journal.notices[0]
    assert before is not None
    assert replace(journal.pointer, events=4, head=before.head) == before
    assert faults_of_the_log(warehouse) == ()
    assert "whether events were deleted before can't be told" in next(iter(verify(warehouse))).note


def test_a_last_line_without_its_end_is_still_an_event(warehouse: Warehouse) -> None:
    """An editor that saved the log without the last line break took nothing away."""
    whole = warehouse.audit_log.read_bytes()
    warehouse.audit_log.write_bytes(whole[:-1])
    assert faults_of_the_log(warehouse) == ()
    journal = Journal(warehouse)
    assert (journal.is_sound, journal.notices) == (True, [])
    assert warehouse.audit_log.read_bytes() == whole


@pytest.mark.parametrize(
    "line", ["{}", "[]", "null", '{"event": "started", "run_id": "x", "hash": "", "previous": ""}']
)
def test_a_line_that_is_no_event_is_named_and_stops_nothing(warehouse: Warehouse, line: str) -> None:
    with warehouse.audit_log.open("a") as log:
        log.write(line + "\n")
    assert "line 5 is not an event" in faults_of_the_log(warehouse)[0]
    assert not Journal(warehouse).is_sound


@pytest.mark.parametrize(("name", "value"), [("as_of_date", "2030-01-01"), ("run_id", "run_1"), ("book", "another")])
def test_a_pointer_that_was_edited_is_found(warehouse: Warehouse, name: str, value: str) -> None:
    said = json.loads(warehouse.pointer.read_text())
    warehouse.pointer.write_text(json.dumps({**said, name: value}))
    told = " ".join(fault for check in verify(warehouse) for fault in check.faults)
    assert "is not what the audit log says of the run that readers see" in told


def test_a_published_file_that_the_log_does_not_know_is_found(warehouse: Warehouse) -> None:
    warehouse.published.mkdir()
    warehouse.database("run_0").touch()
    told = " ".join(fault for check in verify(warehouse) for fault in check.faults)
    assert "run_0.duckdb is of no run that the audit log knows" in told


class StopError(Exception):
    """What the handler of a signal raises."""


def test_a_signal_in_the_middle_of_an_event_waits_for_its_end(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the line is written and the pointer does not name it yet."""
    journal = Journal(warehouse)
    synced: list[int] = []

    def sync_and_be_stopped(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            signal.raise_signal(signal.SIGTERM)

    def stop(*_: object) -> None:
        raise StopError

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", sync_and_be_stopped)
            with pytest.raises(StopError):
                journal.record(started("run_3"))
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(synced) > 1
    journal.record(ended("run_3", "failed"))
    assert faults_of_the_log(warehouse) == ()
    assert Journal(warehouse).history.runs["run_3"].status == "failed"


def test_a_publish_that_was_cut_short_did_not_happen(warehouse: Warehouse) -> None:
    """Killed between the log, which says published, and the pointer, which still shows the run before."""
    journal = Journal(warehouse)
    journal.record(started("run_3"))
    pointer = warehouse.pointer.read_text()
    run = History([*journal.events, ended("run_3")]).runs["run_3"]
    journal.switch({**ended("run_3"), "pruned": ["run_1"]}, pointer_to(run))
    warehouse.pointer.write_text(pointer)
    assert read_history(warehouse).runs["run_3"].status == "running"
    settled = Journal(warehouse)
    assert "killed while it was being published" in settled.notices[0]
    assert settled.pointer.run_id == "run_2"
    current = settled.history.current
    assert current is not None
    assert current.run_id == "run_2"
    assert settled.history.runs["run_3"].status == "failed"
    assert settled.history.runs["run_1"].pruned_by is None
    assert faults_of_the_log(warehouse) == ()


def test_a_rollback_that_was_cut_short_did_not_happen(warehouse: Warehouse) -> None:
    journal = Journal(warehouse)
    journal.record(started("run_3", book="another"))
    journal.switch(ended("run_3"), pointer_to(History([*journal.events, ended("run_3")]).runs["run_3"]))
    pointer = warehouse.pointer.read_text()
    event = {"event": "rolled_back", "at": "2026-01-02T03:04:05.000+00:00", "run_id": "run_1", "from_run_id": "run_3"}
    journal.switch(event, pointer_to(journal.history.runs["run_1"]))
    warehouse.pointer.write_text(pointer)
    settled = Journal(warehouse)
    assert settled.pointer.run_id == "run_3"
    assert settled.history.current is not None
    assert settled.history.current.run_id == "run_3"
    assert settled.history.rolled_back == {}
    assert faults_of_the_log(warehouse) == ()


def test_a_run_without_an_end_is_running_or_was_killed(warehouse: Warehouse) -> None:
    journal = Journal(warehouse)
    journal.record(started("run_3"))
    journal.record(started("run_4"))
    assert journal.history.runs["run_3"].status == "running"
    notes = " ".join(check.note for check in verify(warehouse))
    assert "run_3 was killed; run_4 is running or was killed" in notes


def kept(as_of_dates: list[str], daily_runs: int, books: list[str] | None = None) -> list[str]:
    """The as-of dates of the runs that are kept, each run published on top of the ones before."""
    retention = Retention(daily_runs=daily_runs, blocked_runs=1)
    events: list[Mapping[str, Any]] = []
    for number, as_of_date in enumerate(as_of_dates):
        run_id = f"run_{number:03d}"
        before = History([*events, started(run_id, (books or ["book"] * len(as_of_dates))[number])])
        after = History([*before.events, ended(run_id, as_of_date=as_of_date)])
        pruned = retention.runs_to_prune(before, after)
        events = [*before.events, {**ended(run_id, as_of_date=as_of_date), "pruned": pruned}]
    runs = History(events).published()
    return [str(run.as_of_date) for run in reversed(runs) if run.pruned_by is None]


def test_the_newest_runs_and_the_month_ends_are_kept() -> None:
    dates = ["2026-01-29", "2026-01-30", "2026-02-26", "2026-02-27", "2026-03-02", "2026-03-03", "2026-03-04"]
    assert kept(dates, daily_runs=2) == ["2026-01-30", "2026-02-27", "2026-03-03", "2026-03-04"]


def test_a_run_that_was_taken_back_is_no_month_end() -> None:
    """run_1, wrong, was for the same day as run_0, and readers were taken back to that."""
    events: list[Mapping[str, Any]] = []
    for run_id in ("run_0", "run_1"):
        events += [started(run_id), ended(run_id, as_of_date="2026-01-30")]
    events.append({"event": "rolled_back", "at": "2026-01-30T00:00:00.000+00:00", "run_id": "run_0"})
    events += [started("run_2"), ended("run_2", as_of_date="2026-02-02")]
    before = History([*events, started("run_3")])
    after = History([*before.events, ended("run_3", as_of_date="2026-02-03")])
    assert Retention(daily_runs=1, blocked_runs=1).runs_to_prune(before, after) == ["run_1"]


def test_what_readers_saw_before_is_kept_to_fall_back_on() -> None:
    assert kept(["2026-01-29", "2026-01-29", "2026-01-29"], daily_runs=1) == ["2026-01-29", "2026-01-29"]


def test_each_book_keeps_its_own() -> None:
    dates = ["2026-01-05", "2026-01-06", "2026-01-05", "2026-01-06", "2026-01-07"]
    assert kept(dates, daily_runs=1, books=["a", "a", "b", "b", "b"]) == ["2026-01-06", "2026-01-06", "2026-01-07"]
