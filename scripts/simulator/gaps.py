"""What is wrong without a bad row: closes that never came, and a custodian that reports another value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scripts.simulator.bad_rows import CleanBook
from scripts.simulator.days import TradingDays

CENTS_OFF = (2, -137, 50_000, 12_345)  # each more than the tolerance of one cent


@dataclass(frozen=True)
class Gap:
    """Closes of one security that are taken out, and what the build is expected to say of them.

    ``stale`` are days on which an older close is used, ``unpriced`` days on which there is none young enough.
    """

    security_id: str
    missing_days: list[str]
    stale_days: list[str]
    unpriced_days: list[str]
    holders: dict[str, list[str]]

    def report(self) -> dict[str, Any]:
        """What was taken out and what follows, for planted_defects.json; ``holders`` are the portfolios by day."""
        return {
            "kind": "unpriced_position" if self.unpriced_days else "stale_price",
            "security_id": self.security_id,
            "missing_days": self.missing_days,
            "stale_portfolio_days": sum(len(self.holders[day]) for day in self.stale_days),
            "stale": [{"as_of_date": day, "portfolio_ids": self.holders[day]} for day in self.stale_days],
            "valuation_exceptions": [
                {
                    "portfolio_id": portfolio,
                    "as_of_date": day,
                    "reason": "unpriced_position",
                    "security_ids": self.security_id,
                }
                for day in self.unpriced_days
                for portfolio in self.holders[day]
            ],
        }


def draw_gaps(book: CleanBook, count: int, max_price_age_days: int) -> list[Gap]:
    """``count`` gaps that leave stale prices and as many that leave positions unpriced, as far as the history has room.

    No two lie in the same month and none touches a month's end, so each can be told from the others and no balance is
    out. Stale ones are of widely held securities, unpriced ones of the least held, so that most portfolios keep their
    value.
    """
    held = _Holdings(book)
    by_holders = held.by_number_of_holders()
    longest = max_price_age_days + 2
    windows = _windows(book.days, longest)
    gaps = []
    for n in range(min(2 * count, len(windows), len(by_holders))):
        is_stale = n % 2 == 0
        security = by_holders[-1 - n // 2] if is_stale else by_holders[n // 2]
        missing = windows[n][: max(min(2, max_price_age_days), 1)] if is_stale else windows[n]
        unpriced = missing[max_price_age_days:]
        holders = {day: held.holders(security, day) for day in missing}
        if any(holders.values()):
            gaps.append(Gap(security, missing, missing[: len(missing) - len(unpriced)], unpriced, holders))
    return gaps


def _windows(days: TradingDays, length: int) -> list[list[str]]:
    """One run of ``length`` trading days inside each month that is long enough, the latest month first.

    The first day of the history is left alone (nothing older could stand in), and so are the month's last two.
    """
    texts, months = days.sessions.astype(str), days.sessions.astype("datetime64[M]")
    windows = []
    for month in np.unique(months)[::-1]:
        inside = [str(day) for day in texts[months == month] if day != texts[0]][1:-2]
        if len(inside) >= length:
            windows.append(inside[:length])
    return windows


class _Holdings:
    """Who holds what on a day."""

    def __init__(self, book: CleanBook) -> None:
        rows = pd.DataFrame(book.rows["holdings"])
        snapshots = rows[["portfolio_id", "snapshot_date"]].drop_duplicates()
        snapshots["until"] = snapshots.groupby("portfolio_id")["snapshot_date"].shift(-1)
        closed = {row["portfolio_id"]: row["closed_date"] for row in book.rows["portfolios"] if row["closed_date"]}
        never = "9999-12-31"
        ends = snapshots["portfolio_id"].map(lambda portfolio: closed.get(portfolio, never))
        snapshots["until"] = snapshots["until"].where(snapshots["until"].notna(), ends)
        self._rows = rows.merge(snapshots, on=["portfolio_id", "snapshot_date"])
        cash = {row["security_id"] for row in book.rows["securities"] if row["asset_class"] == "Cash"}
        self._rows = self._rows[~self._rows["security_id"].isin(cash)]

    def by_number_of_holders(self) -> list[str]:
        """Securities that are held, the least held first."""
        counts = self._rows.groupby("security_id")["portfolio_id"].nunique()
        return [security for _, security in sorted((int(n), str(security)) for security, n in counts.items())]

    def holders(self, security: str, day: str) -> list[str]:
        """The portfolios that hold ``security`` on ``day``, by id."""
        rows = self._rows
        is_held = (rows["security_id"] == security) & (rows["snapshot_date"] <= day) & (day < rows["until"])
        return sorted(str(portfolio) for portfolio in rows.loc[is_held, "portfolio_id"])


def balances_off(balances: list[dict[str, str]], count: int) -> dict[int, int]:
    """Which balances (row numbers from 0) are reported wrong, and by how many cents."""
    count = min(count, len(balances) // 4)
    return {len(balances) * (n + 1) // (count + 2): CENTS_OFF[n % len(CENTS_OFF)] for n in range(count)}
