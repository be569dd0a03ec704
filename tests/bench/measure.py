"""Run a command in a process of its own and say what it cost."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SECONDS_BETWEEN_LOOKS = 0.2


class BenchError(Exception):
    """A measurement that can't be made: one line that says what and why."""


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    ``wall_seconds`` is from start to end, ``cpu_seconds`` user and system time of the process and of all its children.
    ``peak_bytes`` is the larger of two figures: the most memory (resident set) that one process of the tree ever had,
    which the kernel counts, and the most that the tree had together in any look, one every 0.2 s, pages that its
    processes share counted once for each. A peak of several processes between two looks is missed.
    ``load`` is the machine's load average over the minute before: what else was at work.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    load: float


def measure(command: Sequence[str], environment: Mapping[str, str], log: Path) -> tuple[Cost, str]:
    """Run ``command``; returns its cost and what it printed.

    Raises BenchError where it doesn't end with 0; everything that it said is in ``log`` then.
    """
    load = os.getloadavg()[0]
    errors = log.with_suffix(".err")
    with log.open("wb") as said, errors.open("wb") as complained:
        began = time.perf_counter()
        with subprocess.Popen(command, env=dict(environment), stdout=said, stderr=complained) as process:
            try:
                tree = _Tree(process.pid)
                _, status, usage = os.wait4(process.pid, 0)
                wall = time.perf_counter() - began
            except BaseException:
                process.kill()
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
            tree.stop()
    if process.returncode != 0:
        words = (errors.read_text(errors="replace") + log.read_text(errors="replace")).strip().splitlines()[-3:]
        raise BenchError(f"{' '.join(command)}: exit code {process.returncode}: {' | '.join(words)} (all in {log})")
    largest_process = usage.ru_maxrss * 1024  # Linux counts it in KiB
    cost = Cost(wall, usage.ru_utime + usage.ru_stime, max(largest_process, tree.peak), load)
    return cost, log.read_text(errors="replace")


class _Tree:
    """Watches the memory of a process and its descendants, in a thread, until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(_SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, self._resident())

    def _resident(self) -> int:
        resident = 0
        try:
            for process in [self._process, *self._process.children(recursive=True)]:
                resident += process.memory_info().rss
        except psutil.Error:  # one of them has just ended
            return 0
        return resident
