"""The audit log: what was begun, ended, accepted and rolled back, each event chained to the one before by its hash.

The head of the chain stands in the pointer, so that no edit and no deletion, of the last events too,
goes unseen.
An event counts once the pointer names it; what a crash leaves beyond that is settled by the next command.
"""

import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scripts.runs import steps
from scripts.runs.files import sync
from scripts.runs.history import History, Run, is_switch
from scripts.runs.signals import signals_deferred
from scripts.warehouse import Warehouse, shown

GENESIS = "0" * 64
Event = Mapping[str, Any]

# what an event of each kind has besides the fields of all; others come as they need them
_FIELDS = ("event", "at", "run_id", "hash", "previous")
_FIELDS_OF = {
    "started": ("book", "command", "vars", "project_commit", "dbt_version", "duckdb_version", "target"),
    "ended": ("status", "results"),
    "accepted": ("control", "finding", "reason", "by"),
}


@dataclass(frozen=True)
class Pointer:
    """What current.json says: the run that readers see (all null before the first), and the head of the audit log."""

    run_id: str | None = None
    file: str | None = None
    sha256: str | None = None
    as_of_date: str | None = None
    book: str | None = None
    published_at: str | None = None
    events: int = 0
    head: str = GENESIS

    @classmethod
    def read(cls, warehouse: Warehouse) -> "Pointer | None":
        """The pointer; one of an empty warehouse where there is none; None where it is there and damaged."""
        try:
            said = json.loads(warehouse.pointer.read_bytes())
            log = said.pop("log")
            return cls(**said, events=int(log["events"]), head=str(log["head"]))
        except FileNotFoundError:
            return None if warehouse.audit_log.exists() and warehouse.audit_log.stat().st_size else cls()
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, warehouse: Warehouse) -> None:
        """Put the pointer in place by one rename; a crash leaves the old one or the new one."""
        said = {
            name: getattr(self, name) for name in ("run_id", "file", "sha256", "as_of_date", "book", "published_at")
        }
        draft = warehouse.pointer.with_suffix(".next")
        draft.write_text(json.dumps({**said, "log": {"events": self.events, "head": self.head}}, indent=2) + "\n")
        steps.reached("pointer_written")
        sync(draft)
        steps.reached("pointer_synced")
        draft.replace(warehouse.pointer)
        sync(warehouse.folder)
        steps.reached("pointer_replaced")


@dataclass(frozen=True)
class LogReading:
    """The log as it is on disk: its events, and where the chain is broken.

    ``torn`` are the bytes of a last line that is no whole event; ``lacks_end`` is true of one that is, but for its end.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    torn: bytes = b""
    lacks_end: bool = False
    breaks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, warehouse: Warehouse) -> "LogReading":
        """Read the log and follow its chain. Raises OSError where it can't be read; none at all is an empty one."""
        content = warehouse.audit_log.read_bytes() if warehouse.audit_log.exists() else b""
        *lines, rest = content.split(b"\n")
        last = _event_in(rest)
        if last is not None and last["hash"] == hash_of(last):
            reading = cls(lacks_end=True)
            lines.append(rest)
        else:
            reading = cls(torn=rest)
        previous = GENESIS
        for number, line in enumerate(lines, start=1):
            event = _event_in(line)
            if event is None:
                reading.breaks.append(f"line {number} is not an event")
                previous = ""
                continue
            if event["hash"] != hash_of(event):
                reading.breaks.append(f"line {number} was edited: its hash does not fit its content")
            if event["previous"] != previous:
                reading.breaks.append(f"line {number} does not follow the line before: events were taken out")
            previous = event["hash"]
            reading.events.append(event)
        return reading

    def counted(self, pointer: Pointer | None) -> list[dict[str, Any]]:
        """The events without a switch that the pointer does not name: readers were never switched."""
        if pointer is None:
            return self.events
        return [event for number, event in enumerate(self.events) if number < pointer.events or not is_switch(event)]


def _event_in(line: bytes) -> dict[str, Any] | None:
    """The event in a line of the log; None where it is none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not all(isinstance(event.get(name), str) for name in _FIELDS):
        return None
    return event if all(name in event for name in _FIELDS_OF.get(event["event"], ())) else None


def hash_of(event: Event) -> str:
    """SHA-256 of an event's content, the hash of the event before it included."""
    content = {name: value for name, value in event.items() if name != "hash"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Journal:
    """The log and the pointer in the hands of the command that holds the lock.

    ``is_sound`` is false where the log is not what the pointer says, or the pointer was lost: then nothing may be
    removed because the log does not know of it.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        """Read both and settle what a crash left. Raises OSError where they can't be read or written."""
        self.warehouse = warehouse
        self.notices: list[str] = []
        reading = LogReading.of(warehouse)
        if reading.torn:
            self._cut_torn_line(len(reading.torn))
        if reading.lacks_end:
            self._write(b"\n")
        pointer = Pointer.read(warehouse)
        self.events: list[dict[str, Any]] = reading.events
        self.pointer = pointer or self._pointer_from(reading)
        self.is_sound = pointer is not None and not reading.breaks and self._is_named(reading)
        self._last_hash = self._hash_to_chain_to(reading)
        if pointer is None:
            self.record({"event": "pointer_made_anew", "at": now(), "run_id": self.pointer.run_id or ""})
        self._settle()

    @property
    def history(self) -> History:
        """What the events come to, run by run."""
        return History(self.events)

    def record(self, event: Event) -> None:
        """Append an event and let the pointer name it."""
        with signals_deferred():
            self._append(event)
            self._point(self.pointer)

    def switch(self, event: Event, to: Pointer) -> None:
        """Append an event, then let readers see another run: a crash between leaves readers as they were."""
        with signals_deferred():
            self._append(event)
            steps.reached("end_logged")
            self._point(to)

    def _append(self, event: Event) -> None:
        chained = {**event, "previous": self._last_hash}
        chained["hash"] = hash_of(chained)
        self._write(json.dumps(chained, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        self.events.append(chained)
        self._last_hash = chained["hash"]

    def _write(self, line: bytes) -> None:
        """Append to the log, all or nothing."""
        descriptor = os.open(self.warehouse.audit_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            before = os.fstat(descriptor).st_size
            written = 0
            try:
                while written < len(line):
                    written += os.write(descriptor, line[written:])
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)

    def _point(self, to: Pointer) -> None:
        self.pointer = replace(to, events=len(self.events), head=self._last_hash)
        self.pointer.write(self.warehouse)

    def _cut_torn_line(self, length: int) -> None:
        os.truncate(self.warehouse.audit_log, self.warehouse.audit_log.stat().st_size - length)
        self.notices.append("the last line of the audit log was torn by a crash, before it counted; it is cut off")

    def _pointer_from(self, reading: LogReading) -> Pointer:
        """The pointer that the log amounts to, where current.json is lost or damaged."""
        self.notices.append(f"{shown(self.warehouse.pointer)} was damaged; it is made anew from the audit log")
        run = History(reading.events).current
        head = reading.events[-1]["hash"] if reading.events else GENESIS
        base = Pointer() if run is None else pointer_to(run)
        return replace(base, events=len(reading.events), head=head)

    def _hash_to_chain_to(self, reading: LogReading) -> str:
        """The last event's hash; where the log does not hold what the pointer says, the pointer's: the break stays."""
        if not reading.breaks and self._is_named(reading):
            return str(reading.events[-1]["hash"]) if reading.events else GENESIS
        self.notices.append("the audit log was changed by hand or damaged; `drift verify` says where")
        return self.pointer.head

    def _is_named(self, reading: LogReading) -> bool:
        """Whether the log begins with the events that the pointer names."""
        named = reading.events[: self.pointer.events]
        head = named[-1]["hash"] if named else GENESIS
        return len(named) == self.pointer.events and head == self.pointer.head

    def _settle(self) -> None:
        """Undo what a crash left between log and pointer: readers were never switched, so it did not happen."""
        beyond = self.events[self.pointer.events :]
        cut_short = next((event for event in beyond if is_switch(event)), None)
        if cut_short is None:
            return
        undone = {"at": now(), "run_id": cut_short["run_id"], "undoes": cut_short["hash"]}
        if cut_short["event"] == "ended":
            message = "killed while it was being published; readers were not switched"
            never = ("hash", "previous", "sha256", "bytes", "pruned")
            known = {name: value for name, value in cut_short.items() if name not in never}
            self.record({**known, **undone, "status": "failed", "message": message})
        else:
            message = "the rollback to it was killed before readers were switched"
            self.record({**undone, "event": "undone", "message": message})
        self.notices.append(f"{cut_short['run_id']}: {message}")


def pointer_to(run: Run) -> Pointer:
    """The pointer that lets readers see a published run; the head of the log is filled in when it is written."""
    return Pointer(
        run_id=run.run_id,
        file=f"published/{run.run_id}.duckdb",
        sha256=run.sha256,
        as_of_date=run.as_of_date,
        book=run.book,
        published_at=run.ended_at,
    )


def user() -> str:
    """Who runs the command: the login name, or the number of a user who has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def now() -> str:
    """The time of an event: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
