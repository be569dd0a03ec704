"""Defects that no rule can see, planted all the same: they count as not caught.

Each is a plausible value in the place of another, on a day on which nobody confirms a value, and it changes no total
that was published before. Of the same sort, seen to pass and not planted as kinds of their own:
- another portfolio's risk profile or advisor;
- a snapshot that was lost, or dated into the future, where only the mix changed and not the value;
- a close that a feed repeats under each new date;
- all of today's quantities in another unit, or a third of the portfolios closed as of today, where no balance comes
  with them: a day that was not published before has nothing to be compared with;
- a close x 100 on a day when every position is confirmed anew: a snapshot since the close before tells of a split.
"""

from decimal import Decimal

from tests.torture.defects.planting import Expected, Kind, Today


def _close_off(today: Today) -> list[Expected]:
    close = today.closes[today.take_security()]
    close["close_price"] = f"{Decimal(close['close_price']) * Decimal('1.1'):.2f}"
    return []


def _another_class(today: Today) -> list[Expected]:
    security = today.take_security()
    (row,) = (row for row in today.rows("securities") if row["security_id"] == security)
    row["asset_class"] = "Bonds" if row["asset_class"] == "Equity" else "Equity"
    return []


KINDS = (
    Kind("a close 10 % too high in mid-month", "less than a jump, and no balance to hold it against", _close_off),
    Kind("a security moved to another class that exists", "a class is what its file says", _another_class),
)
