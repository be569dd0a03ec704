"""Plant every kind of defect in good days, run, and count what was caught by the rule meant for it.

The day before is published first; then today's landing folder, with the defect, is run as of today. Kinds that block a
run or have it refused have one each; kinds that can't hide each other share one, and are scored one by one. What was
planted on the first good day is also looked for in a run of that day with nothing planted, and must be missed there: so
every check is seen to fail.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from random import Random

from project import copy_of_project

from tests.torture.campaign import Arena, Fault, NotSurvivedError, evidence, side_by_side
from tests.torture.defects import blind, closes, deliveries, positions, rows
from tests.torture.defects.good_day import GoodDay, mid_month, month_end
from tests.torture.defects.planting import Expected, Kind, Today
from tests.torture.defects.scoring import Outcome
from tests.torture.defects.simulated import plant_simulated
from tests.torture.defects.slots import Slots

NEEDED, NEEDED_OF_A_KIND = 0.98, 0.9  # shares of what is planted
EVERY_TABLE = "max_rejected_share: 1"  # a small book's tables are small, and every kind comes at once

Planted = Mapping[str, Sequence[Expected]]


@dataclass(frozen=True)
class Group:
    """Kinds that share one run, and the dbt vars that it needs; without kinds they are the simulator's own."""

    name: str
    kinds: tuple[Kind, ...]
    variables: str = ""

    def plant(self, today: Today, landing: Path) -> Planted:
        """Write today's landing folder with every kind of the group in it; returns what must be found, by kind."""
        if not self.kinds:
            return plant_simulated(today.good, landing)
        planted = {kind.name: kind.plant(today) for kind in self.kinds}
        today.landing.write(landing)
        return planted


@dataclass(frozen=True)
class Sort:
    """A sort of good day, and the groups that are planted in it, in CI and else."""

    name: str
    make: Callable[[int, Random, Path], GoodDay]
    groups: tuple[Group, ...]
    groups_in_ci: tuple[Group, ...] = ()


POSITIONS, ROWS = Group("positions", positions.KINDS), Group("rows", rows.KINDS, EVERY_TABLE)
SORTS = (
    Sort(
        "month_end",
        month_end,
        (
            *(Group(kind.name, (kind,)) for kind in deliveries.MONTH_END),
            Group("refused", deliveries.REFUSED),
            Group("closes at a month's end", closes.MONTH_END),
            POSITIONS,
            ROWS,
            Group("simulated", (), EVERY_TABLE),
        ),
        (POSITIONS, ROWS),
    ),
    Sort(
        "mid_month",
        mid_month,
        (
            *(Group(kind.name, (kind,)) for kind in deliveries.MID_MONTH),
            Group("closes in mid-month", closes.MID_MONTH + blind.KINDS),
        ),
    ),
)


@dataclass(frozen=True)
class Begun:
    """A good day whose day before is published: the warehouse is kept at ``warehouse``."""

    sort: Sort
    number: int
    good: GoodDay
    warehouse: Path


@dataclass(frozen=True)
class Tried:
    """What was planted in one run, and of each kind what was not found: nothing where it was caught."""

    planted: Planted
    missing: Mapping[str, str]


def plant_defects(arena: Arena) -> Iterator[Fault]:
    """The campaign ``defects``."""
    slots = Slots(arena.folder, copy_of_project(arena.folder))
    tries: list[Tried] = []
    for number in range(arena.how_many(ci=1, slice=1, full=20)):
        sorts = [sort for sort in SORTS if _groups(arena, sort)]
        days = list(side_by_side(partial(_begin, arena, slots, number), sorts))
        jobs = [(day, group) for day in days for group in _groups(arena, day.sort)]
        of_today = list(side_by_side(partial(_try, arena, slots), jobs))
        if number == 0:
            yield _looked_for_in_vain(
                slots, days, [(day, tried) for (day, _), tried in zip(jobs, of_today, strict=True)]
            )
        tries += of_today
        shutil.rmtree(arena.folder / f"day_{number}")
        caught = sum(not missing for tried in of_today for missing in tried.missing.values())
        arena.say(f"  day {number + 1}: {caught} of {sum(len(tried.missing) for tried in of_today)} caught")
    yield from _faults(arena, tries)


def _groups(arena: Arena, sort: Sort) -> tuple[Group, ...]:
    """All of a sort; in CI the two that hold most kinds; in a slice only some with a run for one kind alone."""
    if arena.count.asked == "ci":
        return sort.groups_in_ci
    alone = [group for group in sort.groups if len(group.kinds) == 1]
    if arena.count.asked == "slice":
        alone = arena.random("alone", sort.name).sample(alone, min(4, len(alone)))
    return tuple(group for group in sort.groups if len(group.kinds) != 1 or group in alone)


def _begin(arena: Arena, slots: Slots, number: int, sort: Sort) -> Begun:
    """Simulate a book up to a day of this sort, and publish the day before."""
    folder = arena.folder / f"day_{number}" / sort.name
    chance = arena.random(sort.name, number)
    good = sort.make(chance.randrange(1_000_000), chance, folder / "simulated")
    with slots.one() as slot, evidence("nothing planted, and the day before published", slot.folder):
        slot.begin(None)
        good.landing_of_yesterday().write(slot.landing)
        slot.publish(good.yesterday)
        slot.keep(folder / "warehouse")
    return Begun(sort, number, good, folder / "warehouse")


def _try(arena: Arena, slots: Slots, job: tuple[Begun, Group]) -> Tried:
    """Plant a group of kinds, run, and look for each; where one is missed, the evidence is kept."""
    day, group = job
    today = Today(day.good, arena.random(group.name, day.number))
    with slots.one() as slot:
        slot.begin(day.warehouse)
        planted = group.plant(today, slot.landing)
        outcome = slot.run(day.good.today, group.variables)
        missing = {kind: _missing(outcome, expected) for kind, expected in planted.items()}
        for kind in (kind for kind in planted if missing[kind] and planted[kind]):
            arena.say(f"  day {day.number + 1}, {day.good.today}: {kind}: {missing[kind]}")
        if any(missing[kind] and planted[kind] for kind in planted):
            slot.keep(arena.folder / f"missed_{day.number}_{group.name.replace(' ', '_')}", with_landing=True)
    return Tried(planted, missing)


def _missing(outcome: Outcome, expected: Sequence[Expected]) -> str:
    found = [outcome.missing(one) for one in expected] or ["no rule can see it"]
    return "; ".join(missing for missing in found if missing)


def _looked_for_in_vain(slots: Slots, days: list[Begun], tries: list[tuple[Begun, Tried]]) -> Fault:
    """Where nothing is planted nothing may be found, and nothing be said."""
    outcomes = dict(zip((day.sort.name for day in days), side_by_side(partial(_clean, slots), days), strict=True))
    looked_for = [
        (outcomes[day.sort.name], kind, one)
        for day, tried in tries
        for kind, expected in tried.planted.items()
        for one in expected
    ]
    kinds = {kind for _, kind, _ in looked_for}
    blind_checks = {kind for outcome, kind, one in looked_for if not outcome.missing(one)}
    said = sorted({alarm for outcome in outcomes.values() for alarm in outcome.alarms})
    note = "; ".join([*(f"found without being there: {kind}" for kind in sorted(blind_checks)), *said])
    silent = 0 if said else len(kinds) - len(blind_checks)
    return Fault("nothing planted, and everything looked for", len(kinds), silent, note)


def _clean(slots: Slots, day: Begun) -> Outcome:
    with slots.one() as slot:
        slot.begin(day.warehouse)
        day.good.landing.write(slot.landing)
        return slot.run(day.good.today)


def _faults(arena: Arena, tries: list[Tried]) -> Iterator[Fault]:
    """One for each kind, the rules meant for it as its note; the whole must come to its share."""
    rules: dict[str, set[str]] = defaultdict(set)
    caught: dict[str, list[bool]] = defaultdict(list)
    for tried in tries:
        for kind, expected in tried.planted.items():
            rules[kind] |= {one.rule for one in expected}
            caught[kind].append(not tried.missing[kind])
    for kind, results in caught.items():
        needed = ceil(NEEDED_OF_A_KIND * len(results)) if rules[kind] else 0
        note = ", ".join(sorted(rules[kind])) or "no rule can see it"
        yield Fault(kind, len(results), sum(results), note, needed)
    of_all = [result for results in caught.values() for result in results]
    if sum(of_all) < NEEDED * len(of_all):
        happened = f"{sum(of_all)} of {len(of_all)} defects were caught, {NEEDED:.0%} are needed"
        raise NotSurvivedError("defects of all kinds", happened, arena.folder)
