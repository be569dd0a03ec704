"""Nothing of a test day is known in its training, and books apart are apart."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_books import made_up, made_up_book, write_database

from ml.books import Book, Labels, read_book, sample_of
from ml.candidates import BY_COMPLEXITY
from ml.evaluation import IN_USE, across_books, evaluate, walk_forward
from ml.walk_forward import HistoryTooShortError, folds

HORIZON = 5


def silent(_step: str) -> None:
    """Nobody watches."""


@given(days=st.integers(1, 2000), horizon=st.integers(1, 60), origins=st.integers(1, 8))
def test_no_outcome_of_the_training_reaches_a_test_day(days: int, horizon: int, origins: int) -> None:
    try:
        found = folds(days, horizon, origins)
    except HistoryTooShortError:
        assert days < (origins + 4) * horizon / 0.6 + 20
        return
    assert len(found) == origins
    for fold in found:
        assert fold.last_training_day + horizon < fold.first_test_day <= fold.last_test_day
        assert fold.last_training_day >= 0
    for before, after in pairwise(found):
        assert before.last_test_day + 1 == after.first_test_day
        assert before.last_training_day < after.last_training_day
    assert found[-1].last_test_day + horizon == days - 1


def test_what_is_sampled_up_to_a_day_is_known_by_the_eve_of_the_test() -> None:
    book = made_up_book(1)
    for fold in folds(book.day_count, HORIZON):
        assert sample_of([book], HORIZON, fold.last_training_day).day.max() + HORIZON < fold.first_test_day


def changed_from(book: Book, day: int) -> Book:
    """The same book with other features and the opposite outcomes from a day on."""
    later = book.day >= day
    rows = book.rows.copy()
    for column in ("nearest_headroom", "nearest_drift_volatility_60d", "drift_score"):
        rows.loc[later, column] *= 3
    labels = {
        horizon: Labels(np.where(later, 1 - one.breaches, one.breaches), one.days_to_breach)
        for horizon, one in book.labels.items()
    }
    return replace(book, rows=rows, labels=labels)


def test_what_comes_after_a_day_does_not_change_the_scores_before_it() -> None:
    """The cut test: with another future from the last fold on, all earlier folds have the same scores."""
    book = made_up_book(3, portfolios=20, days=100)
    last = folds(book.day_count, HORIZON)[-1]
    scores = walk_forward(book, HORIZON, 1, silent)
    others = walk_forward(changed_from(book, last.first_test_day), HORIZON, 1, silent)
    first_test = folds(book.day_count, HORIZON)[0].first_test_day
    before = scores.outcomes.day + first_test < last.first_test_day
    assert scores.outcomes.day.min() == 0
    assert before.any()
    for name in BY_COMPLEXITY:
        assert (scores.probability[name][before] == others.probability[name][before]).all()
        assert (scores.probability[name][~before] != others.probability[name][~before]).any() or name == "policy_level"


def test_rows_whose_horizon_is_not_over_are_left_out_even_if_they_breached() -> None:
    """Of the last days only breaches are known: a sample of them would be all breaches."""
    book = made_up_book(1)
    assert sample_of([book], HORIZON).day.max() == book.day_count - 1 - HORIZON


def test_books_apart_are_each_tested_once_and_do_not_mix() -> None:
    books = [made_up_book(seed, portfolios=10, days=60) for seed in (1, 2, 3, 4)]
    scores = across_books(books, HORIZON, 2, 1, silent)
    assert len(scores.outcomes.breaches) == sum(int(book.known(HORIZON).sum()) for book in books)
    assert scores.outcomes.portfolio.max() == 39
    known = np.concatenate([books[number].labels[HORIZON].breaches for number in (0, 2, 1, 3)])
    at = np.concatenate([books[number].known(HORIZON) for number in (0, 2, 1, 3)])
    assert (scores.outcomes.breaches == known[at]).all()
    assert len(np.unique(scores.outcomes.day)) == 4 * (60 - HORIZON)
    assert scores.cut_short + len(scores.outcomes.day) == sum(int((book.day < 60 - HORIZON).sum()) for book in books)


def test_an_evaluation_has_all_figures_by_regime_and_in_all() -> None:
    book = made_up_book(4, portfolios=30, days=150)
    scores = walk_forward(book, HORIZON, 1, silent)
    found = evaluate(scores, 1)
    assert set(found.figures) == set(BY_COMPLEXITY)
    assert set(found.by_regime) == {"calm", "usual", "stressed"}
    assert found.decision.champion in BY_COMPLEXITY
    assert found.figures["first_passage"].brier < found.figures["policy_level"].brier
    assert sum(found.days_by_regime.values()) == len(np.unique(scores.outcomes.day))


def test_the_model_in_use_competes_as_it_is() -> None:
    from ml.candidates import fit_candidate  # noqa: PLC0415

    book = made_up_book(4, portfolios=20, days=100)
    model = fit_candidate("first_passage", sample_of([made_up_book(9)], HORIZON))
    scores = walk_forward(book, HORIZON, 1, silent, model)
    assert IN_USE in scores.probability
    assert {one.better for one in evaluate(scores, 1).gains} == {"gradient_boosting", IN_USE}


def test_trading_days_are_counted_although_only_some_were_scored(tmp_path: Path) -> None:
    """Every tenth day of a database: ten trading days lie between them, outcomes are those of a book of all days."""
    read = made_up(1)
    path = write_database(read, tmp_path / "book.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "delete from ml.portfolio_features where as_of_date not in"
            " (select as_of_date from intermediate.int_trading_days where trading_day_number % 10 = 3)"
        )
    sparse, whole = read_book(path), made_up_book(1)
    assert np.unique(sparse.day).tolist() == list(range(0, 111, 10))
    assert sparse.day_count == 111
    tenth = np.isin(whole.day, np.unique(sparse.day) + 3)
    for horizon in sparse.horizons:
        assert np.array_equal(sparse.labels[horizon].breaches, whole.labels[horizon].breaches[tenth], equal_nan=True)


def test_a_database_is_read_as_it_is(tmp_path: Path) -> None:
    path = write_database(made_up(2), tmp_path / "book.duckdb")
    book, same = read_book(path), made_up_book(2)
    assert book.horizons == same.horizons
    assert (book.day == same.day).all()
    assert (book.portfolio == same.portfolio).all()
    for horizon in book.horizons:
        assert (book.inputs(horizon).fillna(9) == same.inputs(horizon).fillna(9)).all(axis=None)
        assert np.array_equal(book.known(horizon), same.known(horizon))
    assert len(np.unique(read_book(path, every_days=5).day)) == 24


def test_a_history_too_short_says_what_it_needs() -> None:
    with pytest.raises(HistoryTooShortError, match=r"100 days of history; a walk forward over 20 needs 20\d"):
        folds(100, 20)
