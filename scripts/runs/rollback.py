"""Let readers see an earlier run again."""

from collections.abc import Callable
from datetime import UTC, datetime

from scripts.runs.audit_log import Journal, now, pointer_to, user
from scripts.runs.find import file_of, find_run
from scripts.runs.history import Run
from scripts.runs.lock import hold_lock
from scripts.runs.publish import point_link_at
from scripts.runs.signals import signals_held
from scripts.warehouse import Warehouse, WarehouseError


def roll_back(warehouse: Warehouse, name: str, command: str, reason: str, tell: Callable[[str], None]) -> Run:
    """Point readers at the run called ``name``; returns it. ``tell`` is called with what a person should know.

    Raises LockedError where another command holds the warehouse, WarehouseError where there is no such run, its file is
    gone or damaged, or readers see it already.
    """
    with hold_lock(warehouse, command, datetime.now(UTC)), signals_held():
        journal = Journal(warehouse)
        for notice in journal.notices:
            tell(notice)
        run = find_run(warehouse, journal.history, name)
        database = file_of(warehouse, run)
        if run.run_id == journal.pointer.run_id:
            raise WarehouseError(f"{run.run_id} is what readers see already")
        event = {
            **{"event": "rolled_back", "at": now(), "run_id": run.run_id, "from_run_id": journal.pointer.run_id},
            **{"command": command, "by": user(), "reason": reason},
        }
        journal.switch(event, pointer_to(run))
        point_link_at(warehouse, database)
    return run
