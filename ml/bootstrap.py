"""Confidence intervals that respect that days hang together: the circular block bootstrap (Politis and Romano 1992)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
REPEATS: Final = 2000
BLOCK_HORIZONS: Final = 2  # a block is so many horizons long: outcomes overlap for one, regimes last longer


@dataclass(frozen=True)
class Interval:
    """A figure and the bounds of its confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        """Whether all of it is above zero."""
        return self.low > 0

    @property
    def is_below_zero(self) -> bool:
        """Whether all of it is below zero."""
        return self.high < 0


def mean_interval(
    sums: Floats, counts: Floats, block: int, seed: int, repeats: int = REPEATS, confidence: float = CONFIDENCE
) -> Interval:
    """The mean ``sums.sum() / counts.sum()`` of figures that were added up by day, and its interval.

    ``sums`` and ``counts`` (days,) are in the order of time. Days are drawn in blocks of ``block`` consecutive ones,
    the first day following the last, until there are as many as there were. Percentile interval. Not a number where
    there is no day or no count.
    """
    days = len(sums)
    if days == 0 or counts.sum() == 0:
        return Interval(np.nan, np.nan, np.nan)
    block = max(1, min(block, days))
    blocks = -(-days // block)
    starts = np.random.default_rng(seed).integers(0, days, (repeats, blocks))
    # what lies in a block that starts on each day: differences of running sums round the circle
    last = days - (blocks - 1) * block  # the last block is cut, so that there are as many days as there were
    whole, cut = (_in_blocks(np.stack([sums, counts]), length) for length in (block, last))
    drawn = whole[:, starts[:, :-1]].sum(axis=2) + cut[:, starts[:, -1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = drawn[0] / drawn[1]
    low, high = np.nanquantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high))


def _in_blocks(rows: Floats, length: int) -> Floats:
    """The sum (rows, days) of ``length`` days from each day on, round the circle."""
    days = rows.shape[1]
    running = np.concatenate(
        [np.zeros((len(rows), 1)), np.cumsum(np.concatenate([rows, rows], axis=1), axis=1)], axis=1
    )
    in_blocks: Floats = running[:, length : length + days] - running[:, :days]
    return in_blocks
