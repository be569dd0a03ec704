"""Runs that end badly for a reason of their own: a model, a contract, a test, a control."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from project import copy_of_project

from tests.torture.books import Book, without_portfolios
from tests.torture.campaign import Arena, Fault, HarmError, evidence, side_by_side
from tests.torture.drift import BLOCKED, FAILED, Drift
from tests.torture.expectations import expect_recovery, expect_refused
from tests.torture.stage import Stage, stage_of

LOST_SHARE = 0.3  # of the portfolios of a book, overnight


@dataclass(frozen=True)
class Failure:
    """What is done to a book, the exit code that must come of it, and words that must be said."""

    fault: str
    spoil: Callable[[Book, Path], Book]
    exit_code: int
    words: tuple[str, ...]


def fail(arena: Arena) -> Iterator[Fault]:
    """One run for each way to end badly."""
    stage = stage_of(arena)
    failures = FAILURES[: arena.how_many(ci=2, slice=len(FAILURES), full=len(FAILURES))]
    yield from side_by_side(lambda number: _survive(failures[number], number, arena, stage), list(range(len(failures))))


def _survive(failure: Failure, number: int, arena: Arena, stage: Stage) -> Fault:
    folder = arena.new_folder(f"failure_{number}")
    with evidence(failure.fault, folder):
        warehouse = stage.copy_to(folder / "warehouse")
        spoilt = Drift(failure.spoil(stage.old, folder), warehouse)
        said = spoilt.run()
        expect_refused(spoilt, stage, stage.old, said, {failure.exit_code}, failure.words)
        kept = [path.stem for path in warehouse.blocked.glob("*.duckdb")]
        if len(kept) != (failure.exit_code == BLOCKED):
            raise HarmError(f"{len(kept)} files are kept for inspection after exit code {failure.exit_code}")
        spoilt.expect_sound()
        expect_recovery(Drift(stage.new, warehouse), stage)
    reason = next(line for line in said.err.splitlines() if not line.startswith("Note: "))
    return Fault(failure.fault, 1, 1, f"exit code {said.exit_code}: {reason[:90]}")


def _raise_in_a_model(book: Book, folder: Path) -> Book:
    project = copy_of_project(folder)
    model = project / "models" / "marts" / "drift_monitor.sql"
    model.write_text(
        model.read_text().replace("select * from final", "select * from final where error('torn to pieces') is null")
    )
    return replace(book, project=project)


def _break_a_contract(book: Book, folder: Path) -> Book:
    project = copy_of_project(folder)
    model = project / "models" / "marts" / "drift_trend.sql"
    model.write_text(model.read_text().replace("select * from final", "select *, 1 as one_more from final"))
    return replace(book, project=project)


def _fail_a_test(book: Book, folder: Path) -> Book:
    project = copy_of_project(folder)
    (project / "tests" / "dbt" / "always_red.sql").write_text("-- Guards nothing: it is always red.\nselect 1 as red\n")
    return replace(book, project=project)


def _leave_out_the_tests(book: Book, folder: Path) -> Book:
    project = copy_of_project(folder)
    guard = project / "scripts" / "runs" / "guard.py"
    guard.write_text(guard.read_text().replace('"build --exclude', '"build --exclude-resource-type test --exclude'))
    return replace(book, project=project)


def _lose_portfolios(book: Book, folder: Path) -> Book:
    return replace(book, landing=without_portfolios(book, LOST_SHARE, folder / "landing"))


def _misreport_balances(book: Book, folder: Path) -> Book:
    """Every balance of the custodian a dollar off: more breaks than the policy lets pass."""
    landing = without_portfolios(book, 0, folder / "landing")
    balances = landing / "custodian_balances.csv"
    with balances.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with balances.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "market_value": f"{float(row['market_value']) + 1:.2f}"} for row in rows)
    return replace(book, landing=landing)


FAILURES = (
    Failure("a failing control: 30 % of the portfolios are lost", _lose_portfolios, BLOCKED, ("portfolio_count",)),
    Failure("an exception in a model", _raise_in_a_model, FAILED, ("drift_monitor", "torn to pieces")),
    Failure("a failing contract", _break_a_contract, FAILED, ("drift_trend", "contract")),
    Failure("a failing test", _fail_a_test, BLOCKED, ("laws", "always_red")),
    Failure("a build without its tests", _leave_out_the_tests, FAILED, ("built without", "such as")),
    Failure("a failing control: custodian breaks", _misreport_balances, BLOCKED, ("custodian_balances",)),
)
