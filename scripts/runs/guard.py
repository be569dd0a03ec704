"""The guarded run: build in a file of its own, judge it, and only then let readers see it."""

import json
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts.landing.errors import LandingError
from scripts.runs import steps
from scripts.runs.audit_log import Journal, Pointer, now, user
from scripts.runs.context import write_context
from scripts.runs.controls import Finding, findings
from scripts.runs.dbt import DbtRun, LoadedDbt
from scripts.runs.files import make_read_only, remove
from scripts.runs.history import Run
from scripts.runs.inputs import Inputs, InputStore
from scripts.runs.lock import hold_lock
from scripts.runs.output_hash import (
    ContentError,
    content_hashes,
    content_hashes_of_update,
    hash_of,
    keep_content_hashes,
)
from scripts.runs.publish import PublishError, open_build, point_link_at, publish
from scripts.runs.rebuild import WITHOUT_NUMBERS
from scripts.runs.retention import Retention
from scripts.runs.signals import signals_held
from scripts.runs.update import Plan, lay_out, plan_of
from scripts.warehouse import PROJECT, Warehouse, shown

SIZES_OF_FREE_SPACE = 3
_ABANDONED_AFTER_SECONDS = 24 * 60 * 60  # a rebuild takes minutes
SEEDS = PROJECT / "seeds" / "raw"
_LOG = logging.getLogger("drift.steps")


class RunFailedError(Exception):
    """A run that came to nothing: why, each reason in a line. Readers see what they saw before."""

    status = "failed"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class RunBlockedError(RunFailedError):
    """A run that was built and found wanting by a law or a control; its file is kept at ``database``."""

    status = "blocked"

    def __init__(self, reasons: Sequence[str], database: Path) -> None:
        super().__init__(reasons)
        self.database = database


class StoppedError(BaseException):
    """SIGTERM arrived: the run cleans up and ends."""


_STOPS: Mapping[type[BaseException], str] = {StoppedError: "stopped by SIGTERM", KeyboardInterrupt: "stopped by Ctrl-C"}


@dataclass(frozen=True)
class Request:
    """What a person asks for. ``variables`` are dbt vars as text; ``accepted`` names controls that may be breached.

    With ``full_refresh`` everything is built; ``recompute_from`` is a day that is computed anew with all later ones.
    """

    command: str
    landing: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    book: str | None = None
    expect_date: str | None = None
    accepted: tuple[str, ...] = ()
    reason: str = ""
    full_refresh: bool = False
    recompute_from: str | None = None

    @property
    def folder(self) -> Path:
        """The landing directory; relative paths resolve from the project's root, seeds/raw is one too."""
        return PROJECT / (self.landing or SEEDS)

    @property
    def book_name(self) -> str:
        """The name under which runs are compared: by default the landing directory."""
        folder = Path(os.path.abspath(self.folder))  # noqa: PTH100 (a link to each day's folder names one book)
        return self.book or str(folder.relative_to(PROJECT) if folder.is_relative_to(PROJECT) else folder)


@dataclass
class Published:
    """A run that was published, and where it is."""

    run_id: str
    database: Path


def guarded_run(request: Request, tell: Callable[[str], None], warehouse: Warehouse | None = None) -> Published:
    """Make a run and publish it; ``tell`` is called with each line that a person should know, however the run ends.

    Raises LockedError where another command holds the warehouse, RunBlockedError where a law or a control does not
    hold, RunFailedError where it can't be built, StoppedError and KeyboardInterrupt when stopped. Each leaves readers
    with the run they saw, and an end in the audit log.
    """
    warehouse = warehouse or Warehouse.from_environment()
    started_at = datetime.now(UTC)
    try:
        with hold_lock(warehouse, request.command, started_at) as lock, _log_of_steps(warehouse):
            steps.reached("locked")
            return _Run(request, warehouse, Journal(warehouse), started_at, lock, tell).make()
    except OSError as broken:
        raise RunFailedError([f"the warehouse {warehouse.folder} can't be written: {broken}"]) from None


class _Run:
    """One run, from its start in the log to its end there."""

    def __init__(
        self,
        request: Request,
        warehouse: Warehouse,
        journal: Journal,
        started_at: datetime,
        lock: int,
        tell: Callable[[str], None],
    ) -> None:
        self.tell = tell
        self.request = request
        self.warehouse = warehouse
        self.journal = journal
        self.lock = lock
        self.run_id = _new_run_id(journal, started_at)
        self.staged = warehouse.builds / "staged"
        self.database = warehouse.builds / "build.duckdb"
        self.earlier = warehouse.builds / "earlier.duckdb"  # under one name every day, or dbt would parse anew
        self.end: dict[str, Any] = {"event": "ended", "run_id": self.run_id, "results": []}
        self.project_vars = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]

    def make(self) -> Published:
        for notice in [*self.journal.notices, *_told_of_killed_runs(self.journal), *self._told_of_vars()]:
            self.tell(notice)
        try:
            self._tidy()
            self._log_start()
            self._find_space()
            with LoadedDbt(self.staged / "project", self.database, self.warehouse, self.lock) as dbt:
                inputs = self._take_inputs()
                plan = self._plan(inputs)
                built = self._build(dbt, plan)
            self._judge_laws(built)
            self._judge_controls(inputs, plan)
            seen_before = self.journal.pointer
            with signals_held():
                publish(self.journal, self.database, {**self.end, **_end("published")}, self._retention())
            self._tell_of_step_back(seen_before)
        except BaseException as failure:
            with signals_held():
                ending = None if self._is_seen() else self._ended_badly(failure)
            if ending is not None:
                raise ending from None
            self.tell(f"it is published, but what comes after failed: {failure!r}; the next run tidies up")
        finally:
            shutil.rmtree(self.warehouse.builds, ignore_errors=True)
        return Published(self.run_id, self.warehouse.database(self.run_id))

    def _tell_of_step_back(self, before: Pointer) -> None:
        """Readers see another book than before, or an earlier day of it."""
        if before.run_id is None:
            return
        if before.book != self.request.book_name:
            self.tell(f"until now readers saw another book, '{before.book}' as of {before.as_of_date}")
        elif str(before.as_of_date) > self.end["as_of_date"]:
            self.tell(f"until now readers saw a later day, {before.as_of_date}")

    def _told_of_vars(self) -> Iterator[str]:
        """Each var behind the numbers that this run has otherwise than the project: some of them are limits."""
        for name, value in self.request.variables.items():
            if name not in WITHOUT_NUMBERS and value != str(self.project_vars[name]):
                yield f"made with {name}: {value} (the project has {str(self.project_vars[name]) or 'none'})"

    def _tidy(self) -> None:
        """Remove what a killed run left, and let the link follow the pointer.

        A file of which the log knows nothing stays: the log may be what is wrong.
        """
        shutil.rmtree(self.warehouse.builds, ignore_errors=True)
        self.warehouse.builds.mkdir()
        for path in self.warehouse.rebuilds.glob("*"):
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
        last = self.journal.history.last
        if last is not None and last.status != "published" and self.journal.is_sound:
            remove(self.warehouse.database(last.run_id))
        for foreign in (*self.warehouse.published.glob("*.wal"), *self.warehouse.folder.glob("*.wal")):
            remove(foreign)
        pointer = self.journal.pointer
        if pointer.file is not None and self.warehouse.link.resolve() != (self.warehouse.folder / pointer.file):
            point_link_at(self.warehouse, self.warehouse.folder / pointer.file)

    def _log_start(self) -> None:
        self.journal.record(
            {
                **{"event": "started", "at": now(), "run_id": self.run_id, "command": self.request.command},
                **{"book": self.request.book_name, "vars": json.dumps(self._recorded_vars(), sort_keys=True)},
                "project_commit": _project_commit(),
                "dbt_version": metadata.version("dbt-core"),
                "duckdb_version": duckdb.__version__,
                "target": "dev",
            }
        )

    def _recorded_vars(self) -> dict[str, Any]:
        """Every var as this run has it, and where its landed files came from."""
        return {**self.project_vars, **self._asked_vars(), "landing": str(self.request.landing or "")}

    def _asked_vars(self) -> dict[str, str]:
        asked = {"expect_date": self.request.expect_date, "accepted_controls": ",".join(self.request.accepted)}
        return {**self.request.variables, **{name: value for name, value in asked.items() if value}}

    def _find_space(self) -> None:
        history = self.journal.history
        runs = history.published(self.request.book_name)[:1] or history.published()
        needed = SIZES_OF_FREE_SPACE * max((run.ended.get("bytes") or 0 for run in runs), default=0)
        free = shutil.disk_usage(self.warehouse.folder).free
        if free < needed:
            raise RunFailedError(
                [
                    f"{shown(self.warehouse.folder)}: {free / 1e6:,.0f} MB are free, a run needs {needed / 1e6:,.0f} MB"
                    f" ({SIZES_OF_FREE_SPACE} times the last one); make room, or lower the var kept_daily_runs"
                ]
            )
        steps.reached("space_found")

    def _take_inputs(self) -> Inputs:
        store = InputStore(self.warehouse)
        inputs = store.keep(self.request.folder)
        self.end |= {
            "input_hash": inputs.input_hash,
            "code_hash": inputs.code_sha256,
            "inputs": [(file.table, file.file, file.sha256, None) for file in inputs.files],
        }
        steps.reached("inputs_stored")
        store.lay_out(inputs, self.staged)
        steps.reached("inputs_staged")
        return inputs

    def _plan(self, inputs: Inputs) -> Plan:
        """Decide what to start from, and lay the build file out: a copy of the file to bring up to date, or nothing."""
        history = self.journal.history
        run, full_refresh = history.runs[self.run_id], self.request.full_refresh
        for standing in history.standing(self.request.book_name)[:1]:
            self._tell_what_is_gone(standing, inputs)
        plan = plan_of(history, run, inputs.code_sha256, full_refresh=full_refresh)
        plan = lay_out(plan, self.warehouse, self.database)
        earlier = plan.database(self.warehouse)
        if earlier is not None:
            self.earlier.symlink_to(earlier.resolve())
            self.end["updates"] = earlier.stem
        elif history.published(self.request.book_name):
            self.tell(f"everything is built, not what changed only: {plan.why}")
        steps.reached("build_file_laid_out")
        return plan

    def _tell_what_is_gone(self, earlier: Run, inputs: Inputs) -> None:
        """A file that was taken back takes its rows with it: nobody should have to find that out from the numbers."""
        now_there = {(file.table, file.file) for file in inputs.files}
        gone = [file for table, file, *_ in earlier.ended["inputs"] if (table, file) not in now_there]
        if gone:
            told = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")
            self.tell(f"of the files that {earlier.run_id} was made from, no longer there: {told}")

    def _build(self, dbt: LoadedDbt, plan: Plan) -> DbtRun:
        """Without unit tests: they test the code, not the data, and belong to ``make test``."""
        run = self.journal.history.runs[self.run_id]
        for notice in write_context(self.warehouse, self.journal.history, run, self.staged / "context"):
            self.tell(notice)
        steps.reached("context_written")
        is_update = plan.earlier is not None
        handed = {
            "landing": str(self.staged / "landing"),
            "run_context": str(self.staged / "context"),
            "earlier_run": str(self.earlier),
            "recompute_from": (self.request.recompute_from or "") if is_update else "",
        }
        variables = {**self._asked_vars(), **handed}
        command = f"build --exclude-resource-type unit_test{'' if is_update else ' --full-refresh'}"
        built = dbt.run(command, variables)
        steps.reached("dbt_finished")
        self.end["results"] = [
            (node.node, node.kind, node.status, None, node.seconds, node.failures, node.message) for node in built.nodes
        ]
        return built

    def _judge_laws(self, built: DbtRun) -> None:
        if built.is_whole and built.left_out:
            told = ", ".join(built.left_out[:3])
            raise RunFailedError([f"dbt built without {len(built.left_out)} of the project's nodes, such as {told}"])
        if built.is_whole:
            return
        staged, named = str(self.staged / "landing"), str(self.request.landing or shown(SEEDS))
        reasons = [reason.replace(staged, named) for reason in built.reasons]
        if built.only_tests_failed:
            raise self._blocked([f"{', '.join(built.failed_controls)}: {reason}" for reason in reasons])
        raise RunFailedError(reasons)

    def _judge_controls(self, inputs: Inputs, plan: Plan) -> None:
        """Read what the build amounts to; raises RunBlockedError, or records what was let through."""
        with open_build(self.warehouse, self.database) as connection:
            self.end |= _figures(connection)
            self.end["inputs"] = _with_rows(connection, inputs)
            self.end["results"] = _with_row_counts(connection, self.end["results"])
            blocking = findings(connection, "blocks")
            accepted = findings(connection, "accepted")
            if blocking:
                raise self._blocked([finding.told() for finding in blocking])
            steps.reached("controls_judged")
            earlier = plan.database(self.warehouse)
            hashes = content_hashes(connection) if earlier is None else content_hashes_of_update(connection, earlier)
            keep_content_hashes(connection, hashes)
            self.end["output_hash"] = hash_of(connection, hashes)
            steps.reached("output_hashed")
            if plan.earlier is not None:
                self.tell(_told_of_update(connection, plan.earlier.run_id, self.run_id))
        for finding in accepted:
            self._log_accepted(finding)
        needless = sorted(set(self.request.accepted) - {finding.control for finding in accepted})
        for control in needless:
            self.tell(f"--accept {control} was not needed: the control does not block")

    def _log_accepted(self, finding: Finding) -> None:
        self.journal.record(
            {
                **{"event": "accepted", "at": now(), "run_id": self.run_id, "control": finding.control},
                **{"finding": finding.told(), "reason": self.request.reason, "by": user()},
            }
        )

    def _blocked(self, reasons: list[str]) -> RunBlockedError:
        return RunBlockedError(reasons, self.warehouse.blocked / f"{self.run_id}.duckdb")

    def _retention(self) -> Retention:
        variables = {**self.project_vars, **self.request.variables}
        return Retention(int(variables["kept_daily_runs"]), int(variables["kept_blocked_runs"]))

    def _is_seen(self) -> bool:
        """Whether readers were switched already: then the run is published, whatever fails after it."""
        pointer = Pointer.read(self.warehouse)
        return pointer is not None and pointer.run_id == self.run_id

    def _ended_badly(self, failure: BaseException) -> BaseException:
        """Log the end of a run that is not published; returns what to raise."""
        ending = failure
        if isinstance(failure, PublishError | ContentError | LandingError | duckdb.Error | OSError):
            ending = RunFailedError([_told(failure, self.warehouse)])
        status = ending.status if isinstance(ending, RunFailedError) else "failed"
        message = "; ".join(ending.reasons) if isinstance(ending, RunFailedError) else repr(ending)
        if isinstance(ending, RunBlockedError):
            try:
                self._keep_for_inspection(ending.database)
            except (OSError, duckdb.Error) as broken:
                self.tell(f"what was built could not be kept for inspection: {broken}")
        try:
            if self.run_id in self.journal.history.runs:
                self._end_log(status, _STOPS.get(type(ending), message))
        except OSError as broken:
            if isinstance(ending, RunFailedError):
                ending.reasons[-1] += "; its end could not be written to the audit log either"
            else:
                self.tell(f"the end of {self.run_id} could not be written to the audit log: {broken}")
        return ending

    def _keep_for_inspection(self, place: Path) -> None:
        with open_build(self.warehouse, self.database) as connection:
            connection.execute("force checkpoint")
        place.parent.mkdir(exist_ok=True)
        make_read_only(self.database)
        self.database.replace(place)

    def _end_log(self, status: str, message: str) -> None:
        self.journal.record({**self.end, **_end(status), "message": message})


def _end(status: str) -> dict[str, str]:
    return {"at": now(), "status": status}


def _told(failure: Exception, warehouse: Warehouse) -> str:
    if isinstance(failure, OSError):
        return f"the warehouse {shown(warehouse.folder)} can't be written: {failure}"
    return " ".join(str(failure).split())


def _new_run_id(journal: Journal, started_at: datetime) -> str:
    """By the time of its start; after the last one's, even where the clock was set back."""
    run_id = f"run_{started_at:%Y%m%d_%H%M%S_%f}"
    last = max(journal.history.runs, default="")
    return run_id if run_id > last else f"{last}_1"


def _told_of_killed_runs(journal: Journal) -> list[str]:
    last = journal.history.last
    if last is None or last.ended:
        return []
    return [
        f"the run before, {last.run_id}, was killed: it has no end in the audit log, and nothing of it was published"
    ]


def _project_commit() -> str | None:
    """The commit that is checked out, marked where files differ from it; None where the project is no repository."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=True)  # noqa: S607 (whichever git there is)
        return done.stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")) != PROJECT:
            return None
        return git("rev-parse", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _figures(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    ((as_of_date,),) = connection.execute("select as_of_date from staging.stg_as_of_date").fetchall()
    kinds = ("landed", "accepted", "rejected", "superseded")
    (counts,) = connection.execute(
        f"select {', '.join(f'sum({kind}_count)' for kind in kinds)} from audit.landed_row_counts"
    ).fetchall()
    rows = {kind: int(count) for kind, count in zip(kinds, counts, strict=True)}
    return {"as_of_date": as_of_date.isoformat(), "rows": rows}


def _told_of_update(connection: duckdb.DuckDBPyConnection, earlier_run_id: str, run_id: str) -> str:
    ((new_days, restated_days),) = connection.execute(
        "select (select count(*) from intermediate.int_book_days as days"
        "        cross join intermediate.int_last_standing_day as last"
        "        where coalesce(days.as_of_date > last.last_standing_date, true)),"
        " (select count(*) from intermediate.int_restated_days)"
    ).fetchall()
    days = "1 day" if new_days == 1 else f"{new_days:,} days"
    see = f"; what changed of them: drift diff {earlier_run_id} {run_id}" if restated_days else ""
    return (
        f"computed: {days}, and {restated_days:,} earlier portfolio-days anew; all else is as in {earlier_run_id}{see}"
    )


def _with_rows(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> list[tuple[str, str, str, int]]:
    """The rows of audit.inputs, with how many rows each file held."""
    counts: dict[tuple[str, str], int] = {}
    for table in {file.table for file in inputs.landed}:
        for file, rows in connection.execute(
            f"select source_file, count(*) from raw.{table} group by source_file"
        ).fetchall():
            counts[table, file] = rows
    for file in inputs.policy:
        ((counts[file.table, file.file],),) = connection.execute(f"select count(*) from policy.{file.table}").fetchall()
    return [(file.table, file.file, file.sha256, counts.get((file.table, file.file), 0)) for file in inputs.files]


def _with_row_counts(
    connection: duckdb.DuckDBPyConnection, results: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    rows = dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())
    return [(node, kind, status, rows.get(node), *rest) for node, kind, status, _, *rest in results]


@contextmanager
def _log_of_steps(warehouse: Warehouse) -> Iterator[None]:
    """run.log, begun anew for each run; dbt's words are appended to it too."""
    warehouse.log.write_text("")
    handler = logging.FileHandler(warehouse.log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    _LOG.setLevel(logging.INFO)
    _LOG.addHandler(handler)
    try:
        yield
    finally:
        _LOG.removeHandler(handler)
        handler.close()
