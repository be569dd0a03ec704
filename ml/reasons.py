"""Why a score is what it is, in an advisor's words, each with the figure it comes from.

Inputs that tell of the same thing are one reason: their contributions are added up, so that the sum stays exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.candidates.interface import Contributions

Floats = npt.NDArray[np.float64]

REASONS: Final = 3
_WEEK = 5.0  # trading days
_POINTS = 100.0  # a share of 1 in percentage points

_TOPIC_OF_INPUT: Final = {
    "severity": "level",
    "nearest_headroom": "nearest_headroom",
    "nearest_drift_volatility_60d": "nearest_movement",
    "second_headroom": "second_headroom",
    "second_drift_volatility_60d": "second_movement",
    "first_passage_20d": "nearest",
    "first_passage_60d": "nearest",
    "nearest_deviations_20d": "nearest",
    "nearest_deviations_60d": "nearest",
    "second_deviations_20d": "second",
    "second_deviations_60d": "second",
    "volatility_ratio": "liveliness",
    "recent_volatility_ratio": "liveliness",
    "trend_5d": "trend",
    "trend_20d": "trend",
}


@dataclass(frozen=True)
class Reasons:
    """The weightiest reasons of each row (n, 3) and what they add to the log-odds (n, 3); the rest (n,) is added up.

    Where a model has fewer than three, the text is None and adds 0.
    """

    texts: npt.NDArray[np.object_]
    contributions: Floats
    rest: Floats


def reasons_of(contributions: Contributions, rows: pd.DataFrame) -> Reasons:
    """Reasons for ``rows`` (as of ``read_features``), by how much each adds or takes away."""
    topics = list(dict.fromkeys(_TOPIC_OF_INPUT[name] for name in contributions.names))
    added = np.zeros((len(rows), max(len(topics), REASONS)))
    for place, name in enumerate(contributions.names):
        added[:, topics.index(_TOPIC_OF_INPUT[name])] += contributions.values[:, place]
    order = np.argsort(-np.abs(added), axis=1, kind="stable")
    chosen = order[:, :REASONS]
    texts = np.full(chosen.shape, None, dtype=object)
    for number, topic in enumerate(topics):
        places = np.nonzero(chosen == number)
        if len(places[0]):
            texts[places] = _WORDS[topic](rows.iloc[places[0]])
    top = np.take_along_axis(added, chosen, axis=1)
    rest: Floats = np.take_along_axis(added, order[:, REASONS:], axis=1).sum(axis=1)
    return Reasons(texts, top, rest)


def _level(rows: pd.DataFrame) -> list[str]:
    return [
        f"policy risk level {level}" if isinstance(level, str) else "no policy level" for level in rows["risk_level"]
    ]


def _headroom(which: str) -> Callable[[pd.DataFrame], list[str]]:
    def words(rows: pd.DataFrame) -> list[str]:
        return [_distance(*given) for given in zip(rows[f"{which}_class"], rows[f"{which}_headroom"], strict=True)]

    return words


def _movement(which: str) -> Callable[[pd.DataFrame], list[str]]:
    def words(rows: pd.DataFrame) -> list[str]:
        return [
            f"{name} weight moving {_week(daily)} points a week" if not isnan(daily) else _no_history(name)
            for name, daily in zip(rows[f"{which}_class"], rows[f"{which}_drift_volatility_60d"], strict=True)
        ]

    return words


def _distance_and_movement(which: str) -> Callable[[pd.DataFrame], list[str]]:
    def words(rows: pd.DataFrame) -> list[str]:
        given = (rows[f"{which}_{what}"] for what in ("class", "headroom", "drift_volatility_60d"))
        return [
            _distance(name, headroom) + (f", moving {_week(daily)} a week" if not isnan(daily) else "")
            for name, headroom, daily in zip(*given, strict=True)
        ]

    return words


def _liveliness(rows: pd.DataFrame) -> list[str]:
    given = (rows[f"nearest_{what}"] for what in ("class", "drift_volatility_20d", "drift_volatility_60d"))
    return [
        f"{name} weight moving {month / quarter:.1f} times as much in the last 20 days as in 60"
        if not isnan(month) and quarter > 0
        else _no_history(name)
        for name, month, quarter in zip(*given, strict=True)
    ]


def _trend(rows: pd.DataFrame) -> list[str]:
    given = (rows[f"nearest_{what}"] for what in ("class", "outward_change_20d"))
    return [
        f"{name} weight moved {_points(abs(change))} points {'towards' if change >= 0 else 'away from'} its band"
        " in 20 days"
        if not isnan(change)
        else _no_history(name)
        for name, change in zip(*given, strict=True)
    ]


def _distance(name: object, headroom: float) -> str:
    if isnan(headroom):
        return "no further asset class"
    return f"{name} weight {_points(headroom)} points from its band"


def _week(daily: float) -> str:
    return _points(daily * _WEEK**0.5)


def _points(share: float) -> str:
    """A share of 1 in percentage points: to a tenth, and what would be none at all to a hundredth."""
    points = share * _POINTS
    if points == 0 or points >= 0.05:
        return f"{points:.1f}"
    return f"{points:.2f}" if points >= 0.005 else "less than 0.01"


def _no_history(name: object) -> str:
    return f"{name} weight without enough history" if isinstance(name, str) else "no further asset class"


_WORDS: Final[dict[str, Callable[[pd.DataFrame], list[str]]]] = {
    "level": _level,
    "nearest_headroom": _headroom("nearest"),
    "nearest_movement": _movement("nearest"),
    "nearest": _distance_and_movement("nearest"),
    "second_headroom": _headroom("second"),
    "second_movement": _movement("second"),
    "second": _distance_and_movement("second"),
    "liveliness": _liveliness,
    "trend": _trend,
}
