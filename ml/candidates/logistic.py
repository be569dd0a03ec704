"""A logistic regression on the standardised inputs."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ml.calibration import AffineMap
from ml.candidates.interface import Contributions, Floats, Sample
from ml.inputs import LEARNED
from ml.likelihood import most_likely

_PENALTY = 1.0  # of the squared weights of standardised inputs, against evidence counted in horizons


@dataclass(frozen=True)
class Logistic:
    """Weights of standardised inputs; what is missing is the median of the training rows."""

    name: ClassVar[str] = "logistic"

    names: tuple[str, ...]
    medians: Floats
    means: Floats
    deviations: Floats
    weights: Floats
    intercept: float
    calibration: AffineMap

    @classmethod
    def fit(cls, sample: Sample) -> "Logistic":
        """Ridge-penalised maximum likelihood by Newton's method (Hoerl and Kennard 1970; le Cessie and van Houwelingen
        1992).
        """
        names = tuple(learned.name for learned in LEARNED)
        given = sample.inputs[list(names)].to_numpy(dtype="float64")
        medians = np.array(
            [np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0 for column in given.T]
        )
        filled = np.where(np.isnan(given), medians, given)
        means, deviations = filled.mean(axis=0), filled.std(axis=0)
        deviations = np.where(deviations > 0, deviations, 1.0)
        design = np.column_stack([np.ones(len(filled)), (filled - means) / deviations])
        start = np.zeros(design.shape[1])
        start[0] = np.log(sample.base_rate / (1 - sample.base_rate))
        penalty = np.full(design.shape[1], _PENALTY)
        penalty[0] = 0.0
        beta = most_likely(
            design, sample.breaches, start, sample.evidence / len(design), np.zeros(len(start)), np.diag(penalty)
        )
        return cls(names, medians, means, deviations, beta[1:], float(beta[0]), AffineMap())

    def calibrated(self, calibration: AffineMap) -> "Logistic":
        """The same with another map."""
        return Logistic(
            self.names, self.medians, self.means, self.deviations, self.weights, self.intercept, calibration
        )

    def log_odds(self, inputs: pd.DataFrame) -> Floats:
        """Calibrated log-odds of a breach (n,)."""
        given = self.contributions(inputs)
        total: Floats = given.baseline + given.values.sum(axis=1)
        return total

    def contributions(self, inputs: pd.DataFrame) -> Contributions:
        """A weight times how far its input is from the mean: Shapley values of a linear model of independent inputs."""
        given = inputs[list(self.names)].to_numpy(dtype="float64")
        standardised = (np.where(np.isnan(given), self.medians, given) - self.means) / self.deviations
        values: Floats = self.calibration.slope * standardised * self.weights
        baseline = self.calibration.shift + self.calibration.slope * self.intercept
        return Contributions(baseline, self.names, values)

    def as_plain(self) -> dict[str, Any]:
        """The model as arrays, numbers and texts."""
        return {
            "names": list(self.names),
            "medians": self.medians,
            "means": self.means,
            "deviations": self.deviations,
            "weights": self.weights,
            "intercept": self.intercept,
            "calibration": asdict(self.calibration),
        }
