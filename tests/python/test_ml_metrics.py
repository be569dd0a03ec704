"""Metrics by numbers worked out by hand, and intervals that hold what they promise."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from ml import metrics
from ml.bootstrap import Interval, mean_interval
from ml.contest import choose, compare
from ml.metrics import Outcomes, brier_skill, calibration_error, day_tops, days_of_warning, figures, log_loss

Floats = npt.NDArray[np.float64]


def outcomes(
    day: list[int], portfolio: list[int], breaches: list[int], days: list[float] | None = None, climatology: float = 0.5
) -> Outcomes:
    count = len(day)
    return Outcomes(
        np.array(day),
        np.array(portfolio),
        np.array(breaches, dtype=float),
        np.array(days if days is not None else [1.0 if one else np.nan for one in breaches]),
        np.full(count, climatology),
    )


def test_brier_and_its_skill() -> None:
    """Errors 0.2, 0.4, 0.1, 0.3: squares sum to 0.30; climatology of 0.5 has 4 x 0.25 = 1."""
    scores = np.array([0.8, 0.4, 0.1, 0.7])
    rows = outcomes([0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 0, 1])
    assert figures(scores, rows).brier == pytest.approx(0.075)
    assert brier_skill(scores, rows) == pytest.approx(0.7)


def test_brier_and_log_loss_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    scores, breaches = rng.uniform(0.01, 0.99, 500), (rng.random(500) < 0.3).astype(float)
    assert ((scores - breaches) ** 2).mean() == pytest.approx(brier_score_loss(breaches, scores))
    assert log_loss(scores, breaches) == pytest.approx(sklearn_log_loss(breaches, scores))


def test_calibration_error() -> None:
    """Ten bins of one row each: |0.1 - 0| nine times and |0.9 - 1| once, so 0.1 on average."""
    scores = np.array([0.1] * 9 + [0.9])
    assert calibration_error(scores, np.array([0.0] * 9 + [1.0])) == pytest.approx(0.1)


def test_areas_by_hand() -> None:
    """Ranked 1, 0, 1, 0: three of four pairs are right; precision 1 at recall 1/2 and 2/3 at 1: 5/6."""
    found = figures(np.array([0.9, 0.8, 0.7, 0.1]), outcomes([0] * 4, [0, 1, 2, 3], [1, 0, 1, 0]))
    assert found.roc_auc == pytest.approx(0.75)
    assert found.pr_auc == pytest.approx(5 / 6)


def test_the_highest_of_each_day() -> None:
    rows = outcomes([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 0, 1, 0, 0])
    assert day_tops(np.array([0.1, 0.9, 0.5, 0.2, 0.3]), rows, calls=2).tolist() == [False, True, True, True, True]
    assert day_tops(np.array([0.1, 0.9, 0.5, 0.2, 0.3]), rows, calls=1).tolist() == [False, True, False, False, True]


def test_ties_are_drawn_alike_in_each_run_and_not_by_name() -> None:
    """100 portfolios with one score on 200 days: the same rows each time, each portfolio about as often as another."""
    day, portfolio = (part.tolist() for part in np.divmod(np.arange(20_000), 100))
    rows = outcomes(day, portfolio, [0] * 20_000)
    tops = day_tops(np.full(20_000, 0.5), rows)
    assert (tops == day_tops(np.full(20_000, 0.5), rows)).all()
    assert tops.sum() == 200 * 25
    chosen = np.bincount(rows.portfolio[tops], minlength=100)
    assert chosen.min() > 20
    assert chosen.max() < 85


def test_days_of_warning() -> None:
    """Portfolio 0 breaches on day 5 and was first called 4 days before; portfolio 1 breaches on day 4, never called."""
    rows = outcomes([0, 1, 2, 3], [0, 0, 0, 1], [1, 1, 1, 1], [5, 4, 3, 1])
    assert sorted(days_of_warning(np.array([False, True, True, False]), rows)) == [0, 4]


def test_figures_of_nothing_are_unknown() -> None:
    nothing = figures(np.array([]), outcomes([], [], []))
    assert np.isnan(list(vars(nothing).values())).all()


def test_precision_at_25_counts_the_days_calls() -> None:
    """26 portfolios, the lowest score one of two that breach: 1 of 25."""
    scores = np.linspace(0.9, 0.1, 26)
    breaches = [1] + [0] * 24 + [1]
    assert figures(scores, outcomes([0] * 26, list(range(26)), breaches)).precision_at_25 == pytest.approx(1 / 25)
    assert metrics.CALLS_A_DAY == 25


def blockwise_means(sums: Floats, counts: Floats, block: int, seed: int, repeats: int) -> Floats:
    """The circular block bootstrap as its paper tells it, day by day."""
    days = len(sums)
    blocks = -(-days // block)
    starts = np.random.default_rng(seed).integers(0, days, (repeats, blocks))
    drawn = [[(start + step) % days for start in row for step in range(block)][:days] for row in starts.tolist()]
    return np.array([sums[rows].sum() / counts[rows].sum() for rows in drawn])


@given(days=st.integers(1, 40), block=st.integers(1, 50), seed=st.integers(0, 5))
def test_the_bootstrap_is_the_circular_one(days: int, block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums, counts = rng.normal(size=days), rng.integers(1, 9, days).astype(float)
    means = blockwise_means(sums, counts, min(block, days), seed, 60)
    found = mean_interval(sums, counts, block, seed, repeats=60)
    assert [found.low, found.high] == pytest.approx(np.quantile(means, [0.025, 0.975]).tolist())
    assert found.estimate == pytest.approx(sums.sum() / counts.sum())


def test_intervals_cover_the_truth_where_days_hang_together() -> None:
    """Of 200 autoregressive histories (0.8, 400 days) 95 % or so of intervals hold the mean; of single days few."""
    rng = np.random.default_rng(11)
    covered = {1: 0, 40: 0}
    for _ in range(200):
        shocks = rng.normal(size=500)
        values = np.zeros(500)
        for day in range(1, 500):
            values[day] = 0.8 * values[day - 1] + shocks[day]
        for block in covered:
            interval = mean_interval(values[100:], np.ones(400), block, 1, repeats=300)
            covered[block] += interval.low <= 0 <= interval.high
    assert 0.86 <= covered[40] / 200 <= 0.99
    assert covered[1] / 200 < 0.7


def test_an_interval_of_nothing_is_unknown() -> None:
    assert np.isnan(mean_interval(np.array([]), np.array([]), 5, 1).low)
    assert Interval(1, 0.5, 2).is_above_zero
    assert Interval(-1, -2, -0.5).is_below_zero
    assert not Interval(1, -0.5, 2).is_above_zero


def contest(extra: float) -> tuple[dict[str, Floats], Outcomes]:
    """300 days of 40 portfolios; the second sees the truth, the third adds ``extra`` noise to it."""
    rng = np.random.default_rng(2)
    day, portfolio = np.divmod(np.arange(12_000), 40)
    truth = rng.beta(0.5, 3, 12_000)
    breaches = (rng.random(12_000) < truth).astype(int)
    rows = outcomes(day.tolist(), portfolio.tolist(), breaches.tolist(), climatology=1 / 7)
    noisy = np.clip(truth + extra * rng.normal(size=12_000), 0.001, 0.999)
    return {"simple": np.full(12_000, 1 / 7), "true": truth, "noisy": noisy}, rows


def test_the_rule_takes_what_is_clearly_better_and_leaves_what_is_not() -> None:
    scores, rows = contest(extra=0.02)
    decision = choose(["simple", "true", "noisy"], scores, rows, 5, seed=1)
    assert decision.champion == "true"
    assert [step.than for step in decision.steps] == ["simple", "true"]
    assert decision.steps[0].is_beyond_noise
    assert not decision.steps[1].is_beyond_noise


def test_a_gain_in_brier_is_not_enough_where_precision_is_clearly_lost() -> None:
    scores, rows = contest(extra=0.0)
    backwards = {"simple": scores["simple"], "calm": np.clip(0.143 - 0.001 * scores["true"], 0, 1)}
    found = compare("calm", "simple", backwards, rows, 5, seed=1)
    assert found.precision_gain.is_below_zero
    assert not found.is_beyond_noise


def test_the_same_seed_gives_the_same_intervals() -> None:
    scores, rows = contest(extra=0.1)
    assert compare("true", "noisy", scores, rows, 5, 3) == compare("true", "noisy", scores, rows, 5, 3)
