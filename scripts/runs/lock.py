"""One run at a time: a lock that the operating system takes back however its holder ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from scripts.warehouse import Warehouse, shown


class LockedError(Exception):
    """Another command holds the warehouse: the message names its process, its start and what to do."""


@contextmanager
def hold_lock(warehouse: Warehouse, command: str, started_at: datetime) -> Iterator[int]:
    """Hold the warehouse; yields the file descriptor, for a child to inherit, so that none writes on after us.

    Raises LockedError at once where another command holds it, OSError where the folder can't be written.
    """
    warehouse.folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(warehouse.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(_who_holds(warehouse)) from None
        holder = {"pid": os.getpid(), "started_at": started_at.isoformat(timespec="seconds"), "command": command}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _who_holds(warehouse: Warehouse) -> str:
    where = f"wait for its end, or set PORTFOLIO_DRIFT_WAREHOUSE to work beside {shown(warehouse.folder)}"
    try:
        holder = json.loads(warehouse.lock.read_text())
        return f"{holder['command']!r} is running since {holder['started_at']} UTC (PID {holder['pid']}); {where}"
    except (OSError, ValueError, KeyError):
        return f"another command is just starting in {shown(warehouse.folder)}; {where}"
