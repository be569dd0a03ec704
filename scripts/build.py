"""The guarded build: dbt builds into a file of its own, and only a build that holds becomes what readers see."""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from scripts.warehouse import PROJECT, current_database, shown, warehouse_folder

KEPT_BUILDS = 2
LOG = "build.log"
_STEP = re.compile(r"(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP)")
_DBT_NOISE = re.compile(r"^\d\d:\d\d:\d\d +")


class BuildFailedError(Exception):
    """A build that was not published: what failed, each in a line or a few, and the log with the rest."""

    def __init__(self, reasons: list[str], log: Path) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.log = log


def build_and_publish(variables: Mapping[str, object]) -> Path:
    """Run ``dbt build`` into a new file below the warehouse and point current.duckdb at it.

    Unit tests are left out: they test the code, not the data, and belong to ``make test``.
    Raises BuildFailedError, and leaves current.duckdb as it was, where a model or a test fails, where another build is
    running in this warehouse, and where the warehouse can't be written.
    """
    folder = warehouse_folder()
    builds = folder / "builds"
    try:
        builds.mkdir(parents=True, exist_ok=True)
        _refuse_seeds_that_dbt_cannot_read()
        with _only_one_build(folder):
            database = builds / f"portfolio_{time.time_ns()}.duckdb"
            try:
                _run_dbt(database, variables)
            except BaseException:
                for leftover in builds.glob(f"{database.name}*"):
                    leftover.unlink()
                raise
            _point_current_at(database)
            _forget_old_builds(builds, keep=database)
    except OSError as broken:
        raise BuildFailedError([f"the warehouse {folder} can't be written: {broken}"], folder / LOG) from None
    return database


@contextmanager
def _only_one_build(folder: Path) -> Iterator[None]:
    """Hold the warehouse for one build; the lock goes with the process, however it ends."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            reason = f"another build is running in {shown(folder)}; wait for its end, or set PORTFOLIO_DRIFT_WAREHOUSE"
            raise BuildFailedError([reason], folder / LOG) from None
        yield


def _run_dbt(database: Path, variables: Mapping[str, object]) -> None:
    folder = warehouse_folder()
    log = folder / LOG
    results = folder / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    command = [
        *(str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type", "unit_test"),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", json.dumps(variables)),
    ]
    environment = {**os.environ, "PORTFOLIO_DRIFT_DB": str(database), "PORTFOLIO_DRIFT_WAREHOUSE": str(folder)}
    lines = _follow(command, environment, log)
    if lines.exit_code != 0:
        raise BuildFailedError(reasons=_what_failed(results, lines.text) or _last_words(lines.text), log=log)


@dataclass(frozen=True)
class _Output:
    exit_code: int
    text: Sequence[str]


def _follow(command: list[str], environment: dict[str, str], log: Path) -> _Output:
    """Run the command, keep its output in ``log``, and show how far it is where someone is watching."""
    console = Console(stderr=True)
    bar = Progress(
        *(SpinnerColumn(), TextColumn("dbt build"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    text = []
    with (
        bar,
        log.open("w", encoding="utf-8") as log_file,
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as dbt,
    ):
        task = bar.add_task("dbt build", total=None)
        for line in dbt.stdout or ():
            log_file.write(line)
            text.append(line.rstrip("\n"))
            step = _STEP.search(line)
            if step:
                bar.update(task, completed=int(step[1]), total=int(step[2]))
    return _Output(exit_code=dbt.returncode, text=text)


def _what_failed(results: Path, text: Sequence[str]) -> list[str]:
    """What dbt says of each node that failed; what was merely skipped behind it says nothing new."""
    if not results.exists():
        return []
    failed = [result for result in json.loads(results.read_text())["results"] if result["status"] in ("error", "fail")]
    findings = _findings(text)
    reasons = []
    for result in failed:
        kind, _, name = result["unique_id"].split(".")[:3]
        message = findings.get(name) or _without_dbt_s_words(str(result["message"]))
        is_our_own = kind == "test" and result["status"] == "error"
        reasons.append(
            message if is_our_own or message.startswith((f"{name}: ", "landing: ")) else f"{name}: {message}"
        )
    return list(dict.fromkeys(reasons))


def _findings(text: Sequence[str]) -> dict[str, str]:
    """What macros/tell_findings.sql tells of each test that failed: what should hold, and rows that break it."""
    findings: dict[str, str] = {}
    name = None
    for line in text:
        heading = re.match(r"\S+ +What (\S+) found: (.*)", line)
        row = re.match(r"\S+ {6,}(\S.*)", line)
        if heading:
            name = heading[1]
            findings[name] = heading[2]
        elif row and name:
            findings[name] += f"; {row[1]}"
        else:
            name = None
    return findings


def _without_dbt_s_words(message: str) -> str:
    """The message without the headings and the stack of macros that dbt puts around it."""
    words = " ".join(message.split())
    words = re.sub(r"^.*?(Compilation|Database|Runtime) Error( in \w+ \S+ \([^)]*\))? ", "", words)
    words = re.sub(r"^(Invalid Input Error|Constraint Error): ", "", words)
    return re.sub(r" (> in macro .*|compiled code at .*|LINE \d+: .*|Traceback \(most recent.*)$", "", words)


def _last_words(text: Sequence[str]) -> list[str]:
    """What dbt said last where it never came to run a node: a project or profile that can't be read."""
    said = [_DBT_NOISE.sub("", line).strip() for line in text]
    start = next((n for n, line in enumerate(said) if "Encountered an error" in line), max(len(said) - 5, 0))
    return [_without_dbt_s_words(" ".join(line for line in said[start:] if line))]


def _refuse_seeds_that_dbt_cannot_read() -> None:
    """dbt reads seeds while it parses, before they come to our own door, and says nothing of the file."""
    for path in sorted((PROJECT / "seeds").rglob("*.csv")):
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError as broken:
            line = path.read_bytes().count(b"\n", 0, broken.start) + 1
            reason = f"{shown(path)}, line {line}: not UTF-8; save the file as UTF-8"
            raise BuildFailedError([reason], warehouse_folder() / LOG) from None


def _point_current_at(database: Path) -> None:
    current = current_database()
    pointer = current.with_suffix(".next")
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(os.path.relpath(database, current.parent))
    pointer.replace(current)


def _forget_old_builds(builds: Path, keep: Path) -> None:
    older = sorted((path for path in builds.glob("portfolio_*.duckdb") if path != keep), reverse=True)
    for path in older[KEPT_BUILDS - 1 :]:
        path.unlink()


def told(failure: BuildFailedError) -> list[str]:
    """The lines that tell a person why nothing was published, and what stands unchanged."""
    current = current_database()
    kept = f"{shown(current)} is as it was" if current.exists() else "there is no earlier build either"
    log = f" The whole log: {shown(failure.log)}" if failure.log.exists() else ""
    return [*failure.reasons, f"Nothing was published; {kept}.{log}"]
