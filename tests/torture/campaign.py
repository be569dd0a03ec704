"""What a campaign is: it breaks things in a folder of its own and yields, per fault, how often it tried and survived.

To add one, write a module with a function from Arena to an iterator of Fault, and list it in __main__.py. Every choice
comes from ``arena.random(...)``, every amount from ``arena.how_many(...)``, every file lies below ``arena.folder``.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import duckdb

from scripts.warehouse import WarehouseError

PARALLEL = 2  # warehouses at work at once

Item = TypeVar("Item")
Result = TypeVar("Result")


class HarmError(Exception):
    """Something that must hold does not; the message says what."""


class NotSurvivedError(Exception):
    """A fault did harm: what was done, what came of it, and the folder in which to look."""

    def __init__(self, fault: str, happened: str, evidence: Path) -> None:
        super().__init__(f"{fault}: {happened}")
        self.fault = fault
        self.happened = happened
        self.evidence = evidence


@dataclass(frozen=True)
class Fault:
    """One row of the table at the end.

    ``needed`` is how many have to be survived, all of them where left out. ``tried`` is 0 where the fault can't be
    inflicted on this machine; ``note`` then says why.
    """

    name: str
    tried: int
    survived: int
    note: str = ""
    needed: int | None = None

    @property
    def holds(self) -> bool:
        """Whether enough was survived."""
        return self.survived >= (self.tried if self.needed is None else self.needed)


@dataclass(frozen=True)
class Count:
    """How much is asked for: ``ci``, ``slice``, ``full`` or a number."""

    asked: str

    def __post_init__(self) -> None:
        """Raise ValueError for anything else."""
        if self.asked not in ("ci", "slice", "full") and not (self.asked.isdigit() and int(self.asked) > 0):
            raise ValueError(f"{self.asked!r} is no count; write ci, slice, full or a number such as 200")

    def of(self, sizes: Mapping[str, int]) -> int:
        """The number asked for, or what ``sizes`` has for ci, slice or full."""
        return sizes[self.asked] if self.asked in sizes else int(self.asked)


@dataclass(frozen=True)
class Arena:
    """Where a campaign is at work, how hard, and from which seed."""

    folder: Path
    seed: int
    count: Count
    say: Callable[[str], None] = field(default=lambda text: None)

    @property
    def shared(self) -> Path:
        """A folder for what several campaigns use and none changes."""
        return self.folder.parent / "shared"

    def how_many(self, *, ci: int, slice: int, full: int) -> int:
        """How often to try something that can be tried any number of times."""
        return self.count.of({"ci": ci, "slice": slice, "full": full})

    def random(self, *purpose: object) -> random.Random:
        """A stream of choices for one purpose: it does not depend on what others drew, or in which order."""
        return random.Random(" ".join(str(part) for part in (self.seed, self.folder.name, *purpose)))  # noqa: S311

    def new_folder(self, name: str) -> Path:
        """A folder of its own for one thing to try; its name is unique within the campaign."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder


@dataclass(frozen=True)
class Campaign:
    """A family of faults: its name on the command line, what it is about, and the work."""

    name: str
    about: str
    inflict: Callable[[Arena], Iterator[Fault]]


@contextmanager
def evidence(fault: str, folder: Path) -> Iterator[None]:
    """Turn harm that is found within into the report of it: what was done, and where to look."""
    try:
        yield
    except (HarmError, WarehouseError, duckdb.Error, OSError, ValueError) as harm:
        raise NotSurvivedError(fault, str(harm), folder) from harm


def by_fault(tries: Mapping[str, Sequence[Callable[[], Result]]]) -> Iterator[tuple[str, list[Result]]]:
    """The results of all tries of each fault in turn; they share the workers, so that none idles at a fault's end."""
    results = side_by_side(lambda attempt: attempt(), [attempt for of_fault in tries.values() for attempt in of_fault])
    for fault, of_fault in tries.items():
        yield fault, [next(results) for _ in of_fault]


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], workers: int = PARALLEL) -> Iterator[Result]:
    """The results of ``work`` in the order of ``items``, a few at a time; the first error ends what has not begun."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
