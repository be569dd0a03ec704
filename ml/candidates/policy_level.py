"""The simplest candidate: how often portfolios of the same policy level breached."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ml.candidates.interface import Contributions, Floats, Sample

_PRIOR_ROWS = 20.0  # a level that was hardly ever seen is judged as the average


@dataclass(frozen=True)
class PolicyLevel:
    """Log-odds by severity of the policy's level; a level never seen has those of all rows."""

    name: ClassVar[str] = "policy_level"

    severities: Floats
    odds: Floats
    baseline: float

    @classmethod
    def fit(cls, sample: Sample) -> "PolicyLevel":
        """Shares of breaches by level, drawn a little to the average. They are calibrated as they are."""
        severity = sample.inputs["severity"].to_numpy()
        severities = np.unique(severity[~np.isnan(severity)])
        average = sample.base_rate
        shares = [
            (sample.breaches[severity == one].sum() + _PRIOR_ROWS * average) / ((severity == one).sum() + _PRIOR_ROWS)
            for one in severities
        ]
        return cls(severities, _log_odds(np.array(shares, dtype="float64")), float(_log_odds(np.array([average]))[0]))

    def log_odds(self, inputs: pd.DataFrame) -> Floats:
        """Calibrated log-odds of a breach (n,)."""
        given = self.contributions(inputs)
        return given.baseline + given.values[:, 0]

    def contributions(self, inputs: pd.DataFrame) -> Contributions:
        """All of a score comes from the level."""
        severity = inputs["severity"].to_numpy()
        added = np.zeros((len(severity), 1))
        for one, odds in zip(self.severities, self.odds, strict=True):
            added[severity == one, 0] = odds - self.baseline
        return Contributions(self.baseline, ("severity",), added)

    def as_plain(self) -> dict[str, Any]:
        """The model as arrays and numbers."""
        return {"severities": self.severities, "odds": self.odds, "baseline": self.baseline}


def _log_odds(share: Floats) -> Floats:
    odds: Floats = np.log(share) - np.log1p(-share)
    return odds
