"""The custodian's arithmetic: exact, in whole numbers.

A quantity is whole thousandths of a unit and a close whole millionths of a dollar, so their product is whole
nanodollars.
"""

import numpy as np
import numpy.typing as npt

QUANTITY_SCALE = 1_000
NANODOLLARS_PER_CENT = 10_000_000
LARGEST_PRODUCT = 2**62  # nanodollars: 4.6 billion USD in one position


def position_cents(quantity: npt.NDArray[np.int64], close: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Market values in cents: quantity (thousandths) x close (millionths), rounded half away from zero.

    Raises OverflowError for a position too large to be multiplied exactly.
    """
    if quantity.size and float(np.abs(quantity.astype(np.float64) * close).max()) >= LARGEST_PRODUCT:
        raise OverflowError("a position is too large to be valued exactly")
    nanodollars = quantity * close
    half = NANODOLLARS_PER_CENT // 2
    cents: npt.NDArray[np.int64] = np.sign(nanodollars) * ((np.abs(nanodollars) + half) // NANODOLLARS_PER_CENT)
    return cents
