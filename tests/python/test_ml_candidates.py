"""The four candidates: contributions that are exact, scores that are calibrated, signs that finance dictates."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from ml_books import made_up_book
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.books import sample_of
from ml.calibration import AffineMap, fit_affine_map
from ml.candidates import BY_COMPLEXITY, Candidate, Sample, fit_candidate, of_plain
from ml.candidates.trees import Forest
from ml.first_passage import breach_probability, of_log_odds
from ml.inputs import LEARNED
from ml.shapley import exact_shapley

HORIZON = 5


@cache
def sample() -> Sample:
    return sample_of([made_up_book(1, portfolios=60, days=260)], HORIZON)


@cache
def fitted(name: str) -> Candidate:
    return fit_candidate(name, sample())


def with_holes(inputs: pd.DataFrame) -> pd.DataFrame:
    """The same with a tenth of the values missing, a volatility of 0, and a portfolio of one class."""
    rng = np.random.default_rng(3)
    holed = inputs.mask(rng.random(inputs.shape) < 0.1).reset_index(drop=True)
    holed.loc[0, ["nearest_drift_volatility_60d", "second_drift_volatility_60d"]] = 0.0
    holed.loc[1, ["second_headroom", "second_opposite_headroom", "second_drift_volatility_60d"]] = np.nan
    return holed


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_contributions_sum_to_the_log_odds(name: str) -> None:
    for inputs in (sample().inputs, with_holes(sample().inputs)):
        contributions = fitted(name).contributions(inputs)
        total = contributions.baseline + contributions.values.sum(axis=1)
        assert contributions.values.shape == (len(inputs), len(contributions.names))
        assert np.abs(total - fitted(name).log_odds(inputs)).max() < 1e-9
        assert np.isfinite(total).all()


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_a_candidate_survives_its_plain_form(name: str) -> None:
    again = of_plain(name, fitted(name).as_plain())
    assert (again.log_odds(sample().inputs) == fitted(name).log_odds(sample().inputs)).all()


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_the_same_rows_and_seed_give_the_same_model(name: str) -> None:
    again = fit_candidate(name, sample())
    assert (again.log_odds(sample().inputs) == fitted(name).log_odds(sample().inputs)).all()


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_scores_are_calibrated_on_a_book_whose_truth_is_known(name: str) -> None:
    """On a book that was not seen: the mean score is the share of breaches, and so it is in each half by score."""
    unseen = sample_of([made_up_book(2, portfolios=60, days=260)], HORIZON)
    score = of_log_odds(fitted(name).log_odds(unseen.inputs))
    assert score.mean() == pytest.approx(unseen.breaches.mean(), abs=0.02)
    high = score > np.median(score)
    assert score[high].mean() == pytest.approx(unseen.breaches[high].mean(), abs=0.03)


@pytest.mark.parametrize("name", ["first_passage", "logistic", "gradient_boosting"])
def test_scores_come_near_the_true_probabilities(name: str) -> None:
    """The truth: first passage at the portfolio's true volatility, which no candidate sees."""
    book = made_up_book(5, portfolios=60, days=260)
    rows = book.day >= 100
    true_volatility = np.random.default_rng(5).uniform(0.004, 0.012, 60)[book.portfolio]
    truth = breach_probability(
        book.rows["nearest_headroom"].to_numpy(),
        book.rows["nearest_opposite_headroom"].to_numpy(),
        true_volatility,
        HORIZON,
    )
    score = of_log_odds(fitted(name).log_odds(book.inputs(HORIZON)))
    assert np.abs(score - truth)[rows].mean() < 0.03
    assert np.corrcoef(score[rows], truth[rows])[0, 1] > 0.95


def test_the_forest_is_scikit_learns() -> None:
    inputs = with_holes(sample().inputs)[[learned.name for learned in LEARNED]].to_numpy()
    booster = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0, early_stopping=False)
    booster.fit(inputs, sample().breaches)
    forest = Forest.of_booster(booster)
    predicted = forest.baseline + forest.contributions(inputs).sum(axis=1)
    assert np.abs(predicted - booster.decision_function(inputs)).max() < 1e-9


def test_path_contributions_by_hand() -> None:
    """One split at 0: 3 rows left with leaf -1, 1 right with leaf 3: the root expects 0, each side adds its leaf."""
    forest = Forest(
        first_node=np.array([0]),
        feature=np.array([1, 0, 0]),
        threshold=np.array([0.0, 0.0, 0.0]),
        missing_left=np.array([True, False, False]),
        left=np.array([1, 0, 0]),
        right=np.array([2, 0, 0]),
        is_leaf=np.array([False, True, True]),
        expected=np.array([0.0, -1.0, 3.0]),
        intercept=0.5,
        inputs=2,
    )
    assert forest.baseline == 0.5
    given = np.array([[9.0, -1.0], [9.0, 0.0], [9.0, 0.1], [9.0, np.nan]])
    assert forest.contributions(given).tolist() == [[0, -1], [0, -1], [0, 3], [0, -1]]


@pytest.mark.parametrize("learned", [one for one in LEARNED if one.sign != 0], ids=lambda one: one.name)
def test_gradient_boosting_keeps_the_signs_of_finance(learned: "object") -> None:
    name, sign = learned.name, learned.sign  # type: ignore[attr-defined]
    inputs = sample().inputs.iloc[::20]
    before = fitted("gradient_boosting").log_odds(inputs)
    for step in (0.1, 1.0, 5.0):
        after = fitted("gradient_boosting").log_odds(inputs.assign(**{name: inputs[name] + step}))
        assert ((after - before) * sign >= -1e-9).all()


def test_shapley_values_by_hand() -> None:
    """The glove game: one left glove, two right ones, a pair is worth 1: the left one has 2/3, each right one 1/6."""

    def pairs(present: frozenset[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([1.0 if 0 in present and present & {1, 2} else 0.0])

    assert exact_shapley(pairs, 3)[0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_first_passage_explains_against_the_median_portfolio() -> None:
    """A portfolio as the reference is has no reasons; less room adds, less movement takes away."""
    inputs = sample().inputs
    columns = [
        f"{which}_{what}"
        for which in ("nearest", "second")
        for what in ("headroom", "opposite_headroom", "drift_volatility_60d")
    ]
    usual = pd.DataFrame([inputs[columns].median()] * 3).reset_index(drop=True)
    usual.loc[1, ["nearest_headroom", "nearest_opposite_headroom"]] = [0.005, 0.095]
    usual.loc[2, "nearest_drift_volatility_60d"] = 0.03
    values = fitted("first_passage").contributions(usual).values
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert values[1].argmax() == 0
    assert values[1][0] > 1
    assert values[2].argmax() == 1


def test_unknown_volatility_is_the_references_and_none_is_no_movement() -> None:
    inputs = sample().inputs.iloc[:2].copy()
    inputs[["nearest_drift_volatility_60d", "second_drift_volatility_60d"]] = [[np.nan, np.nan], [0.0, 0.0]]
    odds = fitted("first_passage").log_odds(inputs)
    assert odds[0] > odds[1]
    assert of_log_odds(odds)[1] < 0.01


def test_a_level_never_seen_has_the_average() -> None:
    inputs = sample().inputs.iloc[:1].assign(severity=9.0)
    assert of_log_odds(fitted("policy_level").log_odds(inputs))[0] == pytest.approx(sample().base_rate)


def test_the_affine_map_is_found_again() -> None:
    """Outcomes drawn from 0.5 + 1.5 x log-odds: with much evidence that is found, with none the map is the identity."""
    rng = np.random.default_rng(8)
    odds = rng.normal(-1, 1.5, 60_000)
    breaches = (rng.random(len(odds)) < of_log_odds(0.5 + 1.5 * odds)).astype(float)
    found = fit_affine_map(odds, breaches, evidence=len(odds))
    assert found.shift == pytest.approx(0.5, abs=0.05)
    assert found.slope == pytest.approx(1.5, abs=0.05)
    near_nothing = fit_affine_map(odds, breaches, evidence=1e-6)
    assert [near_nothing.shift, near_nothing.slope] == pytest.approx([0, 1], abs=1e-3)
    assert fit_affine_map(np.array([]), np.array([]), 1.0) == AffineMap()


def test_a_map_never_turns_a_ranking_round() -> None:
    odds = np.linspace(-2, 2, 400)
    assert fit_affine_map(odds, (odds < 0).astype(float), evidence=400.0).slope > 0
