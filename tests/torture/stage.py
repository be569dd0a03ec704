"""Where a fault is tried: a warehouse in which readers see the old book, a run older still behind it."""

import functools
import queue
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.warehouse import Warehouse
from tests.torture.books import Book, two_books
from tests.torture.campaign import PARALLEL, Arena
from tests.torture.drift import Drift, trace_to


@dataclass(frozen=True)
class Stage:
    """The prepared warehouse, and what an undisturbed run goes through: its steps, each with its seconds from start."""

    old: Book
    new: Book
    template: Path
    steps: tuple[tuple[str, float], ...]
    seconds: float

    @property
    def books(self) -> tuple[Book, Book]:
        """All that readers may ever see, each wholly."""
        return self.old, self.new

    def copy_to(self, folder: Path) -> Warehouse:
        """A warehouse of its own, to break."""
        shutil.copytree(self.template, folder, symlinks=True)
        return Warehouse(folder)

    def named_steps(self) -> list[str]:
        """The steps in their order; one that comes again is numbered."""
        names = [step for step, _ in self.steps]
        return [
            name if names[:number].count(name) == 0 else f"{name} {names[:number].count(name) + 1}"
            for number, name in enumerate(names)
        ]


@dataclass
class Lane:
    """A warehouse that is broken and mended again and again; the two books take turns in being the old one."""

    warehouse: Warehouse
    old: Book
    new: Book
    seconds: float  # how long a run took last

    def turn(self) -> None:
        """What was new is published, and the other book comes next."""
        self.old, self.new = self.new, self.old


class Lanes:
    """As many lanes as are at work at once."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        """Copy the prepared warehouse for each."""
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for number in range(PARALLEL):
            warehouse = stage.copy_to(folder / f"lane_{number}")
            self._free.put(Lane(warehouse, stage.old, stage.new, stage.seconds))

    @contextmanager
    def one(self) -> Iterator[Lane]:
        """A lane that nobody else has; one that came to harm is not given out again."""
        lane = self._free.get()
        yield lane
        self._free.put(lane)


def stage_of(arena: Arena) -> Stage:
    """The stage that all campaigns with this seed share; made by the first that asks."""
    return _stage(arena.shared, arena.seed)


@functools.cache
def _stage(folder: Path, seed: int) -> Stage:
    old, new = two_books(folder, seed)
    warehouse = Warehouse(folder / "template")
    trace = folder / "steps"
    Drift(new, warehouse).publish()
    said = Drift(old, warehouse).publish(hook=trace_to(trace))
    marks = [line.split() for line in trace.read_text().splitlines()]
    first = float(marks[0][1])
    steps = tuple((step, float(moment) - first) for step, moment in marks)
    return Stage(old, new, warehouse.folder, steps, said.seconds)
