"""What is published is damaged afterwards: a flipped byte, a cut file, a stale write-ahead log, pointer and link."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import duckdb

from scripts.reader import open_published
from scripts.warehouse import Warehouse, WarehouseError
from tests.torture.books import Book, content_of, content_of_file
from tests.torture.campaign import Arena, Fault, HarmError, evidence, side_by_side
from tests.torture.drift import FAILED, Drift, after_step
from tests.torture.expectations import expect_all_or_nothing, expect_recovery
from tests.torture.readers import expect_seen
from tests.torture.stage import Stage, stage_of

# leaves rows in a write-ahead log that no checkpoint has taken over
_LEAVE_WAL = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1], config={'storage_compatibility_version': 'v1.4.0'})
connection.execute("set checkpoint_threshold = '1TB'")
connection.execute("update marts.fct_portfolio_daily set market_value = market_value + 1")
os._exit(0)
"""


@dataclass(frozen=True)
class Damage:
    """What is done to a warehouse, what ``drift verify`` must name, and what the project's reader must show.

    ``shows``: the book before, with a notice; the same book with a notice (its file is sound); the same without any.
    ``mends``: whether the next run puts all in order; a file that is damaged stays named until it is pruned.
    ``fools_tools``: whether a tool that opens the link itself may be shown what was never published.
    """

    fault: str
    inflict: Callable[[Warehouse], None]
    named: str
    shows: str
    mends: bool = True
    fools_tools: bool = False


BEFORE, SAME_TOLD, SAME = "the run before, and says so", "the same run, and says so", "the same run"


def damage(arena: Arena) -> Iterator[Fault]:
    """Damage what is published, one thing at a time."""
    stage = stage_of(arena)
    chance = arena.random("bytes")
    many = arena.how_many(ci=1, slice=1, full=20)
    file = "published/"
    newest, other = sorted(stage.template.glob("published/*.duckdb"), reverse=True)
    wal = _wal_of(other, arena.new_folder("wal_of_another"))
    own_wal = _wal_of(newest, arena.new_folder("wal_of_its_own"))
    damages = [
        *(Damage("a flipped bit in the published file", _flipped(chance), file, BEFORE, False) for _ in range(many)),
        *(Damage("a cut published file", _cut(chance.random()), file, BEFORE, False) for _ in range(many)),
        Damage("an empty published file", _cut(0), file, BEFORE, False),
        Damage("a missing published file", _remove_published, file, BEFORE, False),
        Damage("a stale .wal beside the published file", partial(_lay_wal, wal), ".wal", BEFORE),
        Damage("rows written by hand, beside it", partial(_lay_wal, own_wal), ".wal", BEFORE, fools_tools=True),
        Damage("an empty pointer", _pointer_of(b""), "current.json", SAME_TOLD),
        Damage("half a pointer", _cut_pointer, "current.json", SAME_TOLD),
        Damage("a pointer of bytes without meaning", _pointer_of(b"\xff\xfe\x00["), "current.json", SAME_TOLD),
        Damage("a pointer of another shape", _pointer_of(b'["run"]'), "current.json", SAME_TOLD),
        Damage("a missing pointer", lambda warehouse: warehouse.pointer.unlink(), "current.json", SAME_TOLD),
        Damage("a missing link", lambda warehouse: warehouse.link.unlink(), "current.duckdb", SAME),
        Damage("a link to nowhere", _link_to("published/run_none.duckdb"), "current.duckdb", SAME),
        Damage("a link to an older run", _link_to_oldest, "current.duckdb", SAME),
    ]
    few = {"ci": 5, "slice": 9}
    if arena.count.asked in few:
        others = arena.random("damages").sample(range(2 * many, len(damages)), few[arena.count.asked] - 2)
        damages = [damages[number] for number in [0, many, *sorted(others)]]  # a flipped bit and a cut file always
    survived = side_by_side(lambda number: _survive(damages[number], number, arena, stage), list(range(len(damages))))
    yield from _by_fault(damages, survived)
    if arena.count.asked != "ci":
        yield _damage_both(arena, stage)
    yield from _wal_beside_the_build(arena, stage, wal)


def _by_fault(damages: Sequence[Damage], survived: Iterator[None]) -> Iterator[Fault]:
    done = 0
    for number, (one, _) in enumerate(zip(damages, survived, strict=True)):
        done += 1
        if number + 1 == len(damages) or damages[number + 1].fault != one.fault:
            yield Fault(one.fault, done, done, f"verify names it; readers see {one.shows}")
            done = 0


def _survive(one: Damage, number: int, arena: Arena, stage: Stage) -> None:
    folder = arena.folder / f"damage_{number}"
    with evidence(one.fault, folder):
        warehouse = stage.copy_to(folder)
        drift = Drift(stage.new, warehouse)
        one.inflict(warehouse)
        _expect_named(drift, one.named)
        book, notice = _read(warehouse, stage)
        expected = stage.new if one.shows == BEFORE else stage.old
        if book is not expected or (notice is None) != (one.shows == SAME):
            raise HarmError(f"the reader shows {book.name} and says {notice!r}; expected is {one.shows}")
        if not one.fools_tools:
            _expect_tools_not_fooled(warehouse, stage)
        # a run of the old book changes what the damaged file is compared with, and must not trip over it
        drift = Drift(stage.old, warehouse)
        drift.publish()
        expect_seen(warehouse, stage.books, stage.old)
        if one.mends:
            drift.expect_sound()
        else:
            _expect_named(drift, one.named)
    shutil.rmtree(folder)


def _expect_named(drift: Drift, words: str) -> None:
    said = drift.verify()
    faults = [line for line in said.out.splitlines() if line.startswith(" ") and words in line]
    if said.exit_code != FAILED or not faults:
        raise HarmError(f"drift verify does not name {words}: exit code {said.exit_code}: {said.out} {said.err}")


def _read(warehouse: Warehouse, stage: Stage) -> tuple[Book, str | None]:
    """What the project's own reader shows, wholly one of the books, and what it says about it."""
    connection, run = open_published(warehouse)
    with connection:
        content = content_of(connection)
    book = next((book for book in stage.books if book.content == content), None)
    if book is None:
        raise HarmError(f"the reader shows neither book; it says {run.notice!r}")
    return book, run.notice


def _expect_tools_not_fooled(warehouse: Warehouse, stage: Stage) -> None:
    """A tool that opens the link itself may be refused; rows that a stale log brings along it must never see."""
    if list(warehouse.published.glob("*.wal")):
        copy = warehouse.folder / "as_a_tool_sees_it"
        shutil.copytree(warehouse.published, copy)  # opening a file may settle its log
        try:
            content = content_of_file(copy / warehouse.link.resolve().name)
        except duckdb.Error:
            return
        if content not in [book.content for book in stage.books]:
            raise HarmError("a reader of the file sees the rows of the stale write-ahead log")


def _damage_both(arena: Arena, stage: Stage) -> Fault:
    """Every published file is damaged: the reader must refuse, rather than show wrong numbers."""
    fault = "every published file damaged"
    folder = arena.folder / "both"
    with evidence(fault, folder):
        warehouse = stage.copy_to(folder)
        for path in warehouse.published.glob("*.duckdb"):
            _flip(path, arena.random(path.name))
        try:
            book, notice = _read(warehouse, stage)
        except WarehouseError as refused:
            expect_recovery_of_readers(Drift(stage.new, warehouse), stage)
            return Fault(fault, 1, 1, f"refused: {str(refused).split('; ')[-1]}")
        raise HarmError(f"the reader shows {book.name} and says {notice!r}")


def expect_recovery_of_readers(drift: Drift, stage: Stage) -> None:
    """Raise HarmError unless the next run is published and readers see it."""
    drift.publish()
    expect_seen(drift.warehouse, stage.books, drift.book)


def _wal_beside_the_build(arena: Arena, stage: Stage, wal: Path) -> Iterator[Fault]:
    """A stale log that lies there before the run, and one that appears after some step of it."""
    names = ["the start", *stage.named_steps()]
    steps = {
        "ci": ["dbt_finished"],
        "slice": ["the start", "closed"],
    }.get(arena.count.asked, names)

    def survive(step: str) -> bool:
        folder = arena.folder / f"build_wal_after_{step.replace(' ', '_')}"
        with evidence(f"a stale .wal beside the build file after {step}", folder):
            warehouse = stage.copy_to(folder)
            drift = Drift(stage.new, warehouse)
            place = warehouse.builds / "build.duckdb.wal"
            laying = (
                f"import pathlib, shutil; pathlib.Path({str(place.parent)!r}).mkdir(exist_ok=True);"
                f" shutil.copyfile({str(wal)!r}, {str(place)!r})"
            )
            number = names.index(step)
            if number == 0:
                subprocess.run([sys.executable, "-c", laying], check=True)
            said = drift.run(hook=after_step(number, laying))
            was_published = expect_all_or_nothing(drift, stage, stage.old, said, {FAILED})
            expect_recovery(drift, stage)
        shutil.rmtree(folder)
        return was_published

    published = sum(side_by_side(survive, steps))
    note = f"{published} published without it, {len(steps) - published} refused"
    yield Fault("a stale .wal beside the build file", len(steps), len(steps), note)


def _wal_of(database: Path, folder: Path) -> Path:
    """A write-ahead log with changes to ``database``."""
    copy = folder / "written.duckdb"
    shutil.copyfile(database, copy)
    subprocess.run([sys.executable, "-c", _LEAVE_WAL, str(copy)], check=True)
    wal = copy.with_name(f"{copy.name}.wal")
    assert wal.exists(), "the log is needed for what follows"
    return wal


def _published_file(warehouse: Warehouse) -> Path:
    return warehouse.link.resolve()


def _flipped(chance: Random) -> Callable[[Warehouse], None]:
    number = chance.random()
    return lambda warehouse: _flip(_published_file(warehouse), Random(number))  # noqa: S311 (from the seed)


def _flip(path: Path, chance: Random) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        place = chance.randrange(path.stat().st_size)
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << chance.randrange(8)]))
    path.chmod(0o444)


def _cut(share: float) -> Callable[[Warehouse], None]:
    def cut(warehouse: Warehouse) -> None:
        path = _published_file(warehouse)
        path.chmod(0o644)
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * share))
        path.chmod(0o444)

    return cut


def _remove_published(warehouse: Warehouse) -> None:
    _published_file(warehouse).unlink()


def _lay_wal(wal: Path, warehouse: Warehouse) -> None:
    path = _published_file(warehouse)
    shutil.copyfile(wal, path.with_name(f"{path.name}.wal"))


def _pointer_of(content: bytes) -> Callable[[Warehouse], None]:
    def write(warehouse: Warehouse) -> None:
        warehouse.pointer.write_bytes(content)

    return write


def _cut_pointer(warehouse: Warehouse) -> None:
    content = warehouse.pointer.read_bytes()
    warehouse.pointer.write_bytes(content[: len(content) // 2])


def _link_to(target: str) -> Callable[[Warehouse], None]:
    def link(warehouse: Warehouse) -> None:
        warehouse.link.unlink()
        warehouse.link.symlink_to(target)

    return link


def _link_to_oldest(warehouse: Warehouse) -> None:
    oldest = min(warehouse.published.glob("*.duckdb"))
    _link_to(f"published/{oldest.name}")(warehouse)
