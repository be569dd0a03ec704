"""Where bad files are tried: copies of a good book, spoilt by makers, at the door and in guarded runs."""

import hashlib
import json
import queue
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from project import copy_of_project

from scripts.landing.errors import LandingError
from scripts.landing.queries import LandedCsv, landing_query
from scripts.landing.tables import LANDING_TABLES
from scripts.simulator import SimulatorOptions, simulate
from scripts.warehouse import Warehouse
from tests.torture.books import Book, Content, content_of
from tests.torture.campaign import PARALLEL, Arena, side_by_side
from tests.torture.drift import PUBLISHED, Drift, Said
from tests.torture.makers import MAKERS, GoodBook, Landing, Rejected

# rows are spoilt on purpose, and some tables of so small a book have but a handful
LET_THROUGH = ("--vars", "max_rejected_share: 1")


@dataclass(frozen=True)
class Spoilt:
    """A landing folder spoilt by makers, the rows that must be rejected, and the book whose marts it must give."""

    folder: Path
    rejected: Counter[Rejected]
    as_if: GoodBook


@dataclass(frozen=True)
class Outcome:
    """What a run made of a landing folder: why it was not published, or the rejected rows and a hash of each mart."""

    failure: str
    rejected: Counter[Rejected]
    content: Content


class Workshop:
    """The good book, a copy of the project, and as many warehouses as are at work at once."""

    def __init__(self, arena: Arena) -> None:
        """Simulate the book."""
        self.arena = arena
        self._project = copy_of_project(arena.folder)
        simulate(SimulatorOptions(portfolios=40, days=30, seed=arena.seed), arena.folder / "simulated")
        self._book = GoodBook.read(arena.folder / "simulated")
        self._spoilt: dict[tuple[str, ...], Spoilt] = {}
        self._seen: dict[Path, Outcome] = {}
        self._warehouses: queue.SimpleQueue[Warehouse] = queue.SimpleQueue()
        for number in range(PARALLEL):
            self._warehouses.put(Warehouse(arena.folder / f"warehouse_{number}"))

    def spoil(self, reasons: Mapping[str, str]) -> Spoilt:
        """A copy of the good book with the faults of all these makers in it; each with the reason of its rejects."""
        if tuple(reasons) in self._spoilt:
            return self._spoilt[tuple(reasons)]
        first, *others = reasons
        folder = self.arena.folder / "spoilt" / (first if not others else f"{first} and {len(others)} more")
        self._book.write_csv(folder)
        landing = Landing(folder, self._book, self.arena.random())
        for name, reason in reasons.items():
            MAKERS[name].make(replace(landing, reason=reason, chance=self.arena.random(name)))
        spoilt = Spoilt(folder, Counter(landing.rejected), GoodBook(landing.as_if))
        self._spoilt[tuple(reasons)] = spoilt
        return spoilt

    def answer_of_the_door(self, name: str) -> str:
        """What scripts/landing says of a bad file, a line for each refusal; nothing where it lets it in."""
        folder = self.spoil({name: ""}).folder
        refusals = []
        for table in LANDING_TABLES:
            try:
                landing_query(folder, table, LandedCsv())
            except LandingError as refused:
                refusals.append(str(refused))
        return "\n".join(dict.fromkeys(refusals))

    def outcomes(self, spoilt: Sequence[Spoilt]) -> list[tuple[Outcome, Outcome]]:
        """What a run makes of each folder, and what it makes of the book that the folder must be as good as."""
        references = [self._written(one.as_if) for one in spoilt]
        self._run_all([*(one.folder for one in spoilt), *references])
        return [(self._seen[one.folder], self._seen[place]) for one, place in zip(spoilt, references, strict=True)]

    def refusals(self, names: Sequence[str]) -> Iterator[tuple[Said, str]]:
        """What ``drift run`` says of each bad file, and what is wrong with what it leaves to readers."""
        return side_by_side(self._refusal, [self.spoil({name: ""}).folder for name in names])

    def _written(self, book: GoodBook) -> Path:
        """The folder of a book, as Parquet: past the CSV reader. Equal books have one folder."""
        content = hashlib.sha256(repr([book.rows[table] for table in LANDING_TABLES]).encode()).hexdigest()
        folder = self.arena.folder / "as_if" / content[:16]
        if not folder.exists():
            book.write_parquet(folder)
        return folder

    def _run_all(self, folders: Sequence[Path]) -> None:
        missing = [folder for folder in dict.fromkeys(folders) if folder not in self._seen]
        self._seen |= dict(zip(missing, side_by_side(self._outcome, missing), strict=True))

    @contextmanager
    def _warehouse(self) -> Iterator[Warehouse]:
        """A warehouse that nobody else has."""
        warehouse = self._warehouses.get()
        yield warehouse
        self._warehouses.put(warehouse)

    def _run(self, landing: Path, warehouse: Warehouse, *more: str) -> Said:
        return Drift(Book(landing.name, self._project, landing, {}), warehouse).run(*more)

    def _outcome(self, landing: Path) -> Outcome:
        with self._warehouse() as warehouse:
            # a book of its own each, for none is another day of the one before
            said = self._run(landing, warehouse, "--book", str(landing), *LET_THROUGH)
            if said.exit_code != PUBLISHED:
                return Outcome(said.told(), Counter(), {})
            with duckdb.connect(str(warehouse.link.resolve()), read_only=True) as connection:
                return Outcome("", _rejected_rows(connection), content_of(connection))

    def _refusal(self, landing: Path) -> tuple[Said, str]:
        with self._warehouse() as warehouse:
            if not warehouse.link.exists():
                self._run(self._written(self._book), warehouse)
            before = _seen_by_readers(warehouse)
            said = self._run(landing, warehouse)
            after = _seen_by_readers(warehouse)
        return said, "" if after == before and before else f"readers saw {before}, now {after}"


def _rejected_rows(connection: duckdb.DuckDBPyConnection) -> Counter[Rejected]:
    rows = connection.execute("select table_name, reason, source_file, raw_row from audit.rejected_rows").fetchall()
    return Counter(Rejected.of(table, reason, file, json.loads(raw)) for table, reason, file, raw in rows)


def _seen_by_readers(warehouse: Warehouse) -> list[str]:
    """The run that the pointer names, the file that the link leads to, and every published file."""
    if not warehouse.link.exists():
        return []
    pointer = json.loads(warehouse.pointer.read_bytes())
    return [
        pointer["run_id"],
        str(warehouse.link.resolve()),
        *sorted(path.name for path in warehouse.published.iterdir()),
    ]
