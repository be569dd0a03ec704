"""Runs that are stopped or hit by an error of the machine: SIGTERM, Ctrl-C, an input/output error after a step."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tests.torture.campaign import Arena, Fault, HarmError, by_fault, evidence
from tests.torture.drift import FAILED, STOPPED_BY_CTRL_C, STOPPED_BY_SIGTERM, Drift, Said, after_step, ended, events_of
from tests.torture.expectations import expect_all_or_nothing, expect_recovery
from tests.torture.stage import Lane, Lanes, Stage, stage_of

Disturbed = Callable[[Drift, float], Said]  # a run that usually takes so many seconds, disturbed


@dataclass(frozen=True)
class Kind:
    """A fault, the runs that it disturbs, and the exit code and the words with which each must end."""

    fault: str
    tries: Sequence[Disturbed]
    code: int
    words: str


_INPUT_OUTPUT_ERROR = "raise OSError(5, 'Input/output error', 'torture')"


def stop(arena: Arena) -> Iterator[Fault]:
    """Stop runs at random moments and right after steps, and let steps fail."""
    stage = stage_of(arena)
    lanes = Lanes(stage, arena.folder)
    chance = arena.random("moments")
    sigterms = [partial(_stopped_at, signal.SIGTERM, chance.random()) for _ in range(_some(arena, 1, 1, 10))]
    ctrl_cs = [partial(_stopped_at, signal.SIGINT, chance.random()) for _ in range(_some(arena, 0, 1, 10))]
    terminal = [partial(_ctrl_c_in_a_terminal, chance.random()) for _ in range(_some(arena, 1, 1, 10))]
    kinds = [
        Kind("SIGTERM at a random moment", sigterms, STOPPED_BY_SIGTERM, "SIGTERM"),
        Kind("SIGINT at a random moment", ctrl_cs, STOPPED_BY_CTRL_C, "Ctrl-C"),
        Kind("Ctrl-C for the whole group", terminal, STOPPED_BY_CTRL_C, "Ctrl-C"),
    ]
    for fault, action, code, words in (
        ("SIGTERM after a step", "os.kill(os.getpid(), signal.SIGTERM)", STOPPED_BY_SIGTERM, "SIGTERM"),
        ("an input/output error after a step", _INPUT_OUTPUT_ERROR, FAILED, "Input/output error"),
    ):
        steps = [
            partial(_disturbed_after, number, action)
            for number in sorted(
                arena.random(fault).sample(range(1, len(stage.steps) + 1), _some(arena, 0, 2, len(stage.steps)))
            )
        ]
        kinds.append(Kind(fault, steps, code, words))
    tries = {
        kind.fault: [partial(_disturb, arena, stage, lanes, kind, disturbed) for disturbed in kind.tries]
        for kind in kinds
        if kind.tries
    }
    for fault, published in by_fault(tries):
        too_late = f"{sum(published)} came too late and were published" if any(published) else ""
        yield Fault(fault, len(published), len(published), too_late)


def _some(arena: Arena, ci: int, in_slice: int, full: int) -> int:
    """How many; never more than there are."""
    return min(arena.how_many(ci=ci, slice=in_slice, full=full), full)


def _disturb(arena: Arena, stage: Stage, lanes: Lanes, kind: Kind, disturbed: Disturbed) -> bool:
    with lanes.one() as lane, evidence(f"{kind.fault} {_told(disturbed, stage)}", lane.warehouse.folder):
        was_published = _stopped_and_recovered(lane, stage, disturbed, kind.code, kind.words)
    outcome = "too late, published" if was_published else "nothing published"
    arena.say(f"    {kind.fault}, {_told(disturbed, stage)}: {outcome}")
    return was_published


def _told(disturbed: Disturbed, stage: Stage) -> str:
    """The moment, in words."""
    assert isinstance(disturbed, partial)
    moment = next(argument for argument in disturbed.args if type(argument) in (int, float))
    return f"after {stage.named_steps()[moment - 1]}" if isinstance(moment, int) else f"at {moment:.0%} of a run"


def _stopped_and_recovered(lane: Lane, stage: Stage, disturbed: Disturbed, code: int, words: str) -> bool:
    drift = Drift(lane.new, lane.warehouse)
    before = len(events_of(lane.warehouse))
    said = disturbed(drift, lane.seconds)
    fresh = events_of(lane.warehouse)[before:]
    if not fresh:  # it came before the run began: the program ends as any other does
        said = Said(code, said.out, words, said.seconds)
    was_published = expect_all_or_nothing(drift, stage, lane.old, said, {code}, [words])
    if fresh and not was_published and (fresh[-1]["event"], fresh[-1].get("status")) != ("ended", "failed"):
        raise HarmError(f"the audit log does not say that the run ended; its last event is {fresh[-1]['event']}")
    if not was_published:
        drift.expect_sound()
    expect_recovery(drift, stage)
    lane.turn()
    return was_published


def _stopped_at(number: signal.Signals, moment: float, drift: Drift, seconds: float) -> Said:
    """A signal to the run alone."""
    began = time.monotonic()
    with drift.start_run() as process:
        time.sleep(moment * seconds)
        process.send_signal(number)
        return ended(process, began)


def _ctrl_c_in_a_terminal(moment: float, drift: Drift, seconds: float) -> Said:
    """What a terminal does: the signal goes to the run and to its children."""
    began = time.monotonic()
    with drift.start_run(process_group=0) as process:
        time.sleep(moment * seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        return ended(process, began)


def _disturbed_after(step: int, action: str, drift: Drift, _: float) -> Said:
    return drift.run(hook=after_step(step, action))
