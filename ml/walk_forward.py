"""Trained on the past, tested on what came after it, again and again, with the horizon between them (López de Prado
2018).

A label looks a horizon ahead: a training row whose horizon reaches into the test days would know something of them.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

ORIGINS = 5
FIRST_TRAINING_SHARE = 0.4  # of the days; before that there is too little to learn from


@dataclass(frozen=True)
class Fold:
    """Days are counted 0, 1, ...: trained up to ``last_training_day``, tested on ``first_test_day`` to
    ``last_test_day``.
    """

    last_training_day: int
    first_test_day: int
    last_test_day: int


class HistoryTooShortError(Exception):
    """A history that can't be walked through: the message says how many days it has and needs."""


def folds(day_count: int, horizon_days: int, origins: int = ORIGINS) -> list[Fold]:
    """Test parts of equal length, one after another, to the last day whose horizon is over; each trained on all before
    it.

    The last training day is a horizon before the first test day's eve, so that no label of the one reaches the other.
    Raises HistoryTooShortError.
    """
    last = day_count - 1 - horizon_days  # whose outcome is known
    begin = max(int(day_count * FIRST_TRAINING_SHARE), 2 * horizon_days + 1)
    if last - begin + 1 < origins * horizon_days:
        needed = int((origins + 1) * horizon_days / (1 - FIRST_TRAINING_SHARE)) + 2
        raise HistoryTooShortError(f"{day_count} days of history; a walk forward over {horizon_days} needs {needed}")
    edges = np.linspace(begin, last + 1, origins + 1).astype(int)
    return [Fold(int(first) - 1 - horizon_days, int(first), int(after) - 1) for first, after in pairwise(edges)]
