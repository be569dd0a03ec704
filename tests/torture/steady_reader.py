"""A program that reads what is published again and again, until a file says stop.

It prints a line when every thread has read once, and what it saw, as JSON, at the end.

``python -m tests.torture.steady_reader WAY THREADS WAREHOUSE KNOWN STOP``: WAY is ``reader`` or ``link``, KNOWN a JSON
file with the answers of each book; whether a run's number is even or odd says which book it must hold. Each thread
keeps its connections short.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import duckdb

from scripts.reader import open_published
from scripts.warehouse import Warehouse
from tests.torture.books import answers_of

MOST_TROUBLES = 5


class Reader(threading.Thread):
    """One reader: how often it saw which run, and what was wrong."""

    def __init__(self, way: "Way", warehouse: Warehouse, known: list[str], stop: Path) -> None:
        super().__init__()
        self.way = way
        self.warehouse = warehouse
        self.known = known
        self.stop = stop
        self.begun = threading.Event()
        self.seen: Counter[str] = Counter()
        self.troubles: list[str] = []

    def run(self) -> None:
        """Read until told to stop."""
        newest = 0
        while not self.stop.exists() and len(self.troubles) < MOST_TROUBLES:
            try:
                newest = self._read(newest)
            except Exception as error:  # whatever goes wrong here is what is looked for
                self.troubles.append(f"{type(error).__name__}: {error}")
            self.begun.set()

    def _read(self, newest: int) -> int:
        """Read once; what was published or seen before must not come again."""
        due = max(newest, _number((self.warehouse.folder / "newest").read_text()))
        connection, run_id = self.way(self.warehouse)
        with connection as opened:
            answers = answers_of(opened)
            ((own,),) = opened.execute("select max(run_id) from audit.runs").fetchall()
        self.seen[run_id] += 1
        number = _number(run_id)
        if own != run_id:
            self.troubles.append(f"opened {run_id}, and audit.runs in it ends with {own}")
        if answers != self.known[number % 2]:
            which = "another run's" if answers in self.known else "of several runs, mixed"
            self.troubles.append(f"the numbers in {run_id} are {which}")
        if number < due:
            self.troubles.append(f"{run_id} was read after number {due} had been published or seen")
        return number


Way = Callable[[Warehouse], tuple[AbstractContextManager[duckdb.DuckDBPyConnection], str]]


def open_by_reader(warehouse: Warehouse) -> tuple[AbstractContextManager[duckdb.DuckDBPyConnection], str]:
    """By the project's own reader, which must have nothing to complain of."""
    connection, run = open_published(warehouse)
    if run.notice is not None:
        connection.close()
        raise ValueError(run.notice)
    return closing(connection), run.run_id


def open_by_link(warehouse: Warehouse) -> tuple[AbstractContextManager[duckdb.DuckDBPyConnection], str]:
    """As any tool does: the file that the link leads to."""
    path = warehouse.link.resolve()
    return closing(duckdb.connect(str(path), read_only=True)), path.stem


WAYS: dict[str, Way] = {"reader": open_by_reader, "link": open_by_link}


def _number(run_id: str) -> int:
    return int(run_id.rsplit("_", 1)[-1])


def main() -> None:
    """Read until told to stop."""
    way, threads, folder, known, stop = sys.argv[1:]
    answers = json.loads(Path(known).read_text())
    readers = [Reader(WAYS[way], Warehouse(Path(folder)), answers, Path(stop)) for _ in range(int(threads))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.begun.wait()
    print("reading", flush=True)
    for reader in readers:
        reader.join()
    seen = Counter[str]()
    for reader in readers:
        seen.update(reader.seen)
    troubles = [trouble for reader in readers for trouble in reader.troubles]
    print(json.dumps({"reads": seen.total(), "runs": len(seen), "troubles": troubles}))


if __name__ == "__main__":
    main()
