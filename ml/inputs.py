"""What the models see: the columns of ``ml.portfolio_features``, and what is made of them for a horizon.

Distances are put into standard deviations of the portfolio's own drift over the horizon, so that what is learned on one
book holds for another: a model that sees few, standardised inputs can't learn one market's history by heart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.first_passage import breach_probability, log_odds

Floats = npt.NDArray[np.float64]

KEYS: Final = ("portfolio_id", "as_of_date")
# columns of ml.portfolio_features that are read: numbers as float, null as not a number
NUMBERS: Final = (
    "severity",
    "drift_score",
    "portfolio_volatility_20d",
    "portfolio_volatility_60d",
    "nearest_signed_drift",
    "nearest_headroom",
    "nearest_opposite_headroom",
    "nearest_outward_change_5d",
    "nearest_outward_change_20d",
    "nearest_drift_volatility_5d",
    "nearest_drift_volatility_20d",
    "nearest_drift_volatility_60d",
    "second_signed_drift",
    "second_headroom",
    "second_opposite_headroom",
    "second_drift_volatility_20d",
    "second_drift_volatility_60d",
)
TEXTS: Final = ("risk_level", "nearest_class", "second_class")
SCHEMA: Final[dict[str, str]] = {
    "portfolio_id": "VARCHAR",
    "as_of_date": "DATE",
    "is_in_breach": "BOOLEAN",
    **dict.fromkeys(TEXTS, "VARCHAR"),
    **dict.fromkeys(NUMBERS, "DOUBLE"),
    "severity": "INTEGER",
}
# what SQL compares with the training data: as it stands in ml.portfolio_features, not in breach
MONITORED: Final = (
    "drift_score",
    "portfolio_volatility_20d",
    "portfolio_volatility_60d",
    "nearest_headroom",
    "nearest_outward_change_5d",
    "nearest_outward_change_20d",
    "nearest_drift_volatility_5d",
    "nearest_drift_volatility_20d",
    "nearest_drift_volatility_60d",
    "second_headroom",
    "second_drift_volatility_20d",
    "second_drift_volatility_60d",
)

_FARTHEST = 8.0  # standard deviations: farther is as good as out of reach
_LARGEST_RATIO = 1.5  # of logarithms of volatilities: a move of 4.5 times the usual
_LARGEST_TREND = 4.0  # standard deviations


class FeaturesError(Exception):
    """Features that can't be read: the message is one line that names the columns."""


@dataclass(frozen=True)
class ModelInput:
    """One input of the learned models. ``sign``: +1 where more of it must mean more breaches, -1 fewer, 0 either."""

    name: str
    sign: int
    meaning: str


LEARNED: Final = (
    ModelInput("first_passage_20d", 1, "log-odds of first passage at the drift's volatility over 20 days"),
    ModelInput("first_passage_60d", 1, "log-odds of first passage at the drift's volatility over 60 days"),
    ModelInput("nearest_deviations_20d", -1, "headroom of the nearest class in deviations over the horizon (20 days)"),
    ModelInput("nearest_deviations_60d", -1, "headroom of the nearest class in deviations over the horizon (60 days)"),
    ModelInput("second_deviations_20d", -1, "the same of the next class (20 days)"),
    ModelInput("second_deviations_60d", -1, "the same of the next class (60 days)"),
    ModelInput("volatility_ratio", 0, "logarithm of volatility over 20 days to that over 60 days"),
    ModelInput("recent_volatility_ratio", 0, "logarithm of volatility over 5 days to that over 20 days"),
    ModelInput("trend_5d", 0, "move of the nearest class towards its band in 5 days, in deviations"),
    ModelInput("trend_20d", 0, "the same in 20 days"),
)


def read_features(features: pd.DataFrame) -> pd.DataFrame:
    """The rows that can have a score, those not in breach: keys, texts and numbers (float), in the order given.

    Raises FeaturesError where a column is missing or holds what is no number.
    """
    missing = [column for column in SCHEMA if column not in features.columns]
    if missing:
        raise FeaturesError(f"the features have no {', '.join(missing)}; build ml.portfolio_features anew")
    open_rows = features.loc[~features["is_in_breach"].fillna(True).astype(bool)]
    read = {column: open_rows[column] for column in (*KEYS, *TEXTS)}
    for column in NUMBERS:
        try:
            read[column] = open_rows[column].astype("float64")
        except (TypeError, ValueError):
            raise FeaturesError(f"{column} of the features is no number; build ml.portfolio_features anew") from None
    return pd.DataFrame(read)


def model_inputs(rows: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    """What the candidates see of ``rows`` (as of ``read_features``), with the same index: floats, (n, inputs)."""
    number = {column: rows[column].to_numpy(dtype="float64") for column in NUMBERS}
    made: dict[str, Floats] = {
        name: number[name]
        for name in (
            "severity",
            "nearest_headroom",
            "nearest_opposite_headroom",
            "nearest_drift_volatility_60d",
            "second_headroom",
            "second_opposite_headroom",
            "second_drift_volatility_60d",
        )
    }
    for window in ("20d", "60d"):
        probability = np.fmax(
            *(
                breach_probability(
                    number[f"{which}_headroom"],
                    number[f"{which}_opposite_headroom"],
                    number[f"{which}_drift_volatility_{window}"],
                    horizon_days,
                )
                for which in ("nearest", "second")
            )
        )
        made[f"first_passage_{window}"] = log_odds(probability)
        for which in ("nearest", "second"):
            volatility = number[f"{which}_drift_volatility_{window}"]
            made[f"{which}_deviations_{window}"] = _in_deviations(number[f"{which}_headroom"], volatility, horizon_days)
    five, twenty, sixty = (number[f"nearest_drift_volatility_{window}"] for window in ("5d", "20d", "60d"))
    made["volatility_ratio"] = _ratio(twenty, sixty)
    made["recent_volatility_ratio"] = _ratio(five, twenty)
    for days in (5, 20):
        change = number[f"nearest_outward_change_{days}d"]
        made[f"trend_{days}d"] = np.clip(_quotient(change, sixty * np.sqrt(days)), -_LARGEST_TREND, _LARGEST_TREND)
    return pd.DataFrame(made, index=rows.index)


def _in_deviations(headroom: Floats, volatility: Floats, horizon_days: int) -> Floats:
    """Headroom in standard deviations over the horizon; what does not move is as far as can be."""
    deviations = _quotient(headroom, volatility * np.sqrt(float(horizon_days)))
    deviations[(volatility == 0) & (headroom > 0)] = _FARTHEST
    clipped: Floats = np.clip(deviations, 0.0, _FARTHEST)
    return clipped


def _ratio(over: Floats, under: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(_quotient(over, under))
    clipped: Floats = np.clip(logarithm, -_LARGEST_RATIO, _LARGEST_RATIO)
    return clipped


def _quotient(over: Floats, under: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(under > 0, over / under, np.nan)
    return quotient
