"""Warehouses to run in: a few, used again and again, each put back to the day before first.

A slot keeps its place, so that dbt need not parse the project anew for every run.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from scripts.runs.files import remove
from scripts.warehouse import Warehouse
from tests.torture.books import Book
from tests.torture.campaign import PARALLEL, HarmError
from tests.torture.defects.scoring import Outcome, read_outcome
from tests.torture.drift import BLOCKED, PUBLISHED, Drift, events_of

BOOK = "good day"
_OF_DBT = ("target", "logs")  # stay in the slot: nothing in them is of a day


@dataclass(frozen=True)
class Slot:
    """A place with a landing folder and a warehouse; ``project`` is the code that runs."""

    folder: Path
    project: Path

    @property
    def landing(self) -> Path:
        """Where today's files are to be written before a run; emptied by ``begin``."""
        return self.folder / "landing"

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse as the last run left it."""
        return Warehouse(self.folder / "warehouse")

    def begin(self, earlier: Path | None) -> None:
        """Empty the slot, but for what an ``earlier`` run left there, which was kept."""
        shutil.rmtree(self.landing, ignore_errors=True)
        self.landing.mkdir(parents=True)
        self.warehouse.folder.mkdir(exist_ok=True)
        for path in self.warehouse.folder.iterdir():
            if path.name not in _OF_DBT:
                remove(path)
        if earlier is not None:
            shutil.copytree(earlier, self.warehouse.folder, symlinks=True, dirs_exist_ok=True)

    def keep(self, place: Path, with_landing: bool = False) -> None:
        """Copy the warehouse, and as evidence the landed files too."""
        without_dbt = shutil.ignore_patterns(*_OF_DBT)
        shutil.copytree(self.warehouse.folder, place, symlinks=True, ignore=without_dbt)
        if with_landing:
            shutil.copytree(self.landing, place / "landing")

    def run(self, day: str, variables: str = "") -> Outcome:
        """``drift run`` of the landed files, expected to be as of ``day``."""
        drift = Drift(Book(BOOK, self.project, self.landing, {}), self.warehouse)
        more = ("--vars", variables) if variables else ()
        said = drift.say("run", "--landing", str(self.landing), "--book", BOOK, "--expect-date", day, *more)
        database = None
        if said.exit_code == PUBLISHED:
            database = self.warehouse.link.resolve()
        elif said.exit_code == BLOCKED:
            database = max(self.warehouse.blocked.glob("*.duckdb"))
        message = str(events_of(self.warehouse)[-1].get("message", ""))
        return read_outcome(said.exit_code, f"{message}\n{said.err}", database)

    def publish(self, day: str) -> None:
        """The same for a good day. Raises HarmError where it is not published."""
        outcome = self.run(day)
        if outcome.exit_code != PUBLISHED:
            raise HarmError(f"a good day was not published: exit code {outcome.exit_code}, {outcome.said.strip()}")


class Slots:
    """As many slots as may be at work at once."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._free: Queue[Slot] = Queue()
        for number in range(PARALLEL):
            self._free.put(Slot(folder / f"slot_{number}", project))

    @contextmanager
    def one(self) -> Iterator[Slot]:
        """A slot that nobody else has."""
        slot = self._free.get()
        try:
            yield slot
        finally:
            self._free.put(slot)
