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
from scripts.warehouse import Warehouse, shown

GENESIS = "0" * 64
Event = Mapping[str, Any]


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
    """The log as it is on disk: its events, the bytes of a torn last line, and where the chain is broken."""

    events: list[dict[str, Any]] = field(default_factory=list)
    torn: bytes = b""
    breaks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, warehouse: Warehouse) -> "LogReading":
        """Read the log and follow its chain. Raises OSError where it can't be read; none at all is an empty one."""
        content = warehouse.audit_log.read_bytes() if warehouse.audit_log.exists() else b""
        *lines, torn = content.split(b"\n")
        reading = cls(torn=torn)
        previous = GENESIS
        for number, line in enumerate(lines, start=1):
            try:
                event = json.loads(line)
                stated, chained = event["hash"], event["previous"]
                if stated != hash_of(event):
                    reading.breaks.append(f"line {number} was edited: its hash does not fit its content")
                if chained != previous:
                    reading.breaks.append(f"line {number} does not follow the line before: events were taken out")
                previous = stated
                reading.events.append(event)
            except (ValueError, KeyError, TypeError):
                reading.breaks.append(f"line {number} is not an event")
                previous = ""
        return reading


def hash_of(event: Event) -> str:
    """SHA-256 of an event's content, the hash of the event before it included."""
    content = {name: value for name, value in event.items() if name != "hash"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Journal:
    """The log and the pointer in the hands of the command that holds the lock."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Read both and settle what a crash left. Raises OSError where they can't be read or written."""
        self.warehouse = warehouse
        self.notices: list[str] = []
        reading = LogReading.of(warehouse)
        if reading.torn:
            self._cut_torn_line(len(reading.torn))
        pointer = Pointer.read(warehouse)
        if pointer is None:
            pointer = self._pointer_from(reading)
        self.events: list[dict[str, Any]] = reading.events
        self.pointer = pointer
        self._last_hash = self._hash_to_chain_to(reading)
        self._settle()

    @property
    def history(self) -> History:
        """What the events come to, run by run."""
        return History(self.events)

    def record(self, event: Event) -> None:
        """Append an event and let the pointer name it."""
        self._append(event)
        self._point(self.pointer)

    def switch(self, event: Event, to: Pointer) -> None:
        """Append an event, then let readers see another run: a crash between leaves readers as they were."""
        self._append(event)
        steps.reached("end_logged")
        self._point(to)

    def _append(self, event: Event) -> None:
        chained = {**event, "previous": self._last_hash}
        chained["hash"] = hash_of(chained)
        line = json.dumps(chained, sort_keys=True, ensure_ascii=False).encode() + b"\n"
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
        self.events.append(chained)
        self._last_hash = chained["hash"]

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
        known = reading.events[: self.pointer.events]
        if not reading.breaks and (known[-1]["hash"] if known else GENESIS) == self.pointer.head:
            return str(reading.events[-1]["hash"]) if reading.events else GENESIS
        self.notices.append("the audit log was changed by hand or damaged; `drift verify` says where")
        return self.pointer.head

    def _settle(self) -> None:
        """End what a crash left between log and pointer: readers were never switched, so it did not happen."""
        beyond = self.events[self.pointer.events :]
        cut_short = next((event for event in beyond if is_switch(event)), None)
        if cut_short is None:
            return
        settled = {"event": cut_short["event"], "at": now()}
        if cut_short["event"] == "ended":
            message = "killed while it was being published; readers were not switched"
            self.record({**settled, "run_id": cut_short["run_id"], "status": "failed", "message": message})
        else:
            message = f"the rollback to {cut_short['run_id']} was killed before readers were switched"
            self.record({**settled, "run_id": self.pointer.run_id, "message": message})
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
