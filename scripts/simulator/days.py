"""The New York trading days that a history is made of."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import exchange_calendars
import numpy as np
import numpy.typing as npt

from scripts.simulator.options import SimulatorError

# Both ends are fixed: left to itself, the calendar ends a year from today.
CALENDAR_START = date(2000, 1, 1)
CALENDAR_END = date(2035, 12, 31)


@dataclass(frozen=True)
class TradingDays:
    """``sessions`` (datetime64[D], ascending) of the history, and of the market before and after it."""

    sessions: npt.NDArray[np.datetime64]
    before: npt.NDArray[np.datetime64]
    after: npt.NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.sessions)

    @property
    def is_month_end(self) -> npt.NDArray[np.bool_]:
        """Whether each session is its month's last trading day."""
        following = np.append(self.sessions[1:], self.after[:1])
        months = self.sessions.astype("datetime64[M]")
        if len(following) < len(months):  # the calendar's own last day
            following = np.append(following, months[-1] + np.timedelta64(1, "M"))
        is_last: npt.NDArray[np.bool_] = months != following.astype("datetime64[M]")
        return is_last


@cache
def all_sessions() -> npt.NDArray[np.datetime64]:
    """Every trading day of the New York Stock Exchange from 2000 to 2035, as exchange_calendars knows it."""
    calendar = exchange_calendars.get_calendar("XNYS", start=CALENDAR_START.isoformat(), end=CALENDAR_END.isoformat())
    sessions: npt.NDArray[np.datetime64] = calendar.sessions.to_numpy().astype("datetime64[D]")
    return sessions


def trading_days(count: int, end: date) -> TradingDays:
    """The ``count`` trading days up to ``end``, or up to the last trading day before it where it is none.

    Raises SimulatorError where they don't lie within the calendar.
    """
    sessions = all_sessions()
    if not CALENDAR_START <= end <= CALENDAR_END:
        raise SimulatorError(f"--end {end}: the calendar runs from {CALENDAR_START} to {CALENDAR_END}")
    stop = int(np.searchsorted(sessions, np.datetime64(end, "D"), side="right"))
    if count > stop:
        raise SimulatorError(
            f"--days {count}: from {CALENDAR_START} to {end} there are {stop} trading days; ask for fewer"
        )
    return TradingDays(sessions=sessions[stop - count : stop], before=sessions[: stop - count], after=sessions[stop:])
