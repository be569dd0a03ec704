"""Exact cents and weights for contenders whose arrays know no decimals: whole numbers of the last place."""

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
_TIE = 1e-3  # doubles are off by far less; what lies nearer to a half is computed in Python's own whole numbers


def cents(quantity: Whole, price: Whole) -> Whole:
    """quantity x price in cents, half away from zero; both in millionths."""
    product = quantity / 1e6 * (price / 1e6) * 100
    rounded = _half_away(product)
    for row in np.flatnonzero(_near_a_tie(product)):
        exact = int(quantity[row]) * int(price[row])
        rounded[row] = _divided(exact, 10**10)
    return rounded


def weights(part: Whole, whole: Whole) -> Whole:
    """part / whole in units of 1e-10, half away from zero; both in cents, whole above zero."""
    quotient = part / whole * 1e10
    rounded = _half_away(quotient)
    for row in np.flatnonzero(_near_a_tie(quotient)):
        rounded[row] = _divided(int(part[row]) * 10**10, int(whole[row]))
    return rounded


def _half_away(values: npt.NDArray[np.float64]) -> Whole:
    return (np.sign(values) * np.floor(np.abs(values) + 0.5)).astype(np.int64)


def _near_a_tie(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    near: npt.NDArray[np.bool_] = np.abs(np.abs(values) % 1 - 0.5) <= _TIE
    return near


def _divided(numerator: int, denominator: int) -> int:
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size
