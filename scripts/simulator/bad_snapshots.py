"""Bad holdings, kind by kind: an extra snapshot on the last day, spoilt by one row.

The portfolio has no other that day, and its earlier snapshot must stay in force: the facts are those of the clean book.
"""

from collections.abc import Callable

from scripts.simulator.bad_rows import BadRow, CleanBook, Kind, bad_row, bad_texts, repeated

TABLE = "holdings"
INNOCENT = "incomplete_snapshot"


class _Snapshots:
    """One new snapshot for each call, every time for another portfolio; empty when there is none left.

    It differs from the one in force: the quantity of the second position is another, so that its use would be noticed.
    """

    def __init__(self, book: CleanBook) -> None:
        last_day = str(book.days.sessions[-1])
        closed = {row["portfolio_id"] for row in book.rows["portfolios"] if row["closed_date"]}
        latest: dict[str, list[dict[str, str]]] = {}
        for row in book.rows[TABLE]:
            mine = latest.setdefault(row["portfolio_id"], [])
            if mine and mine[0]["snapshot_date"] != row["snapshot_date"]:
                mine.clear()
            mine.append({**row})
        open_ones = (rows for portfolio, rows in latest.items() if portfolio not in closed)
        self._rest = iter([rows for rows in open_ones if rows[0]["snapshot_date"] < last_day])
        self._last_day = last_day
        self._classes = {row["security_id"]: row["asset_class"] for row in book.rows["securities"]}

    def __call__(self) -> list[dict[str, str]]:
        rows = [{**row, "snapshot_date": self._last_day} for row in next(self._rest, [])]
        rows.sort(key=lambda row: (self._classes[row["security_id"]] == "Cash", row["security_id"]))
        if len(rows) > 1:
            rows[1]["quantity"] = "777"
        return rows


def kinds_of_holdings(book: CleanBook) -> list[Kind]:
    """Every kind of bad row in holdings, the rows of the snapshot that it spoils with it."""
    fresh = _Snapshots(book)
    kinds = [
        _spoilt(fresh, "unknown_security", "unknown", {"security_id": "NOSUCH"}),
        _spoilt(fresh, "negative_quantity", "short_sale", {"quantity": "-5"}),
        _spoilt(fresh, "missing_security_id", "empty", {"security_id": ""}),
        _spoilt(fresh, "missing_quantity", "empty", {"quantity": ""}),
        Kind(TABLE, "duplicate_key", "two_quantities", _duplicate(fresh)),
        Kind(TABLE, "repeated_row", "same_text", lambda n: repeated(book.rows[TABLE], n)),
        _alone(fresh, "unknown_portfolio", "unknown", {"portfolio_id": "NOSUCH"}, "portfolio_id"),
        _alone(fresh, "missing_portfolio_id", "empty", {"portfolio_id": ""}),
        _alone(fresh, "missing_snapshot_date", "empty", {"snapshot_date": ""}),
    ]
    for variant, text in bad_texts("quantity").items():
        kinds.append(_spoilt(fresh, "invalid_quantity", variant, {"quantity": text}, needs_text=True))
    for variant, text in bad_texts("snapshot_date").items():
        kinds.append(_alone(fresh, "invalid_snapshot_date", variant, {"snapshot_date": text}, needs_text=True))
    return kinds


def _spoilt(fresh: _Snapshots, reason: str, variant: str, change: dict[str, str], needs_text: bool = False) -> Kind:
    """The first position is broken, the others are innocent."""

    def make(n: int) -> list[BadRow]:
        rows = fresh()
        if not rows:
            return []
        return [bad_row(reason, {**rows[0], **change}), *(bad_row(INNOCENT, row) for row in rows[1:])]

    return Kind(TABLE, reason, variant, make, needs_text)


def _duplicate(fresh: _Snapshots) -> Callable[[int], list[BadRow]]:
    def make(n: int) -> list[BadRow]:
        rows = fresh()
        if not rows:
            return []
        twice = [bad_row("duplicate_key", rows[0]), bad_row("duplicate_key", {**rows[0], "quantity": "99.5"})]
        return [*twice, *(bad_row(INNOCENT, row) for row in rows[1:])]

    return make


def _alone(
    fresh: _Snapshots, reason: str, variant: str, change: dict[str, str], numbered: str = "", needs_text: bool = False
) -> Kind:
    """One row that belongs to no portfolio's snapshot, so it spoils none; ``numbered`` makes its key its own."""

    def make(n: int) -> list[BadRow]:
        rows = fresh()
        if not rows:
            return []
        row = {**rows[0], **change}
        if numbered:
            row[numbered] = f"{row[numbered]}{n + 1}"
        return [bad_row(reason, row)]

    return Kind(TABLE, reason, variant, make, needs_text)
