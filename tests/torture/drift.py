"""The command ``drift`` as its users run it: a process of its own, in a warehouse of its own."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.warehouse import Warehouse
from tests.torture.books import Book
from tests.torture.campaign import HarmError

PUBLISHED, FAILED, BLOCKED, LOCKED, STOPPED_BY_CTRL_C, STOPPED_BY_SIGTERM = 0, 1, 3, 75, 130, 143

# all runs are of one book, so that each is compared with the one before; few are kept, so that most runs prune one
_SETTINGS = ("--book", "torture", "--vars", "kept_daily_runs: 2")
_MAIN = "from scripts.cli import main\nmain()"
# the words of a hook stand in a child process, before the command begins
_AFTER_STEP = """
import os, signal, threading, time
from scripts.runs import steps
_told, _reached = steps.reached, []
def reached(step):
    _told(step)
    _reached.append(step)
    if len(_reached) == {number}:
        {action}
steps.reached = reached
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, what it said, and how long it took."""

    exit_code: int
    out: str
    err: str
    seconds: float

    def told(self) -> str:
        """The end in a line or two, for a report."""
        return f"exit code {self.exit_code}, said: {' | '.join((self.err or self.out).strip().splitlines()[-4:])}"


@dataclass(frozen=True)
class Drift:
    """The commands on one book in one warehouse."""

    book: Book
    warehouse: Warehouse

    def start(self, *arguments: str, hook: str = "", **options: Any) -> "subprocess.Popen[str]":
        """Begin ``drift <arguments>``; ``hook`` is Python that runs first."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_DRIFT_")},
            "PORTFOLIO_DRIFT_WAREHOUSE": str(self.warehouse.folder),
            "PORTFOLIO_DRIFT_THREADS": "1",  # two warehouses at work share two cores
        }
        return subprocess.Popen(
            [sys.executable, "-c", f"{hook}\n{_MAIN}", *arguments],
            cwd=self.book.project, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )  # fmt: skip

    def start_run(self, *more: str, hook: str = "", **options: Any) -> "subprocess.Popen[str]":
        """Begin ``drift run`` of the book."""
        return self.start("run", "--landing", str(self.book.landing), *_SETTINGS, *more, hook=hook, **options)

    def say(self, *arguments: str, hook: str = "") -> Said:
        """``drift <arguments>`` from its beginning to its end."""
        began = time.monotonic()
        with self.start(*arguments, hook=hook) as process:
            return ended(process, began)

    def run(self, *more: str, hook: str = "") -> Said:
        """``drift run`` of the book from its beginning to its end."""
        return self.say("run", "--landing", str(self.book.landing), *_SETTINGS, *more, hook=hook)

    def publish(self, hook: str = "") -> Said:
        """A run that must succeed. Raises HarmError."""
        said = self.run(hook=hook)
        if said.exit_code != PUBLISHED:
            raise HarmError(f"a run with nothing in its way was not published: {said.told()}")
        return said

    def verify(self) -> Said:
        """``drift verify``."""
        return self.say("verify")

    def expect_sound(self) -> None:
        """Raise HarmError unless ``drift verify`` finds nothing wrong."""
        said = self.verify()
        if said.exit_code != 0:
            faults = " | ".join(line.strip() for line in said.out.splitlines() if not line.startswith("holds"))
            raise HarmError(f"drift verify: exit code {said.exit_code}: {faults} {said.err.strip()[-300:]}")


def ended(process: "subprocess.Popen[str]", began: float) -> Said:
    """Wait for the end of a process that began at ``began`` (time.monotonic)."""
    out, err = process.communicate()
    return Said(process.returncode, out, err, time.monotonic() - began)


def after_step(number: int, action: str) -> str:
    """A hook: do ``action``, one line of Python, right after the ``number``th step that is reached."""
    return _AFTER_STEP.format(number=number, action=action)


def trace_to(path: Path) -> str:
    """A hook: write each step that is reached, and when, to a file."""
    return (
        "import time\nfrom scripts.runs import steps\n_told = steps.reached\ndef reached(step):\n    _told(step)\n"
        f"    open({str(path)!r}, 'a').write(f'{{step}} {{time.monotonic()}}\\n')\nsteps.reached = reached"
    )


def processes_of(warehouse: Warehouse) -> list[int]:
    """The living processes that work in a warehouse, by what their environment says (Linux)."""
    mark = f"PORTFOLIO_DRIFT_WAREHOUSE={warehouse.folder}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_zombie = ") Z " in (folder / "stat").read_text()
            if not is_zombie and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def expect_no_process(warehouse: Warehouse, seconds: float = 2) -> None:
    """Raise HarmError where something is still at work in the warehouse after a moment."""
    deadline = time.monotonic() + seconds
    while left := processes_of(warehouse):
        if time.monotonic() > deadline:
            raise HarmError(f"{seconds} s after its end a child of the run still lives: PID {left}")
        time.sleep(0.02)


def events_of(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The events of the audit log as they lie there; a torn last line is none."""
    return list(_parsed(warehouse.audit_log.read_bytes())) if warehouse.audit_log.exists() else []


def _parsed(log: bytes) -> Iterator[dict[str, Any]]:
    for line in log.split(b"\n"):
        with contextlib.suppress(ValueError):
            yield json.loads(line)
