"""The audit log is changed by hand or torn by a crash: ``drift verify`` names it, and readers lose nothing by it."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.torture.campaign import Arena, Fault, HarmError, evidence, side_by_side
from tests.torture.drift import FAILED, Drift
from tests.torture.expectations import expect_all_or_nothing
from tests.torture.readers import expect_seen
from tests.torture.stage import Stage, stage_of

Lines = list[bytes]  # of the log, without their ends


@dataclass(frozen=True)
class Tampering:
    """What is done to the lines of the log, and the words with which ``drift verify`` must name it."""

    fault: str
    change: Callable[[Lines, Random], Lines]
    named: tuple[str, ...]
    exit_code: int = FAILED


def tamper(arena: Arena) -> Iterator[Fault]:
    """Change the log in every way that leaves a file of lines, and a torn one."""
    stage = stage_of(arena)
    each = arena.how_many(ci=1, slice=1, full=5)
    # for the others a run that fails at once must do
    with_run = arena.random("with a run").sample(
        range(len(TAMPERINGS)), {"ci": 0, "slice": 5}.get(arena.count.asked, len(TAMPERINGS))
    )
    tries = [(number, tampering, turn) for number, tampering in enumerate(TAMPERINGS) for turn in range(each)]

    def survive(one: tuple[int, Tampering, int]) -> None:
        number, tampering, turn = one
        folder = arena.folder / f"tampering_{number}_{turn}"
        with evidence(tampering.fault, folder):
            drift = Drift(stage.new, stage.copy_to(folder))
            _tampered_and_named(
                tampering, arena.random(number, turn), drift, stage, with_run=turn == 0 and number in with_run
            )
        shutil.rmtree(folder)

    survived = side_by_side(survive, tries)
    for tampering in TAMPERINGS:
        for _ in range(each):
            next(survived)
        yield Fault(tampering.fault, each, each, "verify names it; readers see the same run")


def _tampered_and_named(tampering: Tampering, chance: Random, drift: Drift, stage: Stage, with_run: bool) -> None:
    log = drift.warehouse.audit_log
    *lines, end = log.read_bytes().split(b"\n")
    assert end == b"", "the log was whole before"
    log.write_bytes(b"\n".join(tampering.change(lines, chance)))
    _expect_named(drift, tampering)
    expect_seen(drift.warehouse, stage.books, stage.old)
    refused = drift.say("run", "--landing", str(drift.warehouse.folder / "no_such_folder"))
    if refused.exit_code != FAILED:
        raise HarmError(f"a run without a landing folder is to fail: {refused.told()}")
    expect_seen(drift.warehouse, stage.books, stage.old)
    if with_run:
        was_published = expect_all_or_nothing(drift, stage, stage.old, drift.run(), {FAILED}, ["audit log"])
        if tampering.exit_code == FAILED:
            _expect_named(drift, tampering, after_run=True)
        elif was_published:
            drift.expect_sound()
        else:
            raise HarmError("what a crash leaves is not to stop the next run")


def _expect_named(drift: Drift, tampering: Tampering, after_run: bool = False) -> None:
    """After another run the log still does not hold, but what is told of it may have changed."""
    said = drift.verify()
    faults = [line for line in said.out.splitlines() if "audit_log.jsonl" in line or "audit log" in line]
    named = any(all(word in line for word in tampering.named) for line in faults)
    if said.exit_code != tampering.exit_code or not (named or after_run) or "Traceback" in said.err:
        raise HarmError(
            f"drift verify does not name it ({tampering.named}): {said.exit_code}: {said.out} {said.err[-300:]}"
        )


def _parsed(line: bytes) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(line)
    return event


def _edit(lines: Lines, chance: Random) -> Lines:
    """One value of one event is another of its kind; its hash stays."""
    number = chance.randrange(len(lines))
    event = _parsed(lines[number])
    name = chance.choice(sorted(name for name in event if name not in ("hash", "previous") and event[name]))
    event[name] = _another(event[name], chance)
    return [*lines[:number], json.dumps(event, sort_keys=True).encode(), *lines[number + 1 :], b""]


def _another(value: Any, chance: Random) -> Any:
    """Another text, number, list or mapping."""
    if isinstance(value, str):
        place = chance.choice([place for place, sign in enumerate(value) if sign.isalnum()])
        return value[:place] + ("7" if value[place] != "7" else "8") + value[place + 1 :]
    if isinstance(value, dict):
        return {name: _another(inner, chance) for name, inner in value.items()}
    return value[:-1] if isinstance(value, list) else value + 1


def _edit_with_hash(lines: Lines, chance: Random) -> Lines:
    """One event is another, and its hash fits: a forger who knows how."""
    from scripts.runs.audit_log import hash_of  # noqa: PLC0415 (the forger's tool, for this alone)

    number = chance.randrange(len(lines))
    event = _parsed(lines[number])
    event["at"] = "2001-01-01T00:00:00.000+00:00"
    event["hash"] = hash_of(event)
    line = json.dumps(event, sort_keys=True, ensure_ascii=False).encode()
    return [*lines[:number], line, *lines[number + 1 :], b""]


def _delete_one(lines: Lines, chance: Random) -> Lines:
    number = chance.randrange(len(lines) - 1)
    return [*lines[:number], *lines[number + 1 :], b""]


def _delete_last(lines: Lines, chance: Random) -> Lines:
    return [*lines[: -chance.randint(1, len(lines) - 1)], b""]


def _delete_all(_: Lines, __: Random) -> Lines:
    return []


def _swap(lines: Lines, chance: Random) -> Lines:
    number = chance.randrange(len(lines) - 1)
    return [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :], b""]


def _repeat(lines: Lines, chance: Random) -> Lines:
    number = chance.randrange(len(lines))
    return [*lines[: number + 1], *lines[number:], b""]


def _cut_last(lines: Lines, chance: Random) -> Lines:
    """The last event, which the pointer names, is cut somewhere."""
    return [*lines[:-1], lines[-1][: chance.randrange(1, len(lines[-1]))]]


def _torn_after(lines: Lines, chance: Random) -> Lines:
    """Part of an event that was just being written: what a crash leaves, before the pointer names it."""
    return [*lines, lines[0][: chance.randrange(1, len(lines[0]))]]


def _garbage(lines: Lines, chance: Random) -> Lines:
    number = chance.randrange(len(lines))
    return [*lines[:number], bytes(chance.choices(range(11, 256), k=50)), *lines[number + 1 :], b""]


TAMPERINGS: Sequence[Tampering] = (
    Tampering("an edited event", _edit, ("edited",)),
    Tampering("a deleted event", _delete_one, ("taken out",)),
    Tampering("deleted last events", _delete_last, ("last", "deleted")),
    Tampering("a torn last line", _torn_after, ("killed",), exit_code=0),
    Tampering("a last line without its end", lambda lines, _: lines, ("holds",), exit_code=0),
    Tampering("a torn last event", _cut_last, ("last", "deleted")),
    Tampering("an edited event whose hash fits", _edit_with_hash, ("event",)),
    Tampering("a deleted log", _delete_all, ("deleted",)),
    Tampering("swapped events", _swap, ("line",)),
    Tampering("a repeated event", _repeat, ("line",)),
    Tampering("a line that is no event", _garbage, ("not an event",)),
)
