"""How probabilities of a breach are called: the levels of policy, and what each looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.book import Book
from dashboards.look import Tone
from dashboards.table import Cell, status_cell
from dashboards.words import percent

IN_BREACH: Final = "In breach"


@dataclass(frozen=True)
class Levels:
    """The names of the levels of the longest horizon, the calmest first, and that horizon in trading days."""

    names: Sequence[str]
    horizon_days: int

    @classmethod
    def of(cls, book: Book) -> "Levels":
        """The levels of policy."""
        rows = book.rows(
            """
            select horizon_days, ml_risk_level from policy.risk_score_policy
            qualify horizon_days = max(horizon_days) over () order by severity
            """
        )
        return cls([row["ml_risk_level"] for row in rows], rows[0]["horizon_days"])

    def tone(self, level: str | None) -> Tone:
        """The calmest is told like the calmest status, the last one and a breach like the last."""
        if level is None:
            return "unvalued"
        if level in (IN_BREACH, self.names[-1]):
            return "last"
        return "first" if level == self.names[0] else "between"

    def cell(self, level: str | None, probability: object) -> Cell:
        """A level with its mark, and the probability; a dash where nothing is known."""
        if level is None:
            return Cell(percent(None))
        return status_cell(level, self.tone(level), "" if probability is None else percent(probability, 1))  # type: ignore[arg-type]
