"""``python -m tests.bench``: measure, print a table, keep every number and a chart."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer

from scripts.warehouse import PROJECT, shown
from tests.bench.books import Book, make_book
from tests.bench.chart import write_chart
from tests.bench.contenders import CONTENDERS, Contender
from tests.bench.equality import differences
from tests.bench.machine import describe
from tests.bench.product import Limits, database
from tests.bench.report import print_report, write_json
from tests.bench.runner import Results, Runner
from tests.bench.tasks import (
    BUILD,
    MOST_REPEATS,
    Task,
    build_task,
    contender_task,
    dashboard_task,
    day_tasks,
    history_task,
    seeds_task,
    simulator_task,
)

WHAT = {
    "facts": "the two fact tables by the contenders, each checked against the marts",
    "build": "the product's dbt build, all marts and data tests",
    "day": "drift run of the whole book, then of one more day",
    "seeds": "dbt build of the committed seeds",
    "simulator": "drift simulate",
    "history": "drift run of one more day after a short and a long history",
    "dashboard": "the pages in a browser (needs chromium), on books of two and more sizes",
}
_BENCH_FOLDER = PROJECT / "target" / "bench"


def bench(
    what: Annotated[str, typer.Option(help="Any of " + "; ".join(f"{name}: {is_}" for name, is_ in WHAT.items()))] = (
        ",".join(WHAT)
    ),
    sizes: Annotated[str, typer.Option(help="Portfolios, joined by commas; 200000 on request.")] = "500,5000,50000",
    contenders: Annotated[str, typer.Option(help="Any of " + ", ".join(CONTENDERS))] = ",".join(CONTENDERS),
    repeats: Annotated[int, typer.Option(min=1, max=MOST_REPEATS, help="Medians of so many.")] = 3,
    days: Annotated[int, typer.Option(min=30, help="Trading days of history.")] = 252,
    history_portfolios: Annotated[int, typer.Option(help="The book whose history grows.")] = 5_000,
    history_days: Annotated[
        int, typer.Option(help="Its long history, in trading days; the short one is --days.")
    ] = 2_520,
    seed: Annotated[int, typer.Option(help="Which books to make.")] = 7,
    threads: Annotated[int, typer.Option(min=1, help="For each contender and the product.")] = 2,
    memory: Annotated[str, typer.Option(help="For DuckDB: the one query and the product.")] = "5GB",
    beyond: Annotated[
        bool, typer.Option("--beyond", help="Contenders also at sizes that are too much for them.")
    ] = False,
) -> None:
    """Measure the product beside others that compute the same two facts, each in a process of its own, alternating.

    Exit code 0: measured, and every contender's tables equal the marts. 1: one differs or failed. 2: wrong arguments.
    """
    chosen_what = _chosen(what, list(WHAT), "--what")
    chosen = [CONTENDERS[name] for name in _chosen(contenders, list(CONTENDERS), "--contenders")]
    for contender in chosen:
        if contender.missing and "facts" in chosen_what:
            raise typer.BadParameter(
                f"{contender.name} needs {', '.join(contender.missing)}", param_hint="--contenders"
            )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])  # whatever a library thinks of threads
    _BENCH_FOLDER.mkdir(parents=True, exist_ok=True)
    work, shelf = Path(tempfile.mkdtemp(prefix="work_", dir=_BENCH_FOLDER)), _BENCH_FOLDER / "books"
    runner, results, machine = Runner(work, repeats, Limits(threads, memory), _tell), Results(), describe()
    try:
        for portfolios in _numbers(sizes):
            here = [one for one in chosen if "facts" in chosen_what and (beyond or _is_feasible(one, portfolios, days))]
            book_of_size = partial(make_book, portfolios, days, seed, shelf)
            tasks = list(_tasks_of_size(chosen_what, here, book_of_size))
            if "simulator" in chosen_what:
                tasks.append(simulator_task(portfolios, days, seed))
            if tasks:
                stage = f"{portfolios:,} portfolios x {days} days"
                runner.measure_stage(stage, tasks, results, _check(here, portfolios, results))
        if "seeds" in chosen_what:
            runner.measure_stage("The committed seeds", [seeds_task()], results)
        if "history" in chosen_what:
            books = [make_book(history_portfolios, length, seed, shelf) for length in (days, history_days)]
            histories = [history_task(book, work / f"history_{book.days}", runner.limits) for book in books]
            runner.measure_stage(f"One more day of {history_portfolios:,} portfolios", histories, results)
        if "dashboard" in chosen_what:
            _measure_dashboards(runner, results, [make_book(size, days, seed, shelf) for size in _numbers(sizes)])
    finally:
        if not results.failures:  # whose logs are there
            shutil.rmtree(work, ignore_errors=True)
    settings = {"repeats": repeats, "threads": threads, "memory": memory, "seed": seed}
    print_report(results, machine, settings)
    stamp = _BENCH_FOLDER / datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    write_json(results, machine, settings, stamp.with_suffix(".json"))
    write_chart(results, machine, stamp.with_suffix(".svg"))
    print(f"{shown(stamp.with_suffix('.json'))}, {shown(stamp.with_suffix('.svg'))}")
    if results.failures or any(results.differences.values()):
        sys.exit(1)


def _tasks_of_size(what: list[str], contenders: list[Contender], make: Callable[[], Book]) -> Iterator[Task]:
    """What is measured on one book, in the order in which it takes turns; the book is made where it is needed."""
    if {"facts", "build", "day"} & set(what):
        book = make()
        yield from (contender_task(contender, book) for contender in contenders)
        if {"facts", "build"} & set(what):
            yield build_task(book)
        if "day" in what:
            yield from day_tasks(book)


def _measure_dashboards(runner: Runner, results: Results, books: list[Book]) -> None:
    tasks = [dashboard_task(book, runner.work / f"dashboard_{book.portfolios}", runner.limits) for book in books]
    runner.measure_stage("The dashboards in a browser", tasks, results)


def _is_feasible(contender: Contender, portfolios: int, days: int) -> bool:
    why_not = contender.why_not(portfolios, days, psutil.virtual_memory().available)
    if why_not:
        _tell(f"{contender.name} is left out at {portfolios:,} portfolios: {why_not}; --beyond tries it")
    return not why_not


def _check(contenders: list[Contender], portfolios: int, results: Results) -> Callable[[Path], None]:
    """Hold what the contenders wrote against the marts that the product built beside them."""

    def check(scratch: Path) -> None:
        marts = database(scratch / BUILD)
        for contender in contenders:
            if marts.exists() and (scratch / contender.name).exists():
                found = differences(contender, scratch / contender.name, marts)
                results.differences[(portfolios, contender.name)] = found
                _tell(f"  {contender.name}: {'; '.join(found) or 'its tables equal the marts'}")

    return check


def _chosen(text: str, known: list[str], option: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name!r}: there are {', '.join(known)}", param_hint=option)
    return [name for name in known if name in names]


def _numbers(text: str) -> list[int]:
    if not all(part.strip().isdecimal() and int(part) > 0 for part in text.split(",")):
        raise typer.BadParameter(f"{text!r}: write numbers of portfolios joined by commas", param_hint="--sizes")
    return [int(part) for part in text.split(",")]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    typer.run(bench)
