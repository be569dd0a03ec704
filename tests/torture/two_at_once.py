"""Two commands on one warehouse: the second is told to wait, at once; of two at the same moment one runs."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.warehouse import Warehouse
from tests.torture.campaign import Arena, Fault, HarmError, evidence
from tests.torture.drift import LOCKED, PUBLISHED, Drift, Said, ended
from tests.torture.readers import expect_seen
from tests.torture.stage import Stage, stage_of

PROMISED_SECONDS = 1.0


def run_two_at_once(arena: Arena) -> Iterator[Fault]:
    """A second command while one runs, and two at the same moment."""
    stage = stage_of(arena)
    folder = arena.folder / "second"
    with evidence("a second command while one runs", folder):
        yield _second_command(stage, folder)
    races = arena.how_many(ci=0, slice=1, full=20)
    for number in range(races):
        folder = arena.folder / f"race_{number}"
        with evidence("two runs at the same moment", folder):
            _race(stage, folder)
    if races:
        yield Fault("two runs at the same moment", races, races, "one published, the other told to wait")


def _second_command(stage: Stage, folder: Path) -> Fault:
    """The first command is made to stand still meanwhile, so that it neither ends nor takes the time of the second."""
    warehouse = stage.copy_to(folder)
    drift = Drift(stage.new, warehouse)
    began = time.monotonic()
    with drift.start_run(process_group=0) as first:
        try:
            _wait_for_lock(warehouse, first)
            os.killpg(first.pid, signal.SIGSTOP)
            seconds = [_expect_told_to_wait(drift.run(), first.pid).seconds for _ in range(3)]
            oldest = min(path.stem for path in warehouse.published.glob("*.duckdb"))
            _expect_told_to_wait(drift.say("rollback", oldest), first.pid)
            expect_seen(warehouse, stage.books, stage.old)
        finally:
            os.killpg(first.pid, signal.SIGCONT)
        said = ended(first, began)
    if said.exit_code != PUBLISHED:
        raise HarmError(f"the first run was disturbed: {said.told()}")
    expect_seen(warehouse, stage.books, stage.new)
    drift.expect_sound()
    if min(seconds) >= PROMISED_SECONDS:
        raise HarmError(f"the second run took {min(seconds):.2f} s, the best of three, to be told to wait")
    return Fault("a second command while one runs", 4, 4, f"told to wait in {min(seconds):.2f} s, best of three")


def _race(stage: Stage, folder: Path) -> None:
    warehouse = stage.copy_to(folder)
    drift = Drift(stage.new, warehouse)
    began = time.monotonic()
    with drift.start_run() as first, drift.start_run() as second:
        said = [ended(first, began), ended(second, began)]
    if sorted(one.exit_code for one in said) != [PUBLISHED, LOCKED]:
        raise HarmError(f"of two runs one is to be published: {' / '.join(one.told() for one in said)}")
    expect_seen(warehouse, stage.books, stage.new)
    drift.expect_sound()


def _wait_for_lock(warehouse: Warehouse, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        try:
            if json.loads(warehouse.lock.read_text())["pid"] == process.pid:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.01)
    raise HarmError("the first run ended before it held the lock")


def _expect_told_to_wait(said: Said, holder: int) -> Said:
    lines = said.err.splitlines()
    if said.exit_code != LOCKED or len(lines) != 1 or f"PID {holder}" not in lines[0] or said.out:
        raise HarmError(f"expected exit code {LOCKED} and one line that names PID {holder}: {said.told()}")
    return said
