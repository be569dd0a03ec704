"""The probability that a drift touches its band within a horizon, if it moves as a Brownian motion without direction.

A class's signed drift starts ``headroom`` below one end of its band and ``opposite_headroom`` above the other one, and
moves by ``volatility`` a day. The probability that it leaves the band within the horizon is the two-sided first passage
of a driftless Brownian motion: Darling and Siegert (1953), "The first passage problem for a continuous Markov process";
both series are 3.0.2 and 1.15.8 of Borodin and Salminen (2002), "Handbook of Brownian Motion", or chapter 2.8 of
Karatzas and Shreve (1991), "Brownian Motion and Stochastic Calculus".

Days are discrete: a book is looked at when the market closes, and a band that was touched between two closes is no
breach. Broadie, Glasserman and Kou (1997), "A continuity correction for discrete barrier options", move each end of the
band outwards by 0.5826 standard deviations of one day.

A portfolio is out of bounds when any class is. Drifts of classes sum to zero, so they are far from independent;
whatever the dependence, the probability of the union lies between the largest of theirs (Frechet) and their sum
(Boole). The largest is taken: with two classes that mirror each other it is exact, and it is never more than what is
true.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

Floats = npt.NDArray[np.float64]

# minus zeta(1/2) / sqrt(2 pi)
DISCRETE_MONITORING_SHIFT: Final = 0.5825971579390106
# the chance that something happens of which the normal law knows nothing: markets have fat tails. It is mixed in, so
# that a score is never 0 or 1, and of two far portfolios the nearer one is still ahead
UNFORESEEN: Final = 5e-4

_IMAGES = 6  # terms of the series for short times, enough to 1e-15 up to _SHORT
_EIGENVALUES = (1, 3, 5)  # of the series for long times, enough to 1e-15 from _SHORT on
_SHORT = 0.6  # standard deviations of the whole horizon per width of the band


def two_sided_first_passage(headroom: Floats, opposite_headroom: Floats, deviation: Floats) -> Floats:
    """The probability (n,) that a continuous, driftless motion leaves a band.

    ``headroom`` and ``opposite_headroom`` (n,) are the distances to the two ends, ``deviation`` (n,) is the standard
    deviation over the whole horizon, all in one unit. An end that is reached already is a probability of 1; a motion
    that stands still never arrives, and is a probability of 0. Not a number in, not a number out.
    """
    headroom, opposite_headroom, deviation = np.broadcast_arrays(headroom, opposite_headroom, deviation)
    width = headroom + opposite_headroom
    probability = np.full(headroom.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = deviation / width
        short, long = spread <= _SHORT, spread > _SHORT
    probability[short] = _by_images(headroom[short], opposite_headroom[short], deviation[short])
    probability[long] = 1 - _survival_by_eigenfunctions(headroom[long] / width[long], spread[long])
    known = ~(np.isnan(headroom) | np.isnan(opposite_headroom) | np.isnan(deviation))
    probability[known & (deviation <= 0)] = 0.0
    probability[known & ((headroom <= 0) | (opposite_headroom <= 0))] = 1.0
    clipped: Floats = np.clip(probability, 0.0, 1.0)
    return clipped


def _by_images(headroom: Floats, opposite_headroom: Floats, deviation: Floats) -> Floats:
    width, scale = headroom + opposite_headroom, deviation * np.sqrt(2.0)
    total = np.zeros(headroom.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        for image in range(_IMAGES):
            term = erfc((image * width + headroom) / scale) + erfc((image * width + opposite_headroom) / scale)
            total += (-1) ** image * term
    return total


def _survival_by_eigenfunctions(place: Floats, spread: Floats) -> Floats:
    total = np.zeros(place.shape)
    for number in _EIGENVALUES:
        wave = 4 / (number * np.pi) * np.sin(number * np.pi * place)
        total += wave * np.exp(-0.5 * (number * np.pi * spread) ** 2)
    return total


def breach_probability(
    headroom: Floats, opposite_headroom: Floats, daily_volatility: Floats, horizon_days: int
) -> Floats:
    """The probability (n,) that a class closes outside its band on one of the next ``horizon_days`` trading days.

    Distances and ``daily_volatility`` are shares of 1. A class that does not move stays where it is: 0.
    """
    shift = DISCRETE_MONITORING_SHIFT * daily_volatility
    deviation = daily_volatility * np.sqrt(float(horizon_days))
    probability = two_sided_first_passage(headroom + shift, opposite_headroom + shift, deviation)
    probability[(daily_volatility == 0) & (headroom >= 0)] = 0.0
    return probability


def log_odds(probability: Floats) -> Floats:
    """Log-odds (n,) of a probability of the normal law, with the unforeseen mixed in on either side."""
    mixed = UNFORESEEN + (1 - 2 * UNFORESEEN) * probability
    odds: Floats = np.log(mixed) - np.log1p(-mixed)
    return odds


def of_log_odds(odds: Floats) -> Floats:
    """The probability (n,) of log-odds."""
    probability: Floats = 1 / (1 + np.exp(-odds))
    return probability
