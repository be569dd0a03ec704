"""A map from a model's log-odds to calibrated ones: affine, so that contributions stay exact (Platt 1999)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.first_passage import of_log_odds
from ml.likelihood import most_likely

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AffineMap:
    """Calibrated log-odds are ``shift + slope x log-odds``. The slope is above zero: it never turns a ranking round."""

    shift: float = 0.0
    slope: float = 1.0

    def __call__(self, log_odds: Floats) -> Floats:
        """Calibrated log-odds (n,)."""
        return self.shift + self.slope * log_odds


def fit_affine_map(log_odds: Floats, breaches: Floats, evidence: float, prior_weight: float = 1.0) -> AffineMap:
    """The map that makes ``log_odds`` (n,) most likely, given ``breaches`` (n,) of 0 and 1, by Newton's method.

    Portfolios of a day share its market, so n rows are far fewer observations: ``evidence`` is how many independent
    ones they are worth (non-overlapping horizons). Against it stands the identity, with the weight of ``prior_weight``
    such observations; little evidence leaves a model as it is, much of it decides alone.
    """
    if len(breaches) == 0:
        return AffineMap()
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    identity = np.array([0.0, 1.0])
    probability = of_log_odds(log_odds)
    weight = (probability * (1 - probability))[:, None]
    of_one = (design * weight).T @ design / len(design)  # what one observation tells
    beta = most_likely(design, breaches, identity, evidence / len(design), identity, prior_weight * of_one)
    if not np.isfinite(beta).all() or beta[1] <= 0:
        return AffineMap()
    return AffineMap(float(beta[0]), float(beta[1]))
