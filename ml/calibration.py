"""A map from a model's log-odds to calibrated ones: affine, so that contributions stay exact (Platt 1999)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.first_passage import of_log_odds

Floats = npt.NDArray[np.float64]

_STEPS = 50
_ENOUGH = 1e-10
_RIDGE = 1e-9  # where all log-odds are equal, the slope stays what it was


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
    of_one = (
        (design * (probability * (1 - probability))[:, None]).T @ design / len(design)
    )  # what one observation tells
    precision = prior_weight * of_one + _RIDGE * np.eye(2)
    share = evidence / len(design)
    beta = identity.copy()
    for _ in range(_STEPS):
        fitted = of_log_odds(design @ beta)
        gradient = share * design.T @ (breaches - fitted) - precision @ (beta - identity)
        curvature = share * (design * (fitted * (1 - fitted))[:, None]).T @ design + precision
        step = np.linalg.solve(curvature, gradient)
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _ENOUGH:
            break
    if not np.isfinite(beta).all() or beta[1] <= 0:
        return AffineMap()
    return AffineMap(float(beta[0]), float(beta[1]))
