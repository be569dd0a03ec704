"""What was measured, as a table for the terminal and as JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.browse import GOALS
from tests.bench.contenders import CONTENDERS, ONE_QUERY
from tests.bench.product import FACTS, TESTS, UPSTREAM
from tests.bench.runner import Medians, Reading, Results
from tests.bench.tasks import BUILD, DASHBOARD, DAY, SEEDS, SIMULATOR, WHOLE_RUN

LABELS = {
    BUILD: "Portfolio Drift, dbt build: all marts, all data tests",
    WHOLE_RUN: "Portfolio Drift, drift run: the whole book, guarded",
    DAY: "Portfolio Drift, drift run: one more day",
    SEEDS: "dbt build of the committed seeds, unit tests included",
    SIMULATOR: "drift simulate, to Parquet",
    DASHBOARD: "the dashboards, looked at in a browser",
} | {name: contender.label for name, contender in CONTENDERS.items()}
PRODUCT_FACTS = "of it the two facts: their models, and intermediate ones upstream"
SEEDS_GOAL_SECONDS, SIMULATOR_GOAL_SECONDS, SIMULATOR_GOAL_BOOK, HISTORY_GOAL = 25, 60, (50_000, 252), 1.3
DASHBOARD_GOAL = 2.0  # the largest book against the smallest

_QUIET_LOAD = 3.0  # what the bench itself comes to with two threads, one process at a time

HOW_TO_READ = """\
Medians of {repeats}. Wall: the whole process, start and imports included. Work: computing the two facts and writing
them, no start, no imports; of the product the seconds of these models in dbt's run_results. CPU: user and system, of
the process and its children. Peak: resident memory, the larger of the kernel's maximum of one process and the whole
tree every 0.2 s. x query: work against the one query's work, where there is work; else wall against its wall.
{threads} threads for each. DuckDB (the one query, the product) may use {memory} of memory; polars, pandas and SQLite
have no limit. The contenders take clean rows as they are; the product judges every row, lists what it leaves out, and
tests what it made."""


def print_report(results: Results, machine: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """Everything to the terminal: a table per stage, the machine, how to read it."""
    console = Console(highlight=False, soft_wrap=True, width=200)
    for stage in results.stages:
        console.print(f"\n[bold]{stage}[/bold]")
        console.print(_table(results, stage))
        for line in goals(results, stage):
            console.print(line)
    console.print()
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    console.print(HOW_TO_READ.format(**settings))
    busiest = max((reading.cost.load for reading in results.readings), default=0.0)
    if busiest > _QUIET_LOAD:
        console.print(
            f"[bold]CONTENDED[/bold] the load average was up to {busiest:.1f}: other work took part of the machine"
        )
    for failure in results.failures:
        console.print(f"[bold]FAILED[/bold] {failure}", markup=True)
    for found in results.differences.values():
        for difference in found:
            console.print(f"[bold]DIFFERS[/bold] {difference}")


def _table(results: Results, stage: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for heading in ("wall s", "work s", "CPU s", "peak MB", "x query", "= marts"):
        table.add_column(heading, justify="right")
    query = next((results.medians(one) for one in results.tasks(stage) if one.task == ONE_QUERY.name), None)
    for reading in results.tasks(stage):
        for row in _rows(results, reading, query):
            table.add_row(*row)
    return table


def _rows(results: Results, reading: Reading, query: Medians | None) -> Iterator[tuple[str, ...]]:
    medians = results.medians(reading)
    is_contender = reading.task in CONTENDERS
    work = medians.work_seconds if is_contender else None
    label = LABELS[reading.task] + _which(reading)
    ratio = ""
    if query is not None and reading.task != SIMULATOR:
        ratio = _times(work, query.work_seconds) if is_contender else _times(medians.wall_seconds, query.wall_seconds)
    yield (
        label,
        f"{medians.wall_seconds:.2f}",
        "" if work is None else f"{work:.2f}",
        f"{medians.cpu_seconds:.2f}",
        f"{medians.peak_bytes / 1e6:,.0f}",
        ratio,
        _is_equal(results, reading) if is_contender else "",
    )
    if medians.work_seconds is not None and not is_contender:
        ratio = _times(medians.work_seconds, query.work_seconds) if query else ""
        yield f"  {PRODUCT_FACTS}", "", f"{medians.work_seconds:.2f}", "", "", ratio, ""
    for part, seconds in medians.parts.items():
        share = f" ({seconds / medians.wall_seconds:.0%} of wall)" if part == TESTS else ""
        indent = "    " if part in (FACTS, UPSTREAM) and medians.work_seconds is not None else "  "
        yield f"{indent}{part}{share}", "", f"{seconds:.2f}", "", "", "", ""
    if medians.parts and reading.task != DASHBOARD:
        rest = medians.wall_seconds - sum(medians.parts.values())
        yield "  dbt itself: start, parsing, between the nodes", "", f"{rest:.2f}", "", "", "", ""


def _which(reading: Reading) -> str:
    """What tells the tasks of a stage apart."""
    if reading.task == DASHBOARD:
        return f", {reading.portfolios:,} portfolios"
    return f", after {reading.days} days" if reading.task == DAY else ""


def _times(seconds: float | None, yardstick: float | None) -> str:
    return f"{seconds / yardstick:.2f}" if seconds is not None and yardstick else ""


def _is_equal(results: Results, reading: Reading) -> str:
    found = results.differences.get((reading.portfolios, reading.task))
    return "not checked" if found is None else "NO" if found else "yes"


def goals(results: Results, stage: str) -> Iterator[str]:
    """What was aimed at, and whether it was reached."""
    tasks = results.tasks(stage)
    for reading in tasks:
        wall = results.medians(reading).wall_seconds
        if reading.task == SEEDS:
            yield _goal("the seeds", wall, SEEDS_GOAL_SECONDS, " s")
        if reading.task == SIMULATOR and (reading.portfolios, reading.days) == SIMULATOR_GOAL_BOOK:
            yield _goal("the simulator", wall, SIMULATOR_GOAL_SECONDS, " s")
        if reading.task == DASHBOARD:
            for what, seconds in results.medians(reading).parts.items():
                yield _goal(f"{what}, {reading.portfolios:,} portfolios", seconds, GOALS[what], " s")
    for what, growth in dashboard_ratios(results, tasks).items():
        yield _goal(f"{what}, the largest book against the smallest", growth, DASHBOARD_GOAL, "")
    if (ratio := history_ratio(results, tasks)) is not None:
        yield _goal("one more day, long history against short", ratio, HISTORY_GOAL, "")


def history_ratio(results: Results, tasks: list[Reading]) -> float | None:
    """The wall time of one more day after the longest history against that after the shortest."""
    by_days = {reading.days: reading for reading in tasks if reading.task == DAY}
    if len(by_days) < 2:
        return None
    longest, shortest = by_days[max(by_days)], by_days[min(by_days)]
    return results.medians(longest).wall_seconds / results.medians(shortest).wall_seconds


def dashboard_ratios(results: Results, tasks: list[Reading]) -> dict[str, float]:
    """Seconds on the largest book against those on the smallest, by what a reader waits for."""
    by_size = {reading.portfolios: reading for reading in tasks if reading.task == DASHBOARD}
    if len(by_size) < 2:
        return {}
    largest, smallest = (results.medians(by_size[size]).parts for size in (max(by_size), min(by_size)))
    return {what: largest[what] / smallest[what] for what in largest}


def _goal(of: str, figure: float, most: float, unit: str) -> str:
    return f"Goal for {of}: at most {most}{unit}; {figure:.2f}{unit}: {'reached' if figure <= most else 'MISSED'}"


def write_json(results: Results, machine: Mapping[str, str], settings: Mapping[str, Any], path: Path) -> None:
    """Every raw number, the medians, and what they were measured on."""
    medians = [
        {
            **{name: getattr(reading, name) for name in ("stage", "task", "portfolios", "days")},
            **asdict(results.medians(reading)),
        }
        for stage in results.stages
        for reading in results.tasks(stage)
    ]
    content = {
        "machine": machine,
        "settings": settings,
        "medians": medians,
        "readings": [asdict(reading) for reading in results.readings],
        "differences": [
            {"portfolios": portfolios, "contender": name, "found": found}
            for (portfolios, name), found in results.differences.items()
        ],
        "failures": results.failures,
    }
    path.write_text(json.dumps(content, indent=1) + "\n")
