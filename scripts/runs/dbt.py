"""Run dbt on a project that is laid out for it, show how far it is, and read what became of each node."""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from scripts.progress import progress_bar
from scripts.warehouse import Warehouse

_STEP = re.compile(r"(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP)")
_DBT_NOISE = re.compile(r"^\d\d:\d\d:\d\d +")
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of Linux
# dbt's objects live as long as it does: looking through them for garbage, again and again and for a second at the end,
# is in vain, and frees some 60 MB. What to do comes by standard input; nothing comes where nothing is to be done
_DBT = """
import atexit, gc, json, os, sys
gc.disable()
atexit.register(gc.freeze)
import dbt.adapters.duckdb
from dbt.cli.main import cli
order = sys.stdin.readline()
if order:
    project, arguments = json.loads(order)
    os.chdir(project)
    sys.path.insert(0, project)  # the door of this project, whatever is installed
    cli(arguments, prog_name="dbt")
"""
LAWS = "laws"


@dataclass(frozen=True)
class NodeResult:
    """What became of one node of the project."""

    node: str
    kind: str
    status: str
    seconds: float
    failures: int | None
    message: str

    @property
    def has_failed(self) -> bool:
        """Whether it broke or, a test, found what should not be."""
        return self.status in ("error", "fail")


@dataclass(frozen=True)
class DbtRun:
    """What came of ``dbt build``: each node's result, why it failed, and which controls the failed tests stand for.

    ``left_out`` are the nodes of the project that a whole build must have, and this one has not.
    """

    exit_code: int
    nodes: Sequence[NodeResult]
    reasons: Sequence[str]
    failed_controls: Sequence[str]
    left_out: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """Whether every node was built and every test held."""
        return self.exit_code == 0

    @property
    def only_tests_failed(self) -> bool:
        """Whether the code worked and what it made was found wanting."""
        failed = [node for node in self.nodes if node.has_failed]
        return bool(failed) and all(node.kind == "test" for node in failed)


class LoadedDbt:
    """dbt in a process of its own, which loads while its project and its file are being laid out.

    It dies with this process, and inherits ``lock``, so that no orphan writes on. Use it in a ``with`` statement: at
    its end dbt has ended too.
    """

    def __init__(self, project: Path, database: Path, warehouse: Warehouse, lock: int | None = None) -> None:
        self._project = project
        self._warehouse = warehouse
        # DBT_ could leave out tests, and PYTHONPATH could lead to another dbt
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "PYTHONPATH"))}
        environment = {
            **inherited,
            "PORTFOLIO_DRIFT_DB": str(database),
            "PORTFOLIO_DRIFT_SCRATCH": str(database.with_name("scratch.duckdb")),
            "PORTFOLIO_DRIFT_WAREHOUSE": str(warehouse.folder),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _DBT],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=() if lock is None else (lock,),
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (this program starts no threads before)
        )

    def __enter__(self) -> "LoadedDbt":
        return self

    def __exit__(self, *_failure: object) -> None:
        self._process.kill()
        with self._process:  # waits, and closes its pipes
            pass

    def run(self, command: str, variables: Mapping[str, str]) -> DbtRun:
        """Run ``dbt <command>``, once, to its end. Its words are appended to run.log."""
        target = self._warehouse.folder / "target"
        results = target / "run_results.json"
        results.unlink(missing_ok=True)
        arguments = [
            *command.split(),
            *("--project-dir", str(self._project), "--profiles-dir", str(self._project)),
            *("--target-path", str(target), "--log-path", str(self._warehouse.folder / "logs")),
            *("--vars", json.dumps(variables)),
        ]
        text = self._follow(json.dumps([str(self._project), arguments]))
        exit_code = self._process.wait()
        nodes = _nodes(results)
        reasons: list[str] = []
        if exit_code != 0:
            reasons = _what_failed(nodes, text) or _last_words(text)
        return DbtRun(exit_code, nodes, reasons, _controls(target, nodes), _left_out(target, nodes))

    def _follow(self, order: str) -> list[str]:
        """Give dbt its order, keep its output in run.log, and show how far it is where someone is watching."""
        bar = progress_bar(
            SpinnerColumn(), TextColumn("dbt build"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        text: list[str] = []
        with bar, self._warehouse.log.open("a", encoding="utf-8") as log_file:
            task = bar.add_task("dbt build", total=None)
            self._give(order)
            for line in self._process.stdout or ():
                log_file.write(line)
                text.append(line.rstrip("\n"))
                step = _STEP.search(line)
                if step:
                    bar.update(task, completed=int(step[1]), total=int(step[2]))
        return text

    def _give(self, order: str) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError), self._process.stdin as door:  # it ended: what it said tells why
                door.write(order + "\n")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)


def _nodes(results: Path) -> list[NodeResult]:
    if not results.exists():
        return []
    return [
        NodeResult(
            node=result["unique_id"].split(".")[2],
            kind=result["unique_id"].split(".")[0],
            status=result["status"],
            seconds=round(result["execution_time"], 3),
            failures=result["failures"],
            message="" if result["status"] in ("success", "pass", "skipped") else str(result["message"] or ""),
        )
        for result in json.loads(results.read_text())["results"]
    ]


def _controls(target: Path, nodes: Sequence[NodeResult]) -> list[str]:
    """The controls that the failed tests stand for: `control` in the meta of a test; a test without one is a law."""
    failed = {node.node for node in nodes if node.has_failed and node.kind == "test"}
    if not failed:
        return []
    manifest = json.loads((target / "manifest.json").read_text())
    tests = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    return sorted({tests[name]["config"]["meta"].get("control", LAWS) for name in failed})


def _left_out(target: Path, nodes: Sequence[NodeResult]) -> list[str]:
    if not nodes:
        return []
    manifest = json.loads((target / "manifest.json").read_text())
    built = {(node.kind, node.node) for node in nodes}
    return sorted(
        node["name"]
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("seed", "model", "test")
        and node["config"]["materialized"] != "ephemeral"  # part of what selects from it
        and (node["resource_type"], unique_id.split(".")[2]) not in built
    )


def _what_failed(nodes: Sequence[NodeResult], text: Sequence[str]) -> list[str]:
    """What dbt says of each node that failed; what was merely skipped behind it says nothing new."""
    findings = _findings(text)
    reasons = []
    for result in (node for node in nodes if node.has_failed):
        message = findings.get(result.node) or _without_dbt_s_words(result.message)
        is_our_own = result.kind == "test" and result.status == "error"
        names_itself = is_our_own or message.startswith((f"{result.node}: ", "landing: "))
        reasons.append(message if names_itself else f"{result.node}: {message}")
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
    words = _without_dbt_s_words(" ".join(line for line in said[start:] if line))
    return [words or "dbt ended without a word"]
