"""The analytic candidate: the probability that a motion without direction, as lively as the drift, meets the band."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from ml.calibration import AffineMap, fit_affine_map
from ml.candidates.interface import Contributions, Floats, Sample
from ml.first_passage import breach_probability, log_odds
from ml.shapley import exact_shapley

_CLASSES: Final = ("nearest", "second")
_PLAYERS: Final = ("nearest_headroom", "nearest_drift_volatility_60d", "second_headroom", "second_drift_volatility_60d")


@dataclass(frozen=True)
class FirstPassage:
    """First passage at the drift's own volatility over 60 days, and an affine map that calibrates its log-odds.

    The reference, of which a score is made by what is different, has the median headroom and volatility of the training
    rows. A volatility that is not known (no two days without a trade yet) is the reference's; a volatility of 0 means
    that the class stays where it is; a portfolio of one class has no second one that could breach.
    """

    name: ClassVar[str] = "first_passage"

    horizon_days: int
    reference: dict[str, float]
    calibration: AffineMap

    @classmethod
    def fit(cls, sample: Sample) -> "FirstPassage":
        """Medians for the reference; the map has two numbers, and is fitted to the same rows."""
        columns = [f"{which}_{what}" for which in _CLASSES for what in ("headroom", "opposite_headroom")]
        columns += [f"{which}_drift_volatility_60d" for which in _CLASSES]
        with np.errstate(invalid="ignore"):
            medians = sample.inputs[columns].median()
        reference = {column: float(medians[column]) if pd.notna(medians[column]) else 0.0 for column in columns}
        plain = cls(sample.horizon_days, reference, AffineMap())
        calibration = fit_affine_map(plain.log_odds(sample.inputs), sample.breaches, sample.evidence)
        return cls(sample.horizon_days, reference, calibration)

    def log_odds(self, inputs: pd.DataFrame) -> Floats:
        """Calibrated log-odds of a breach (n,)."""
        return self.calibration(log_odds(np.maximum(*(self._of_class(inputs, which) for which in _CLASSES))))

    def contributions(self, inputs: pd.DataFrame) -> Contributions:
        """Exact Shapley values of the four inputs against the reference."""
        parts = {
            (which, room, volatility): self._of_class(inputs, which, known_room=room, known_volatility=volatility)
            for which in _CLASSES
            for room in (False, True)
            for volatility in (False, True)
        }

        def value(present: frozenset[int]) -> Floats:
            nearest = parts["nearest", 0 in present, 1 in present]
            return log_odds(np.maximum(nearest, parts["second", 2 in present, 3 in present]))

        nobody = value(frozenset())
        baseline = float(self.calibration(nobody[:1])[0]) if len(nobody) else self.calibration.shift
        return Contributions(baseline, _PLAYERS, self.calibration.slope * exact_shapley(value, len(_PLAYERS)))

    def _of_class(
        self, inputs: pd.DataFrame, which: str, *, known_room: bool = True, known_volatility: bool = True
    ) -> Floats:
        """The probability of one class (n,); what is not known of it is the reference's."""

        def read(column: str, known: bool) -> Floats:
            if known:
                return inputs[column].to_numpy(dtype="float64")
            return np.full(len(inputs), self.reference[column])

        room = read(f"{which}_headroom", known_room)
        opposite = read(f"{which}_opposite_headroom", known_room)
        name = f"{which}_drift_volatility_60d"
        volatility = read(name, known_volatility)
        volatility = np.where(np.isnan(volatility), self.reference[name], volatility)
        probability = breach_probability(room, opposite, volatility, self.horizon_days)
        present: Floats = np.where(np.isnan(probability), 0.0, probability)
        return present

    def as_plain(self) -> dict[str, Any]:
        """The model as numbers and texts."""
        return {
            "horizon_days": self.horizon_days,
            "reference": self.reference,
            "calibration": asdict(self.calibration),
        }
