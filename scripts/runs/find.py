"""From what a person calls a run to the run, and to its file."""

from pathlib import Path

from scripts.runs.audit_log import LogReading, Pointer
from scripts.runs.files import sha256_of
from scripts.runs.history import History, Run
from scripts.warehouse import Warehouse, WarehouseError, shown


def read_history(warehouse: Warehouse) -> History:
    """The runs of the audit log. Raises WarehouseError where there is none."""
    pointer = Pointer.read(warehouse)
    events = LogReading.of(warehouse).counted(pointer)
    if not events and pointer != Pointer():
        raise WarehouseError(f"{shown(warehouse.audit_log)} is gone or empty; `drift verify` says what is left")
    if not events:
        raise WarehouseError(f"{shown(warehouse.folder)} has seen no run yet; `make build` makes the first")
    return History(events)


def find_run(warehouse: Warehouse, history: History, name: str) -> Run:
    """The run called ``name``: its id, the beginning or end of one that fits no other, ``current`` or ``last``.

    Raises WarehouseError where no run or more than one is meant.
    """
    if name == "current":
        pointer = Pointer.read(warehouse)
        if pointer is None or pointer.run_id not in history.runs:
            raise WarehouseError("nothing is published yet: there is no current run")
        return history.runs[pointer.run_id]
    if name == "last" and history.last is not None:
        return history.last
    fitting = [run_id for run_id in history.runs if run_id == name] or [
        run_id for run_id in history.runs if name and (run_id.startswith(name) or run_id.endswith(name))
    ]
    if len(fitting) != 1:
        several = f"{len(fitting)} runs are called like {name!r}" if fitting else f"no run is called {name!r}"
        raise WarehouseError(f"{several}; `drift runs` lists them")
    return history.runs[fitting[0]]


def built_file_of(warehouse: Warehouse, run: Run) -> Path:
    """The published file of a run, or what was built of a blocked one. Raises WarehouseError where it is gone."""
    kept = warehouse.blocked / f"{run.run_id}.duckdb"
    return kept if run.status == "blocked" and kept.is_file() else file_of(warehouse, run)


def file_of(warehouse: Warehouse, run: Run) -> Path:
    """The published file of a run, checked. Raises WarehouseError that says what became of it."""
    if run.status != "published":
        raise WarehouseError(f"{run.run_id} is {run.status}: it was never published")
    if run.pruned_by is not None:
        raise WarehouseError(
            f"{run.run_id} was pruned by {run.pruned_by}: its file and its inputs are gone, its log stays"
        )
    path = warehouse.database(run.run_id)
    if not path.is_file():
        raise WarehouseError(f"{shown(path)} is missing, though no run pruned it; `drift verify` checks the rest")
    if sha256_of(path) != run.sha256:
        raise WarehouseError(f"{shown(path)} is damaged: it is not what was published")
    return path
