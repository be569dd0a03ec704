"""How features and scores were distributed in training, in bins that SQL compares with (PSI, KS)."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

BINS: Final = 20
SCORE: Final = "log_odds"
COLUMNS: Final = ("horizon_days", "feature", "bin_number", "above", "up_to", "reference_share")


def bins_of(values: Floats, bins: int = BINS) -> list[tuple[int, float | None, float | None, float]]:
    """Number, bounds and share of the bins of ``values`` (n,): quantiles, so that each holds as many rows.

    A bin holds what is above its lower and up to its upper bound; the first and last are open. Where values are tied,
    there are fewer bins. Bin 0 is what is missing.
    """
    missing = np.isnan(values)
    present = values[~missing]
    found: list[tuple[int, float | None, float | None, float]] = [(0, None, None, float(missing.mean()))]
    if not len(present):
        return found
    inner = np.unique(np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    inner = inner[inner < present.max()]  # above the last bound there is something
    bounds: list[float | None] = [None, *map(float, inner), None]
    counts = np.bincount(np.searchsorted(inner, present, side="left"), minlength=len(inner) + 1)
    for number, (above, up_to, count) in enumerate(zip(bounds[:-1], bounds[1:], counts, strict=True), start=1):
        found.append((number, above, up_to, float(count / len(values))))
    return found


def distribution_table(features: pd.DataFrame, log_odds: dict[int, Floats]) -> dict[str, list[object]]:
    """The columns of the table: of each feature (column of ``features``), and of the score of each horizon."""
    rows: list[tuple[object, ...]] = []
    for feature in features.columns:
        rows += [(None, feature, *one) for one in bins_of(features[feature].to_numpy(dtype="float64"))]
    for horizon, values in sorted(log_odds.items()):
        rows += [(horizon, SCORE, *one) for one in bins_of(values)]
    return {column: [row[place] for row in rows] for place, column in enumerate(COLUMNS)}
