"""The challenger: gradient-boosted trees that finance holds to a sign where it has one."""

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from ml.calibration import AffineMap
from ml.candidates.interface import Contributions, Floats, Sample
from ml.candidates.trees import Forest
from ml.inputs import LEARNED

TREES: Final = 120
LEAVES: Final = 8
LEARNING_RATE: Final = 0.05
LEAST_SHARE_OF_A_LEAF: Final = 0.01  # of the training rows: a smaller leaf is a few days of one market
PENALTY: Final = 10.0
MANY_ROWS: Final = 200_000  # for fewer, threads wait for each other longer than they work


@dataclass(frozen=True)
class GradientBoosting:
    """Boosted trees and an affine map that calibrates their log-odds."""

    name: ClassVar[str] = "gradient_boosting"

    names: tuple[str, ...]
    forest: Forest
    calibration: AffineMap

    @classmethod
    def fit(cls, sample: Sample, seed: int = 0) -> "GradientBoosting":
        """scikit-learn's HistGradientBoostingClassifier (Friedman 2001), each input held to its sign."""
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 (a second, and only training needs it)
        from threadpoolctl import threadpool_limits  # noqa: PLC0415

        booster = HistGradientBoostingClassifier(
            max_iter=TREES,
            learning_rate=LEARNING_RATE,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=max(20, int(LEAST_SHARE_OF_A_LEAF * len(sample.breaches))),
            l2_regularization=PENALTY,
            monotonic_cst=[learned.sign for learned in LEARNED],
            early_stopping=False,
            random_state=seed,
        )
        names = tuple(learned.name for learned in LEARNED)
        given = sample.inputs[list(names)].to_numpy(dtype="float64", copy=True)
        given[:, np.isnan(given).all(axis=0)] = 0.0  # an input that nobody has: no tree asks for it
        with threadpool_limits(None if len(sample.breaches) > MANY_ROWS else 1, user_api="openmp"):
            booster.fit(given, sample.breaches)
        return cls(names, Forest.of_booster(booster), AffineMap())

    def calibrated(self, calibration: AffineMap) -> "GradientBoosting":
        """The same with another map."""
        return replace(self, calibration=calibration)

    def log_odds(self, inputs: pd.DataFrame) -> Floats:
        """Calibrated log-odds of a breach (n,)."""
        given = self.contributions(inputs)
        total: Floats = given.baseline + given.values.sum(axis=1)
        return total

    def contributions(self, inputs: pd.DataFrame) -> Contributions:
        """Exact path contributions, in calibrated log-odds."""
        slope = self.calibration.slope
        values = slope * self.forest.contributions(inputs[list(self.names)].to_numpy(dtype="float64"))
        return Contributions(self.calibration.shift + slope * self.forest.baseline, self.names, values)

    def as_plain(self) -> dict[str, Any]:
        """The model as arrays, numbers and texts."""
        forest = {field: getattr(self.forest, field) for field in Forest.__dataclass_fields__}
        return {"names": list(self.names), "forest": forest, "calibration": asdict(self.calibration)}
