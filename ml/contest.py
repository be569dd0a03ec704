"""Who is better, beyond noise, and who is therefore used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.bootstrap import BLOCK_HORIZONS, Interval, mean_interval
from ml.metrics import Outcomes, day_tops, squared_errors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """How much better one candidate was than another: each interval is of the gain, above zero where it is better.

    ``brier_skill_gain`` is in shares of climatology's Brier score, ``precision_gain`` in shares of the day's calls.
    """

    better: str
    than: str
    brier_gain: Interval
    brier_skill_gain: Interval
    precision_gain: Interval

    @property
    def is_beyond_noise(self) -> bool:
        """The rule: its Brier score is clearly better, and its precision is not clearly worse."""
        return self.brier_gain.is_above_zero and not self.precision_gain.is_below_zero


@dataclass(frozen=True)
class Decision:
    """Who is used, and the comparisons that it came from, in the order in which they were made."""

    champion: str
    steps: Sequence[Comparison]


def compare(
    one: str, other: str, scores: Mapping[str, Floats], outcomes: Outcomes, horizon_days: int, seed: int
) -> Comparison:
    """``one`` against ``other`` on the same rows; trading days are drawn in blocks, those without rows among them."""
    days = outcomes.day_count

    def by_day(values: Floats) -> Floats:
        return np.bincount(outcomes.day, weights=values, minlength=days).astype("float64")

    block = BLOCK_HORIZONS * horizon_days
    saved = squared_errors(scores[other], outcomes.breaches) - squared_errors(scores[one], outcomes.breaches)
    count = by_day(np.ones(len(saved)))
    reference = by_day(squared_errors(outcomes.climatology, outcomes.breaches))
    tops = {name: day_tops(scores[name], outcomes) for name in (one, other)}
    hits = {name: by_day(tops[name] * outcomes.breaches) for name in (one, other)}
    return Comparison(
        better=one,
        than=other,
        brier_gain=mean_interval(by_day(saved), count, block, seed),
        brier_skill_gain=mean_interval(by_day(saved), reference, block, seed),
        precision_gain=mean_interval(hits[one] - hits[other], by_day(tops[one].astype("float64")), block, seed),
    )


def choose(
    by_complexity: Sequence[str],
    scores: Mapping[str, Floats],
    outcomes: Outcomes,
    horizon_days: int,
    seed: int,
) -> Decision:
    """From the simplest to the most complex: a later one replaces the present choice only where it is beyond noise."""
    champion, steps = by_complexity[0], []
    for challenger in by_complexity[1:]:
        step = compare(challenger, champion, scores, outcomes, horizon_days, seed)
        steps.append(step)
        if step.is_beyond_noise:
            champion = challenger
    return Decision(champion, steps)
