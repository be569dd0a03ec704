"""Run dbt on the project for a test: each run in a process of its own, with its own database and target folder."""

import contextlib
import gc
import io
import json
import multiprocessing
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scipy.special  # noqa: F401 (with skops what the scores import: once here, not in each fork)
import skops.io  # noqa: F401
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
_PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests", "scripts", "ml")


@dataclass(frozen=True)
class DbtRun:
    """What came of a run: whether all held, what dbt said, the database, and the status and message of each node."""

    ok: bool
    output: str
    database: Path
    nodes: dict[str, tuple[str, str]]

    def failed(self) -> set[str]:
        """Names of the nodes that failed or broke; tests by their own names."""
        return {name for name, (status, _) in self.nodes.items() if status in ("error", "fail", "runtime error")}

    def warned(self) -> set[str]:
        """Names of the tests that warned."""
        return {name for name, (status, _) in self.nodes.items() if status == "warn"}


def run_dbt(
    *arguments: str,
    folder: Path,
    variables: dict[str, Any] | str | None = None,
    project: Path = PROJECT,
    threads: int = 2,
    target: str = "dev",
) -> DbtRun:
    """Run ``dbt <arguments>`` on ``project`` and ``target``; everything that it writes is below ``folder``.

    ``variables`` may be YAML as a person would write it after ``--vars``.

    The process is a fork, so that dbt, already imported, starts at once and leaves no lock behind.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    settings = (folder, variables or {}, project, threads, target)
    process = context.Process(target=_run, args=(sender, arguments, *settings))
    process.start()
    sender.close()
    try:
        ok, output, nodes = receiver.recv()
    except EOFError:
        ok, output, nodes = False, "the process died", {}
    process.join()
    return DbtRun(ok=ok, output=output, database=folder / "dev.duckdb", nodes=nodes)


def _run(
    sender: Any,
    arguments: tuple[str, ...],
    folder: Path,
    variables: dict[str, Any] | str,
    project: Path,
    threads: int,
    target: str,
) -> None:
    if target != "spark":  # where what Python has not collected keeps plans and whole tables in the JVM
        gc.disable()  # dbt's objects live as long as this process does
    os.environ["PORTFOLIO_DRIFT_WAREHOUSE"] = str(folder)
    os.environ["PORTFOLIO_DRIFT_DB"] = str(folder / "dev.duckdb")
    os.environ["PORTFOLIO_DRIFT_THREADS"] = str(threads)
    os.chdir(project)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        result = dbtRunner().invoke(
            [
                *arguments,
                *("--target", target),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--log-level-file", "none"),  # what it says is the outcome's `output`
                *("--vars", variables if isinstance(variables, str) else json.dumps(variables)),
            ]
        )
    DuckDBConnectionManager.close_all_connections()  # what was written is in the file, not in a log beside it
    nodes = {
        item.node.name: (str(item.status), str(item.message or ""))
        for item in getattr(result.result, "results", None) or []
    }
    sender.send((result.success, said.getvalue() + str(result.exception or ""), nodes))
    sender.close()


def begin_with(database: Path, folder: Path) -> None:
    """Let the next run below ``folder`` find a copy of ``database``, and nothing that an earlier run left beside it."""
    for earlier in folder.glob("dev.duckdb*"):
        earlier.unlink()
    shutil.copy(database, folder / "dev.duckdb")


def copy_of_project(folder: Path) -> Path:
    """A copy of the project below ``folder`` that a test may change."""
    copy = folder / "project"
    copy.mkdir(parents=True)
    for part in _PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__", "python"))
        else:
            shutil.copy2(source, copy / part)
    return copy
