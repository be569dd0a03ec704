"""Penalised maximum likelihood of a logistic model, by Newton's method with halved steps."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 100
_HALVINGS = 30
_ENOUGH = 1e-9
_DECIMALS = 8  # what is behind them depends on how many threads added up
_RIDGE = 1e-9  # where the data don't tell, a weight stays where it is


def most_likely(
    design: Floats, outcomes: Floats, start: Floats, share: float, centre: Floats, precision: Floats
) -> Floats:
    """The weights (k,) of the highest ``share`` x log-likelihood less half of away' ``precision`` away.

    ``design`` (n, k), ``outcomes`` (n,) of 0 and 1; away is how far the weights are from ``centre``. The function is
    concave: whole Newton steps near the top, halved ones where a whole one would lead down.
    """
    weights, precision = start.copy(), precision + _RIDGE * np.eye(len(start))

    def height(at: Floats) -> float:
        odds = design @ at
        away = at - centre
        return float(share * (outcomes @ odds - np.logaddexp(0.0, odds).sum()) - away @ precision @ away / 2)

    now = height(weights)
    for _ in range(_STEPS):
        fitted = 1 / (1 + np.exp(-(design @ weights)))
        gradient = share * design.T @ (outcomes - fitted) - precision @ (weights - centre)
        curvature = share * (design * (fitted * (1 - fitted))[:, None]).T @ design + precision
        step = np.linalg.solve(curvature, gradient)
        for _ in range(_HALVINGS):
            after = height(weights + step)
            if after >= now:
                break
            step = step / 2
        else:
            break
        weights, now = weights + step, after
        if np.abs(step).max() < _ENOUGH:
            break
    rounded: Floats = np.round(weights, _DECIMALS)
    return rounded
