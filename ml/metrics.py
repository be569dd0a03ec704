"""How good scores were: for the statistician, and for the advisor who has time for the day's 25 highest."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CALLS_A_DAY: Final = 25  # what an advisor's desk can look into, as the issue has it
CALIBRATION_BINS: Final = 10
_LEAST_PROBABILITY: Final = 1e-6  # for the logarithm of what was held impossible


@dataclass(frozen=True)
class Outcomes:
    """Scored rows whose outcome is known, in the order of day and portfolio.

    ``day`` (n,) counts trading days in the order of time, from 0; some may have no rows; ``breaches`` (n,) is 0 or 1;
    ``days_to_breach`` (n,) trading days, not a number where there was no breach; ``climatology`` (n,) is the share of
    breaches in the part that was trained on.
    """

    day: Ints
    portfolio: Ints
    breaches: Floats
    days_to_breach: Floats
    climatology: Floats

    @property
    def day_count(self) -> int:
        """How many days there are."""
        return int(self.day.max()) + 1 if len(self.day) else 0

    def where(self, chosen: Flags) -> "Outcomes":
        """The chosen rows; days keep their numbers."""
        return Outcomes(
            self.day[chosen],
            self.portfolio[chosen],
            self.breaches[chosen],
            self.days_to_breach[chosen],
            self.climatology[chosen],
        )


@dataclass(frozen=True)
class Figures:
    """The figures of one candidate. Shares are of 1; not a number where there is nothing to tell them from."""

    brier: float
    brier_skill: float
    log_loss: float
    pr_auc: float
    roc_auc: float
    calibration_error: float
    precision_at_25: float
    warned_share: float
    median_days_of_warning: float


def squared_errors(probability: Floats, breaches: Floats) -> Floats:
    """What the Brier score is the mean of (Brier 1950)."""
    errors: Floats = (probability - breaches) ** 2
    return errors


def brier_skill(probability: Floats, outcomes: Outcomes) -> float:
    """The share of climatology's Brier score that is saved: 1 is perfect, 0 as good as the average of the past."""
    reference = squared_errors(outcomes.climatology, outcomes.breaches).sum()
    return float(1 - squared_errors(probability, outcomes.breaches).sum() / reference) if reference > 0 else np.nan


def log_loss(probability: Floats, breaches: Floats) -> float:
    """The mean negative logarithm of what was given to what came, in nats."""
    within = np.clip(probability, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return float(-np.mean(breaches * np.log(within) + (1 - breaches) * np.log1p(-within)))


def calibration_bins(
    probability: Floats, breaches: Floats, bins: int = CALIBRATION_BINS
) -> list[tuple[float, float, int]]:
    """Of ``bins`` groups of equally many rows by score: mean score, share of breaches, rows."""
    order = np.argsort(probability, kind="stable")
    return [
        (float(probability[part].mean()), float(breaches[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(probability: Floats, breaches: Floats) -> float:
    """The expected calibration error (Naeini et al. 2015) with bins of equal counts: how far, on average, score and
    share of breaches of a tenth of the rows are apart.
    """
    bins = calibration_bins(probability, breaches)
    return float(sum(abs(mean - share) * rows for mean, share, rows in bins) / len(breaches))


def day_tops(probability: Floats, outcomes: Outcomes, calls: int = CALLS_A_DAY) -> Flags:
    """Which rows (n,) are among the ``calls`` highest scores of their day. Ties: in an order that is the same in each
    run and has nothing to do with names, and another one each day.
    """
    order = np.lexsort((_shuffle(outcomes.portfolio, outcomes.day), -probability, outcomes.day))
    day = outcomes.day[order]
    first = np.searchsorted(day, day)  # where the day of each row begins
    tops = np.zeros(len(day), dtype=np.bool_)
    tops[order] = np.arange(len(day)) - first < calls
    return tops


def _shuffle(portfolio: Ints, day: Ints) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a fixed shuffle of portfolios for each day."""
    mixed = portfolio.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + day.astype(np.uint64) * np.uint64(
        0xD1B54A32D192ED03
    )
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    shuffled: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return shuffled


def days_of_warning(tops: Flags, outcomes: Outcomes) -> Floats:
    """For each breach that was to come: how many trading days before it the portfolio was first among the day's
    highest.

    A breach is a portfolio and the day on which it happened; only days within the horizon before it count. 0 where it
    was never among them.
    """
    breached = (outcomes.breaches == 1) & ~np.isnan(outcomes.days_to_breach)
    breach_day = outcomes.day[breached] + outcomes.days_to_breach[breached].astype(np.int64)
    events, event = np.unique(np.stack([outcomes.portfolio[breached], breach_day]), axis=1, return_inverse=True)
    warning = np.zeros(events.shape[1])
    np.maximum.at(warning, np.ravel(event), np.where(tops[breached], outcomes.days_to_breach[breached], 0.0))
    return warning


def figures(probability: Floats, outcomes: Outcomes) -> Figures:
    """All figures of one candidate's scores (n,)."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 (a second; scoring needs none)

    breaches = outcomes.breaches
    both = 0 < breaches.sum() < len(breaches)
    tops = day_tops(probability, outcomes)
    warning = days_of_warning(tops, outcomes)
    return Figures(
        brier=float(squared_errors(probability, breaches).mean()) if len(breaches) else np.nan,
        brier_skill=brier_skill(probability, outcomes),
        log_loss=log_loss(probability, breaches) if len(breaches) else np.nan,
        pr_auc=float(average_precision_score(breaches, probability)) if both else np.nan,
        roc_auc=float(roc_auc_score(breaches, probability)) if both else np.nan,
        calibration_error=calibration_error(probability, breaches) if len(breaches) else np.nan,
        precision_at_25=float(breaches[tops].mean()) if len(breaches) else np.nan,
        warned_share=float((warning > 0).mean()) if len(warning) else np.nan,
        median_days_of_warning=float(np.median(warning[warning > 0])) if (warning > 0).any() else np.nan,
    )
