"""The controls of a run: which there are (seeds/policy/control_limits.csv), which may be accepted, which block it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from scripts.warehouse import PROJECT

POLICY = PROJECT / "seeds" / "policy" / "control_limits.csv"


@dataclass(frozen=True)
class Finding:
    """A control that would block: its figure against its limit, both in ``unit``, and the worst of what it found."""

    control: str
    figure: Decimal
    limit: Decimal
    unit: str
    worst: str
    listed_in: str | None

    def told(self) -> str:
        """One line for a person."""
        where = f" (all of them: {self.listed_in})" if self.listed_in else ""
        figures = f"{self._shown(self.figure)}, more than the limit of {self._shown(self.limit)}"
        return f"{self.control}: {figures}; {self.worst}{where}"

    def _shown(self, figure: Decimal) -> str:
        if self.unit == "share":
            return f"{figure * 100:,.2f} %"
        return f"{figure.normalize():f} {self.unit}"


def acceptable_controls() -> dict[str, bool]:
    """Every control by name, and whether a person may accept its breach."""
    with POLICY.open(encoding="utf-8-sig", newline="") as file:
        return {row["control"]: row["may_be_accepted"].strip().lower() == "true" for row in csv.DictReader(file)}


def findings(connection: duckdb.DuckDBPyConnection, outcome: str) -> Sequence[Finding]:
    """The controls of audit.controls with that outcome: 'blocks', or 'accepted' for those let through."""
    rows = connection.execute(
        "select control, figure, blocking_limit, unit, worst_finding, listed_in from audit.controls"
        " where outcome = ? order by control",
        [outcome],
    ).fetchall()
    return [Finding(*row) for row in rows]
