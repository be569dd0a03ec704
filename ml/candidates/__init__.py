"""The four candidates, from the simplest to the most complex, and how each is fitted and calibrated."""

from typing import Any, Final

from ml.calibration import AffineMap, fit_affine_map
from ml.candidates.first_passage import FirstPassage
from ml.candidates.gradient_boosting import GradientBoosting
from ml.candidates.interface import Candidate, Contributions, Sample
from ml.candidates.logistic import Logistic
from ml.candidates.policy_level import PolicyLevel
from ml.candidates.trees import Forest

BY_COMPLEXITY: Final = (PolicyLevel.name, FirstPassage.name, Logistic.name, GradientBoosting.name)
BASELINES: Final = BY_COMPLEXITY[:-1]
LEARNING_SHARE: Final = 0.75  # of the training days: the later ones calibrate what was learned on the earlier ones
_LEAST_BREACHES = 5  # on either side: fewer say nothing about calibration

__all__ = ["BASELINES", "BY_COMPLEXITY", "Candidate", "Contributions", "Sample", "fit_candidate", "of_plain"]


def fit_candidate(name: str, sample: Sample, seed: int = 0) -> Candidate:
    """A candidate fitted to and calibrated within ``sample``.

    What learns is fitted to the earlier days, held against the later ones with the horizon between them, and then
    fitted to all days with the map that was found.
    """
    if name == PolicyLevel.name:
        return PolicyLevel.fit(sample)
    if name == FirstPassage.name:
        return FirstPassage.fit(sample)
    if name == Logistic.name:
        return Logistic.fit(sample).calibrated(_calibration(Logistic.fit, sample))
    if name == GradientBoosting.name:

        def fit(part: Sample) -> GradientBoosting:
            return GradientBoosting.fit(part, seed)

        return fit(sample).calibrated(_calibration(fit, sample))
    raise ValueError(f"there is no candidate {name}")


def _calibration(fit: Any, sample: Sample) -> AffineMap:
    """The map of later days, for a model of earlier ones; the identity where either has too few outcomes."""
    last_day = int(sample.day.min() + LEARNING_SHARE * (sample.day.max() - sample.day.min()))
    learning = sample.where(sample.day <= last_day - sample.horizon_days)
    calibrating = sample.where(sample.day > last_day)
    for part in (learning, calibrating):
        breaches = int(part.breaches.sum())
        if min(breaches, len(part.breaches) - breaches) < _LEAST_BREACHES:
            return AffineMap()
    return fit_affine_map(fit(learning).log_odds(calibrating.inputs), calibrating.breaches, calibrating.evidence)


def of_plain(name: str, plain: dict[str, Any]) -> Candidate:
    """A candidate from what its ``as_plain`` gave. Raises KeyError, TypeError or ValueError for anything else."""
    if name == PolicyLevel.name:
        return PolicyLevel(plain["severities"], plain["odds"], float(plain["baseline"]))
    calibration = AffineMap(**plain["calibration"])
    if name == FirstPassage.name:
        return FirstPassage(int(plain["horizon_days"]), dict(plain["reference"]), calibration)
    names = tuple(plain["names"])
    if name == Logistic.name:
        medians, means, deviations, weights = (plain[field] for field in ("medians", "means", "deviations", "weights"))
        return Logistic(names, medians, means, deviations, weights, float(plain["intercept"]), calibration)
    if name == GradientBoosting.name:
        return GradientBoosting(names, Forest(**plain["forest"]), calibration)
    raise ValueError(f"there is no candidate {name}")
