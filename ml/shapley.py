"""Exact Shapley values of a function of few inputs, against a reference (Shapley 1953; Lundberg and Lee 2017)."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def exact_shapley(value: Callable[[frozenset[int]], Floats], players: int) -> Floats:
    """How much each player adds to ``value`` (n,), on average over all orders in which they may come: (n, players).

    ``value`` is given the players who are present; who is absent has the value of the reference. What is returned sums
    to ``value(all) - value(none)`` in each row. It is called 2 ** players times.
    """
    everyone = range(players)
    values = {
        present: value(present)
        for count in range(players + 1)
        for present in map(frozenset, combinations(everyone, count))
    }
    shares = np.zeros((len(values[frozenset()]), players))
    for player in everyone:
        for present, without in values.items():
            if player not in present:
                weight = factorial(len(present)) * factorial(players - len(present) - 1) / factorial(players)
                shares[:, player] += weight * (values[present | {player}] - without)
    return shares
