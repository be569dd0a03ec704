"""Out-of-sample scores of all candidates, and what they are worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ml.books import Book, outcomes_of, sample_of
from ml.candidates import BY_COMPLEXITY, Candidate, fit_candidate
from ml.contest import Comparison, Decision, choose, compare
from ml.first_passage import of_log_odds
from ml.metrics import Figures, Outcomes, figures
from ml.walk_forward import folds

Floats = npt.NDArray[np.float64]

IN_USE: Final = "in_use"
REGIMES: Final = ("calm", "usual", "stressed")
Advance = Callable[[str], None]


@dataclass(frozen=True)
class Scores:
    """Scores (n,) of each candidate on rows that it was not trained on, and what became of these.

    ``cut_short`` is how many further rows of the same days have no known outcome: a trade, a change of profile or a day
    without a value came first.
    """

    horizon_days: int
    outcomes: Outcomes
    probability: Mapping[str, Floats]
    regime_volatility: Floats
    cut_short: int


@dataclass(frozen=True)
class Evaluation:
    """What the scores of one horizon are worth.

    ``by_regime`` has the figures by third of the days, by the book's median portfolio volatility; ``gains`` compares
    the most complex candidate with each simpler one, and the model in use with the winner.
    """

    scores: Scores
    figures: Mapping[str, Figures]
    by_regime: Mapping[str, Mapping[str, Figures]]
    days_by_regime: Mapping[str, int]
    gains: Sequence[Comparison]
    decision: Decision


def walk_forward(
    book: Book, horizon_days: int, seed: int, tell: Advance, model_in_use: Candidate | None = None
) -> Scores:
    """Each candidate fitted to the book's past, tested on what came after, fold by fold; the model in use as it is."""
    parts = []
    known, inputs = book.known(horizon_days), book.inputs(horizon_days)
    for number, fold in enumerate(folds(book.day_count, horizon_days), start=1):
        sample = sample_of([book], horizon_days, fold.last_training_day)
        on_test_days = (book.day >= fold.first_test_day) & (book.day <= fold.last_test_day)
        tested = known & on_test_days
        fitted: dict[str, Candidate] = {name: fit_candidate(name, sample, seed) for name in BY_COMPLEXITY}
        if model_in_use is not None:
            fitted[IN_USE] = model_in_use
        parts.append(
            Scores(
                horizon_days,
                outcomes_of(book, horizon_days, tested, sample.base_rate),
                {name: of_log_odds(model.log_odds(inputs.loc[tested])) for name, model in fitted.items()},
                book.regime_volatility[tested],
                int((on_test_days & ~known).sum()),
            )
        )
        tell(f"{book.name}, {horizon_days} days: fold {number}")
    return _joined(parts, [0] * len(parts))


def across_books(
    books: Sequence[Book],
    horizon_days: int,
    parts: int,
    seed: int,
    tell: Advance,
    model_in_use: Candidate | None = None,
) -> Scores:
    """Each candidate fitted to some books and tested on the others, ``parts`` times, until all books were tested once.

    Books of a simulator have markets that know nothing of each other: a whole book apart is farther than any embargo.
    """
    tested: list[Scores] = []
    for part in range(parts):
        sample = sample_of([book for number, book in enumerate(books) if number % parts != part], horizon_days)
        fitted: dict[str, Candidate] = {name: fit_candidate(name, sample, seed) for name in BY_COMPLEXITY}
        if model_in_use is not None:
            fitted[IN_USE] = model_in_use
        for book in books[part::parts]:
            known = book.known(horizon_days)
            inputs = book.inputs(horizon_days).loc[known]
            tested.append(
                Scores(
                    horizon_days,
                    outcomes_of(book, horizon_days, known, sample.base_rate),
                    {name: of_log_odds(model.log_odds(inputs)) for name, model in fitted.items()},
                    book.regime_volatility[known],
                    int(((book.day <= book.day_count - 1 - horizon_days) & ~known).sum()),
                )
            )
        tell(f"{horizon_days} days: books, part {part + 1} of {parts}")
    return _joined(tested, [scores.outcomes.day_count for scores in tested])


def _joined(parts: Sequence[Scores], days: Sequence[int]) -> Scores:
    """Parts one after another; the days of each begin where those of the parts before it, ``days`` long, end."""
    offsets = np.cumsum([0, *days])[:-1]
    portfolios = np.cumsum([0, *(int(part.outcomes.portfolio.max(initial=-1)) + 1 for part in parts)])[:-1]
    # of one book, cut by time, a portfolio is the same in all parts
    portfolios = portfolios if any(days) else np.zeros(len(parts), dtype=np.int64)
    outcomes = [
        replace(part.outcomes, day=part.outcomes.day + offset, portfolio=part.outcomes.portfolio + portfolio)
        for part, offset, portfolio in zip(parts, offsets, portfolios, strict=True)
    ]
    day = np.concatenate([one.day for one in outcomes])
    return Scores(
        parts[0].horizon_days,
        Outcomes(
            day=day - day.min(initial=day[0] if len(day) else 0),
            portfolio=np.concatenate([one.portfolio for one in outcomes]),
            breaches=np.concatenate([one.breaches for one in outcomes]),
            days_to_breach=np.concatenate([one.days_to_breach for one in outcomes]),
            climatology=np.concatenate([one.climatology for one in outcomes]),
        ),
        {name: np.concatenate([part.probability[name] for part in parts]) for name in parts[0].probability},
        np.concatenate([part.regime_volatility for part in parts]),
        sum(part.cut_short for part in parts),
    )


def evaluate(scores: Scores, seed: int) -> Evaluation:
    """The figures of all candidates, in all and by regime, the gains with their intervals, and who wins."""
    outcomes, horizon = scores.outcomes, scores.horizon_days
    decision = choose(BY_COMPLEXITY, scores.probability, outcomes, horizon, seed)
    challenger = BY_COMPLEXITY[-1]
    gains = [
        compare(challenger, baseline, scores.probability, outcomes, horizon, seed) for baseline in BY_COMPLEXITY[:-1]
    ]
    if IN_USE in scores.probability:
        gains += [compare(IN_USE, baseline, scores.probability, outcomes, horizon, seed) for baseline in BY_COMPLEXITY]
    regime = _regimes(scores)
    return Evaluation(
        scores=scores,
        figures={name: figures(probability, outcomes) for name, probability in scores.probability.items()},
        by_regime={
            word: {
                name: figures(probability[regime == number], outcomes.where(regime == number))
                for name, probability in scores.probability.items()
            }
            for number, word in enumerate(REGIMES)
        },
        days_by_regime={word: len(np.unique(outcomes.day[regime == number])) for number, word in enumerate(REGIMES)},
        gains=gains,
        decision=decision,
    )


def _regimes(scores: Scores) -> npt.NDArray[np.int64]:
    """The third (n,) of the days that a row's day belongs to: 0 the calmest."""
    days, first = np.unique(scores.outcomes.day, return_index=True)
    volatility = scores.regime_volatility[first]
    bounds = np.nanquantile(volatility, [1 / 3, 2 / 3]) if len(days) else [0.0, 0.0]
    third: npt.NDArray[np.int64] = np.searchsorted(bounds, scores.regime_volatility, side="left").astype(np.int64)
    return third
