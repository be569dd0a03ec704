"""What every candidate can do, and what it is fitted to."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Rows whose outcome is known: model inputs (n, inputs), ``breaches`` (n,) of 0 and 1, ``day`` and ``book`` (n,).

    ``day`` counts trading days of the book; days of different books have nothing to do with each other.
    """

    inputs: pd.DataFrame
    breaches: Floats
    day: Ints
    book: Ints
    horizon_days: int

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Sample":
        """The chosen rows."""
        return Sample(
            self.inputs.loc[chosen], self.breaches[chosen], self.day[chosen], self.book[chosen], self.horizon_days
        )

    @property
    def evidence(self) -> float:
        """How many independent observations the rows are worth: horizons that don't overlap, of each book."""
        windows = np.unique(np.stack([self.book, self.day // self.horizon_days]), axis=1)
        return float(windows.shape[1])

    @property
    def base_rate(self) -> float:
        """The share of breaches, kept off 0 and 1 by half a breach (Jeffreys)."""
        return float((self.breaches.sum() + 0.5) / (len(self.breaches) + 1.0))


@dataclass(frozen=True)
class Contributions:
    """What makes a score: ``baseline`` plus the row's ``values`` (n, names) are its log-odds."""

    baseline: float
    names: tuple[str, ...]
    values: Floats


class Candidate(Protocol):
    """A fitted model of one horizon."""

    name: ClassVar[str]

    def log_odds(self, inputs: pd.DataFrame) -> Floats:
        """Calibrated log-odds of a breach (n,)."""
        ...

    def contributions(self, inputs: pd.DataFrame) -> Contributions:
        """What each input adds to the log-odds, exactly."""
        ...

    def as_plain(self) -> dict[str, Any]:
        """The model as arrays, numbers and texts: all that a file of it holds."""
        ...
