"""``kill -9``: at random moments of a run, of its publishing, of the very first run, and after every step."""

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial

import duckdb

from scripts.runs.steps import PUBLISHING
from scripts.warehouse import Warehouse
from tests.torture.books import Book
from tests.torture.campaign import Arena, Fault, HarmError, by_fault, evidence, side_by_side
from tests.torture.drift import PUBLISHED, Drift, after_step, ended, events_of, expect_no_process
from tests.torture.readers import book_seen, expect_seen
from tests.torture.stage import Lane, Lanes, Stage, stage_of

Kill = Callable[[Drift, float], None]  # begins a run that usually takes so many seconds, and kills it
_KILL = "os.kill(os.getpid(), signal.SIGKILL)"


def kill_at_random(arena: Arena) -> Iterator[Fault]:
    """Kill ``drift run`` at moments spread over all of its duration, over its publishing, and in a first run of all."""
    stage = stage_of(arena)
    lanes = Lanes(stage, arena.folder)
    kills = arena.how_many(ci=4, slice=8, full=200)
    firsts = max(kills // 10, 1)
    in_publishing = max(3 * kills // 10, 1)
    anywhere = kills - firsts - in_publishing
    chance = arena.random("whole run")
    moments = [(number + chance.random()) / anywhere for number in range(anywhere)]
    kinds: dict[str, list[Kill]] = {
        "kill -9 at a random moment of a run": [partial(_kill_at, moment) for moment in moments]
    }
    for fault, first_step, count in (
        ("kill -9 at a random moment of publishing", PUBLISHING[0], in_publishing - in_publishing // 2),
        ("kill -9 around the moment in which readers are switched", "end_logged", in_publishing // 2),
    ):
        begin, seconds = _from(stage, first_step)
        chance = arena.random(fault)
        delays = [chance.uniform(0, 2 * seconds) for _ in range(count)]  # two runs at once take up to twice as long
        kinds[fault] = [partial(_kill_after, begin, delay) for delay in delays]
    tries: dict[str, list[Callable[[], str]]] = {
        fault: [partial(_kill_and_tell, arena, stage, lanes, fault, kill) for kill in kills_of]
        for fault, kills_of in kinds.items()
    }
    tries |= _kills_of_first_runs(arena, stage, firsts)
    for fault, saw in by_fault(tries):
        told = ", ".join(f"{which} {saw.count(which)} times" for which in dict.fromkeys(saw))
        yield Fault(fault, len(tries[fault]), len(saw), f"readers saw {told}" if saw else "")


def kill_after_steps(arena: Arena) -> Iterator[Fault]:
    """Kill ``drift run`` right after each step that it reaches."""
    stage = stage_of(arena)
    lanes = Lanes(stage, arena.folder)
    names = stage.named_steps()
    numbers = list(range(1, len(names) + 1))
    few = {"ci": 3, "slice": 6}
    if arena.count.asked in few:
        numbers = sorted(arena.random("steps").sample(numbers, few[arena.count.asked]))

    def survive(number: int) -> Fault:
        fault = f"kill -9 after {names[number - 1]}"
        with lanes.one() as lane:
            saw = _kill_and_recover(lane, stage, fault, partial(_kill_at_step, number))
        return Fault(fault, 1, 1, f"readers saw {saw}")

    yield from side_by_side(survive, numbers)


def _kill_and_tell(arena: Arena, stage: Stage, lanes: Lanes, fault: str, kill: Kill) -> str:
    with lanes.one() as lane:
        saw = _kill_and_recover(lane, stage, fault, kill)
    arena.say(f"    {fault}: readers saw {saw}")
    return saw


def _kills_of_first_runs(arena: Arena, stage: Stage, count: int) -> dict[str, list[Callable[[], str]]]:
    """In an empty warehouse: half of the kills anywhere, half in publishing."""
    fault = "kill -9 in the first run of all"
    chance = arena.random("first run")
    publishing, _ = _from(stage, PUBLISHING[0])

    def survive(number: int, moment: float) -> str:
        folder = arena.folder / f"first_{number}"
        kill = partial(_kill_after, publishing, moment / 10) if number % 2 else partial(_kill_at, moment)
        with evidence(fault, folder):
            saw, _ = _recover_from(kill, Drift(stage.new, Warehouse(folder)), None, stage)
        return saw

    return {fault: [partial(survive, number, chance.random()) for number in range(count)]}


def _kill_and_recover(lane: Lane, stage: Stage, fault: str, kill: Kill) -> str:
    """Kill a run of the new book, look, run again, look again; returns which run readers saw in between."""
    with evidence(fault, lane.warehouse.folder):
        saw, lane.seconds = _recover_from(kill, Drift(lane.new, lane.warehouse), lane.old, stage, lane.seconds)
        lane.turn()
    return saw


def _recover_from(
    kill: Kill, drift: Drift, old: Book | None, stage: Stage, seconds: float | None = None
) -> tuple[str, float]:
    warehouse = drift.warehouse
    before = len(events_of(warehouse))
    kill(drift, seconds or stage.seconds)
    expect_no_process(warehouse)
    seen = book_seen(warehouse, stage.books, link_may_lack=old is None)
    if seen is not old and seen is not drift.book:
        raise HarmError(f"readers see {seen and seen.name}, neither the run before nor the one that was killed")
    killed = _unpublished_run(events_of(warehouse)[before:], was_published=seen is drift.book)
    said = drift.publish()
    expect_seen(warehouse, stage.books, drift.book)
    if killed is not None:
        _expect_told(killed, said.err, warehouse)
    drift.expect_sound()
    saw = "the new run" if seen is drift.book else "the old run" if old else "no run"
    return saw, said.seconds


def _unpublished_run(events: list[dict[str, object]], was_published: bool) -> str | None:
    """The run that began and never became what readers see; None where it never began or was published."""
    started = [str(event["run_id"]) for event in events if event["event"] == "started"]
    return None if was_published or not started else started[-1]


def _expect_told(killed: str, told: str, warehouse: Warehouse) -> None:
    if not any(killed in line and "killed" in line for line in told.splitlines()):
        raise HarmError(f"the next run does not say that {killed} was killed; it said: {told.strip() or 'nothing'}")
    with duckdb.connect(str(warehouse.link.resolve()), read_only=True) as connection:
        rows = connection.execute("select status, message from audit.runs where run_id = ?", [killed]).fetchall()
    if len(rows) != 1 or not (rows[0][0] == "running" or (rows[0][0] == "failed" and "killed" in rows[0][1])):
        raise HarmError(f"audit.runs says {rows} of {killed}, which was killed")


def _from(stage: Stage, step: str) -> tuple[int, float]:
    """The number of the last step of that name, and how many seconds a run takes from there on."""
    begin = max(number for number, (name, _) in enumerate(stage.steps) if name == step)
    return begin + 1, stage.steps[-1][1] - stage.steps[begin][1]


def _kill_at(moment: float, drift: Drift, seconds: float) -> None:
    """Kill at a share of the usual duration."""
    with drift.start_run() as process:
        time.sleep(moment * seconds)
        process.kill()
        process.communicate()


def _kill_after(step: int, delay: float, drift: Drift, _: float) -> None:
    """Kill a moment (seconds) after a step."""
    action = f"threading.Timer({delay}, lambda: {_KILL}).start()"
    with drift.start_run(hook=after_step(step, action)) as process:
        said = ended(process, time.monotonic())
    if said.exit_code not in (-signal.SIGKILL, PUBLISHED):
        raise HarmError(f"the run was to be killed in its publishing, and ended before: {said.told()}")


def _kill_at_step(step: int, drift: Drift, _: float) -> None:
    """Kill right after a step."""
    with drift.start_run(hook=after_step(step, _KILL)) as process:
        said = ended(process, time.monotonic())
    if said.exit_code != -signal.SIGKILL:
        raise HarmError(f"the run was to be killed after its step {step}, and ended before: {said.told()}")
