"""Measure tasks, so that noise hits all alike: A B C, A B C, A B C, each in a process of its own."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.measure import BenchError, Cost, measure
from tests.bench.product import Limits, environment
from tests.bench.tasks import Details, Task


@dataclass(frozen=True)
class Reading:
    """One measurement of one task."""

    stage: str
    task: str
    portfolios: int
    days: int
    repeat: int
    cost: Cost
    details: Details


@dataclass(frozen=True)
class Medians:
    """The medians of a task's readings, each figure by itself."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: float
    work_seconds: float | None
    parts: Mapping[str, float]


@dataclass
class Results:
    """Everything measured: readings; per book and contender what differs from the marts; tasks that failed, and why."""

    readings: list[Reading] = field(default_factory=list)
    differences: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def stages(self) -> list[str]:
        """In the order in which they were measured."""
        return list(dict.fromkeys(reading.stage for reading in self.readings))

    def tasks(self, stage: str) -> list[Reading]:
        """The first reading of each task of a stage, which says what it is."""
        first: dict[tuple[str, int, int], Reading] = {}
        for reading in self.readings:
            if reading.stage == stage:
                first.setdefault((reading.task, reading.portfolios, reading.days), reading)
        return list(first.values())

    def medians(self, of: Reading) -> Medians:
        """Over all repeats of the task that ``of`` is a reading of."""
        like = (of.stage, of.task, of.portfolios, of.days)
        all_of_it = [one for one in self.readings if (one.stage, one.task, one.portfolios, one.days) == like]
        works = [one.details.work_seconds for one in all_of_it if one.details.work_seconds is not None]
        return Medians(
            median(one.cost.wall_seconds for one in all_of_it),
            median(one.cost.cpu_seconds for one in all_of_it),
            median(one.cost.peak_bytes for one in all_of_it),
            median(works) if works else None,
            {part: median(one.details.parts[part] for one in all_of_it) for part in of.details.parts},
        )


@dataclass(frozen=True)
class Runner:
    """Where tasks are measured (``work``, a scratch folder), how often, with what, and whom to tell."""

    work: Path
    repeats: int
    limits: Limits
    tell: Callable[[str], None]

    def measure_stage(
        self,
        stage: str,
        tasks: Sequence[Task],
        results: Results,
        check: Callable[[Path], None] = lambda _scratch: None,
    ) -> None:
        """Add the readings of ``tasks``; ``check`` is given the first repeat's folder with all that they wrote.

        A task that fails is told of, and not tried again.
        """
        self.tell(stage)
        failed: set[int] = set()
        for repeat in range(1, self.repeats + 1):
            scratch = self.work / "repeat"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            for number, task in enumerate(tasks):
                if number in failed:
                    continue
                try:
                    reading = self._measure(stage, task, repeat, scratch)
                except BenchError as error:
                    failed.add(number)
                    results.failures.append(f"{stage}: {task.name}: {error}")
                    self.tell(f"  {task.name} failed: {error}")
                    continue
                results.readings.append(reading)
                cost = reading.cost
                self.tell(
                    f"  {repeat}. {task.name}, {task.days} days: {cost.wall_seconds:.1f} s (load {cost.load:.1f})"
                )
            if repeat == 1:
                check(scratch)
            shutil.rmtree(scratch)

    def _measure(self, stage: str, task: Task, repeat: int, scratch: Path) -> Reading:
        ready = task.prepare(scratch)
        log = self.work / f"{task.name}.log"
        cost, printed = measure(ready.command, environment(ready.warehouse, self.limits), log)
        return Reading(stage, task.name, task.portfolios, task.days, repeat, cost, task.read_off(ready, printed))
