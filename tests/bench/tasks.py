"""What is measured: for each thing its command, what is laid out before, and what is read off afterwards."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.warehouse import PROJECT
from tests.bench.books import FURTHER_DAYS, Book
from tests.bench.contenders import Contender
from tests.bench.measure import measure
from tests.bench.product import (
    FACTS,
    UPSTREAM,
    Limits,
    dbt_build,
    drift_run,
    drift_simulate,
    environment,
    seconds_by_part,
)

POLICY = PROJECT / "seeds" / "policy"
MOST_REPEATS = FURTHER_DAYS  # each repeat of the history adds a day that has not been added yet
BUILD, WHOLE_RUN, DAY, SEEDS, SIMULATOR = "dbt_build", "whole_run", "one_more_day", "seeds_build", "simulator"
DASHBOARD = "dashboard"


@dataclass(frozen=True)
class Ready:
    """A command that is ready to run, with its warehouse: a folder of its own for whatever it writes."""

    command: list[str]
    warehouse: Path


@dataclass(frozen=True)
class Details:
    """What a command says of itself: seconds of work on the two facts, without start and imports; seconds by part."""

    work_seconds: float | None = None
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One thing to measure. ``prepare`` is given an empty folder of the repeat, ``read_off`` what was printed."""

    name: str
    portfolios: int
    days: int
    prepare: Callable[[Path], Ready]
    read_off: Callable[[Ready, str], Details] = lambda _ready, _printed: Details()


def contender_task(contender: Contender, book: Book) -> Task:
    """The two facts by ``contender``, from the flat Parquet files."""

    def prepare(scratch: Path) -> Ready:
        out = scratch / contender.name
        out.mkdir()
        module = [sys.executable, "-m", "tests.bench.contend", contender.name]
        return Ready([*module, str(book.landing), str(POLICY), str(out)], out)

    def read_off(_: Ready, printed: str) -> Details:
        return Details(float(printed))

    return Task(contender.name, book.portfolios, book.days, prepare, read_off)


def build_task(book: Book) -> Task:
    """The product's ``dbt build`` of the same files: all marts, all data tests."""

    def prepare(scratch: Path) -> Ready:
        warehouse = _folder(scratch / BUILD)
        return Ready(dbt_build(warehouse, book.landing), warehouse)

    return Task(BUILD, book.portfolios, book.days, prepare, _parts_of_build)


def day_tasks(book: Book) -> Iterator[Task]:
    """The guarded run of the whole book, and then that of one more day."""

    def prepare_whole(scratch: Path) -> Ready:
        book.land_daily(scratch / "landing")
        return Ready(drift_run(scratch / "landing"), _folder(scratch / "warehouse"))

    def prepare_day(scratch: Path) -> Ready:
        book.add_day(scratch / "landing", 0)
        return Ready(drift_run(scratch / "landing"), scratch / "warehouse")

    yield Task(WHOLE_RUN, book.portfolios, book.days, prepare_whole)
    yield Task(DAY, book.portfolios, book.days, prepare_day)


def history_task(book: Book, folder: Path, limits: Limits) -> Task:
    """The guarded run of one more day, on a history that is run once and then grows by a day with each repeat."""
    landing, warehouse = folder / "landing", folder / "warehouse"
    added: list[int] = []

    def prepare(_: Path) -> Ready:
        if not added:
            book.land_daily(landing)
            _folder(warehouse)
            measure(drift_run(landing), environment(warehouse, limits), folder / "whole.log")
        book.add_day(landing, len(added))
        added.append(1)
        return Ready(drift_run(landing), warehouse)

    return Task(DAY, book.portfolios, book.days, prepare)


def dashboard_task(book: Book, folder: Path, limits: Limits) -> Task:
    """What a reader of the dashboards waits for, in a browser, on a book that is published once."""
    landing, warehouse = folder / "landing", folder / "warehouse"

    def prepare(_: Path) -> Ready:
        if not warehouse.exists():
            book.land_daily(landing)
            _folder(warehouse)
            measure(drift_run(landing), environment(warehouse, limits), folder / "whole.log")
        return Ready([sys.executable, "-m", "tests.bench.browse", str(warehouse)], warehouse)

    return Task(DASHBOARD, book.portfolios, book.days, prepare, lambda _, said: Details(parts=json.loads(said)))


def seeds_task() -> Task:
    """The whole ``dbt build`` of the committed seeds, unit tests included: what a developer waits for."""

    def prepare(scratch: Path) -> Ready:
        warehouse = _folder(scratch / SEEDS)
        return Ready(dbt_build(warehouse, None), warehouse)

    return Task(SEEDS, 0, 0, prepare, lambda ready, _: Details(parts=seconds_by_part(ready.warehouse / "target")))


def simulator_task(portfolios: int, days: int, seed: int) -> Task:
    """The simulator, writing Parquet."""

    def prepare(scratch: Path) -> Ready:
        out = scratch / SIMULATOR
        return Ready(drift_simulate(portfolios, days, seed, out), _folder(out))

    return Task(SIMULATOR, portfolios, days, prepare)


def _parts_of_build(ready: Ready, _: str) -> Details:
    parts = seconds_by_part(ready.warehouse / "target")
    return Details(parts[FACTS] + parts[UPSTREAM], parts)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path
