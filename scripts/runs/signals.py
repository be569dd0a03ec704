"""What must not be stopped half-way: a wish to end (SIGTERM, Ctrl-C) waits, or comes too late.

Handlers are swapped rather than signals masked: Python runs them in the main thread, whichever thread the system told.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def signals_held() -> Iterator[list[int]]:
    """Hold the signals that come meanwhile: they come too late; yields the list of them."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came  # no signal is handled here
        return
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _STOPPING}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Let the signals that come meanwhile take effect afterwards."""
    try:
        with signals_held() as came:
            yield
    finally:
        for number in came:
            signal.raise_signal(number)
