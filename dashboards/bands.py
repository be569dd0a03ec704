"""The bands of policy in force, as the pages need them: their bounds, and how each status is toned."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from dashboards.book import Book, Row
from dashboards.look import UNVALUED, Tone


@dataclass(frozen=True)
class Bands:
    """The bands in force on the as-of date, by severity, and the tone of every status that there ever was."""

    now: list[Row]
    tones: dict[str, Tone]

    @classmethod
    def of(cls, book: Book) -> "Bands":
        """Read them. Raises WarehouseError."""
        versions = book.rows("select * from marts.dim_drift_status order by valid_from, severity")
        return cls(
            now=[row for row in versions if row["is_current"]],
            tones={row["drift_status"]: cast(Tone, row["band_position"]) for row in versions},
        )

    @property
    def bounds(self) -> list[Decimal]:
        """The drifts at which a status ends and the next begins."""
        return [row["max_drift"] for row in self.now if row["max_drift"] is not None]

    @property
    def statuses(self) -> list[str]:
        """Every status, the calmest first, those without a value last."""
        in_force = [row["drift_status"] for row in self.now]
        return [*in_force, *(status for status in self.tones if status not in in_force), UNVALUED]

    def tone(self, status: str) -> Tone:
        """How a status is shown."""
        return "unvalued" if status == UNVALUED else self.tones[status]
