"""What is asked of the simulator, and what it answers."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

PROJECT_ROOT = Path(__file__).resolve().parents[2]
POLICY_FOLDER = PROJECT_ROOT / "seeds" / "policy"

LARGEST_SPOILT_BOOK = 100_000  # portfolios; about 5 GB

FileFormat = Literal["csv", "parquet"]


class SimulatorError(Exception):
    """A request that can't be met: the message is one line that says what is wrong and what to do."""


@dataclass(frozen=True)
class SimulatorOptions:
    """One simulation. ``days`` are trading days, the last of them ``end`` or the trading day before it.

    ``defects`` is how many of each kind of defect to plant; ``max_rejected_share`` (a share of 1) and
    ``max_price_age_days`` (trading days) are the build's own limits, which say how many bad rows a table can take and
    from which age a missing close leaves a position unpriced. They are needed only where defects are planted.
    """

    portfolios: int = 540
    days: int = 504
    seed: int = 7
    end: date = date(2026, 6, 30)
    file_format: FileFormat = "csv"
    defects: int = 0
    max_rejected_share: float | None = None
    max_price_age_days: int | None = None
    policy_folder: Path = POLICY_FOLDER

    def __post_init__(self) -> None:
        """Raise SimulatorError for what no book can be made of."""
        if self.portfolios < 1:
            raise SimulatorError(f"--portfolios {self.portfolios}: a book needs at least 1 portfolio")
        if self.portfolios > 1_000_000:
            raise SimulatorError(f"--portfolios {self.portfolios}: at most 1000000")
        if self.days < 1:
            raise SimulatorError(f"--days {self.days}: a history needs at least 1 trading day")
        if self.seed < 0:
            raise SimulatorError(f"--seed {self.seed}: a seed is 0 or more")
        if self.defects < 0:
            raise SimulatorError(f"--defects {self.defects}: 0 for a clean book, or how many of each kind to plant")
        if self.file_format not in ("csv", "parquet"):
            raise SimulatorError(f"--format {self.file_format}: csv or parquet")
        if self.defects and self.portfolios > LARGEST_SPOILT_BOOK:
            raise SimulatorError(
                f"--defects {self.defects}: such a book is held in memory; at most {LARGEST_SPOILT_BOOK} portfolios"
            )
        if self.defects and (self.max_rejected_share is None or self.max_price_age_days is None):
            raise SimulatorError("--defects needs max_rejected_share and max_price_age_days, the limits of the build")


@dataclass(frozen=True)
class SimulationSummary:
    """What was written: rows per landing table, bytes in all, and, with defects, how many of them."""

    out: Path
    first_day: date
    last_day: date
    bytes_written: int
    row_counts: dict[str, int] = field(default_factory=dict)
    planted: int = 0
    not_planted: int = 0
