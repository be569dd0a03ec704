"""The disk runs full: before a run, and after any of its steps. The disk is a small one, mounted for the purpose."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.torture.campaign import Arena, Fault, HarmError, by_fault, evidence
from tests.torture.drift import FAILED, Drift, Said, after_step
from tests.torture.expectations import expect_all_or_nothing, expect_recovery
from tests.torture.stage import Stage, stage_of

MEGABYTES = 400
BALLAST = "ballast"  # the file that fills the disk
_WORDS_OF_A_FULL_DISK = ("No space left", "MB are free", "not enough space", "disk is full")
# where each part of a run writes, and the most that it writes there, in bytes; a full disk leaves less than that
_PARTS = {
    "inputs": ("space_found", 200_000),
    "staging": ("inputs_stored", 900_000),
    "dbt": ("context_written", 9_000_000),
}
_PARTS |= {"publishing": ("output_hashed", 1_000), "the pointer": ("published_folder_synced", 1_000)}


@dataclass(frozen=True)
class Full:
    """After which step (0: before the run) the disk is full but for so many bytes."""

    step: int
    left: int


def fill_the_disk(arena: Arena) -> Iterator[Fault]:
    """One run for each moment at which the disk runs full."""
    stage = stage_of(arena)
    trouble = _why_no_disk(arena.folder / "trial")
    if trouble:
        yield Fault("disk full", 0, 0, f"not possible here: {trouble}")
        return
    names = ["the start", *stage.named_steps()]
    chance = arena.random("levels")
    levels = {
        part: _unlike(
            Full(names.index(step), chance.randrange(most) // 4096 * 4096)
            for _ in range(arena.how_many(ci=int(part == "dbt"), slice=1, full=5))
        )
        for part, (step, most) in _PARTS.items()
    }
    levels = {"the free-space check": [Full(0, 20_000_000)] if arena.count.asked != "ci" else [], **levels}
    if arena.count.asked == "full":
        tried = {full for fulls in levels.values() for full in fulls}
        levels["any step"] = [full for number in range(1, len(names)) if (full := Full(number, 0)) not in tried]

    def survive(full: Full) -> bool:
        folder = arena.new_folder(f"full_after_{full.step}_but_{full.left}")
        with evidence(f"disk full after {names[full.step]} but for {full.left:,} bytes", folder):
            was_published = _filled_and_recovered(full, folder, stage)
        arena.say(
            f"    after {names[full.step]}, {full.left:,} bytes left: {'published' if was_published else 'refused'}"
        )
        return was_published

    tries = {
        f"disk full in {part}".replace("in the free", "found by the free"): [partial(survive, full) for full in fulls]
        for part, fulls in levels.items()
        if fulls
    }
    for fault, published in by_fault(tries):
        note = f"{sum(published)} needed no more room and were published" if any(published) else ""
        yield Fault(fault, len(published), len(published), note)


def _unlike(levels: Iterable[Full]) -> list[Full]:
    return list(dict.fromkeys(levels))


def _filled_and_recovered(full: Full, folder: Path, stage: Stage) -> bool:
    with _small_disk(folder / "disk") as disk:
        drift = Drift(stage.new, stage.copy_to(disk / "warehouse"))
        try:
            was_published = _run_on_full_disk(full, disk, drift, stage)
            (disk / BALLAST).unlink()
            expect_recovery(drift, stage)
        except BaseException:
            shutil.copytree(disk, folder / "evidence", symlinks=True, ignore=shutil.ignore_patterns(BALLAST))
            raise
    return was_published


def _run_on_full_disk(full: Full, disk: Path, drift: Drift, stage: Stage) -> bool:
    filling = (
        f"import shutil; os.posix_fallocate(os.open({str(disk / BALLAST)!r}, os.O_RDWR | os.O_CREAT), 0,"
        f" shutil.disk_usage({str(disk)!r}).free - {full.left})"
    )
    if full.step == 0:
        subprocess.run([sys.executable, "-c", f"import os; {filling}"], check=True)
        said = drift.run()
    else:
        said = drift.run(hook=after_step(full.step, filling))
    if not (disk / BALLAST).exists():
        raise HarmError(f"the disk was to be filled after step {full.step}, which was not reached: {said.told()}")
    was_published = expect_all_or_nothing(drift, stage, stage.old, said, {FAILED})
    if not was_published:
        _expect_one_line(said)
    return was_published


def _expect_one_line(said: Said) -> None:
    lines = [line for line in said.err.splitlines() if any(words in line for words in _WORDS_OF_A_FULL_DISK)]
    if len(lines) != 1:
        raise HarmError(f"a full disk is to be told in one line, and is in {len(lines)}: {said.told()}")


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)],  # noqa: S607
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607


def _why_no_disk(place: Path) -> str | None:
    """Why no disk can be mounted here; None where it can."""
    try:
        with _small_disk(place):
            return None
    except FileNotFoundError:
        return "there is no mount command"
    except subprocess.CalledProcessError as refused:
        return f"mounting a tmpfs: {(refused.stderr or '').strip()}"
