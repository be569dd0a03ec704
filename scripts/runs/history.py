"""What the events of the audit log come to: the runs, which of them readers see, and which files are still kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]


def is_switch(event: Event) -> bool:
    """Whether readers see another run after this event."""
    return event["event"] == "rolled_back" or event.get("status") == "published"


def told_of_rollback(event: Event) -> str:
    """When readers were led back, to which run, by whom and why."""
    why = f", because: {event['reason']}" if event.get("reason") else ""
    return f"at {event['at']} to {event['run_id']} by {event.get('by', 'unknown')}{why}"


@dataclass
class Run:
    """One run: how it started, how it ended with what results (nothing: it runs or was killed), what was accepted."""

    started: Event
    ended: Event = field(default_factory=dict)
    accepted: list[Event] = field(default_factory=list)
    pruned_by: str | None = None

    @property
    def run_id(self) -> str:
        """Its name."""
        return str(self.started["run_id"])

    @property
    def book(self) -> str:
        """The book it was for."""
        return str(self.started["book"])

    @property
    def status(self) -> str:
        """running (or killed: without an end), published, blocked or failed."""
        return str(self.ended.get("status", "running"))

    @property
    def ended_at(self) -> str | None:
        """When it ended."""
        return self.ended.get("at")

    @property
    def as_of_date(self) -> str | None:
        """The as-of date of its numbers; None where it never came so far."""
        return self.ended.get("as_of_date")

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of its published file."""
        return self.ended.get("sha256")

    @property
    def output_hash(self) -> str | None:
        """The content hash of its marts."""
        return self.ended.get("output_hash")

    @property
    def message(self) -> str:
        """Why it ended as it did; empty where all went well."""
        return str(self.ended.get("message") or "")


class History:
    """The runs by id, in the order of their start, and the one that readers see."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Follow the events from the first to the last, without those that a later one undoes."""
        self.events = list(events)
        undone = {event["undoes"] for event in self.events if "undoes" in event}
        self.runs: dict[str, Run] = {}
        self._switches: list[str] = []
        # published, and taken back by a return to an earlier run of the book: by which event
        self.rolled_back: dict[str, Event] = {}
        for event in self.events:
            run_id = event["run_id"]
            if event.get("hash") in undone:
                continue
            if event["event"] == "started":
                self.runs[run_id] = Run(started=event)
            elif run_id in self.runs:
                self._follow(event, self.runs[run_id])

    @property
    def current(self) -> Run | None:
        """The run that readers see; None before the first that was published."""
        return self.runs[self._switches[-1]] if self._switches else None

    @property
    def last(self) -> Run | None:
        """The run that started last."""
        return next(reversed(self.runs.values()), None)

    def message_of(self, run: Run) -> str:
        """What became of a run beside its status: why it ended as it did, or who took it back."""
        if self.was_killed(run):
            return "killed: it has no end in the audit log"
        if run.run_id in self.rolled_back:
            return f"rolled back {told_of_rollback(self.rolled_back[run.run_id])}"
        return run.message

    def was_killed(self, run: Run) -> bool:
        """Whether it has no end and another run began after it."""
        return not run.ended and run is not self.last

    def published(self, book: str | None = None) -> list[Run]:
        """The published runs, of one book or of all, the newest first, pruned ones among them."""
        runs = reversed(self.runs.values())
        return [run for run in runs if run.status == "published" and (book is None or run.book == book)]

    def standing(self, book: str) -> list[Run]:
        """The published runs of a book that were not rolled back, what readers see first, then the newest."""
        runs = [run for run in self.published(book) if run.run_id not in self.rolled_back]
        return sorted(runs, key=lambda run: run is not self.current)

    def _follow(self, event: Event, run: Run) -> None:
        if event["event"] == "accepted":
            run.accepted.append(event)
        elif event["event"] == "rolled_back":
            newer = {later.run_id for later in self.published(run.book) if later.run_id > run.run_id}
            self.rolled_back = dict.fromkeys(newer, event) | self.rolled_back
            self.rolled_back.pop(run.run_id, None)
            self._switches.append(run.run_id)
        elif event["event"] == "ended":
            run.ended = event
            for pruned in event.get("pruned", ()):
                if pruned in self.runs:
                    self.runs[pruned].pruned_by = run.run_id
            if event["status"] == "published":
                self._switches.append(run.run_id)
