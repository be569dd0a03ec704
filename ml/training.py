"""From books to a model: the contest on books apart, the winners fitted to all of them, and the card."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from ml.books import Book, sample_of
from ml.candidates import BASELINES, Candidate, fit_candidate
from ml.contest import Comparison, compare
from ml.evaluation import IN_USE, Advance, Evaluation, Scores, across_books, evaluate, walk_forward
from ml.inputs import MONITORED
from ml.model_file import LoadedModel, Model
from ml.reference import distribution_table

PARTS: Final = 3  # of the books: trained on two, tested on the third
INTENDED_USE: Final = (
    "Ranks portfolios that are within their band by how likely their drift score closes over it within the horizon, so"
    " that an advisor calls the likeliest first. It says nothing on portfolios in breach, and nothing on returns;"
    " no trade is to be made by it alone."
)
LIMITS: Final = (
    "Portfolios of a day share its market, so that errors come together: a day of stress is not foreseen.",
    "The probability is that of a portfolio which is left alone: a trade or a change of profile ends the watch, and"
    " rows that it cut short are in no figure.",
    "Trained on made-up books, whose markets are calmer and stressed by turns and have no trend that lasts.",
    "Portfolios with less than 60 days without a trade have a volatility from few days, and scores that are less sure.",
)


@dataclass(frozen=True)
class Trained:
    """Winners by horizon fitted to all rows, what the contest said, and each winner against the model in use."""

    model: Model
    evaluations: Mapping[int, Evaluation]
    against_champion: Mapping[int, Comparison]


def train(books: Sequence[Book], seed: int, tell: Advance, champion: LoadedModel | None = None) -> Trained:
    """The contest for each horizon, the winner fitted to all books, and held against the ``champion`` that is in use.

    With fewer books than parts, the longest of them is walked through by time instead. Of a champion that was trained
    on the same books it is an exam that it has seen: a challenger must be better all the same.
    """
    horizons = sorted(set.intersection(*(set(book.horizons) for book in books)))
    evaluations: dict[int, Evaluation] = {}
    winners: dict[int, Candidate] = {}
    baselines: dict[int, dict[str, Candidate]] = {}
    against: dict[int, Comparison] = {}
    log_odds = {}
    for horizon in horizons:
        in_use = models_in_use(champion).get(horizon)
        scores = contest_scores(books, horizon, seed, tell, in_use)
        evaluations[horizon] = evaluate(scores, seed)
        name = evaluations[horizon].decision.champion
        if in_use is not None:
            against[horizon] = compare(name, IN_USE, scores.probability, scores.outcomes, horizon, seed)
        sample = sample_of(books, horizon)
        baselines[horizon] = {baseline: fit_candidate(baseline, sample, seed) for baseline in BASELINES}
        winners[horizon] = baselines[horizon].get(name) or fit_candidate(name, sample, seed)
        log_odds[horizon] = np.concatenate([winners[horizon].log_odds(book.inputs(horizon)) for book in books])
        tell(f"{horizon} days: {name} fitted to {len(books)} books")
    features = pd.concat([book.rows[list(MONITORED)] for book in books], ignore_index=True)
    return Trained(Model(winners, baselines, distribution_table(features, log_odds)), evaluations, against)


def contest_scores(
    books: Sequence[Book], horizon: int, seed: int, tell: Advance, model_in_use: Candidate | None = None
) -> Scores:
    """Out-of-sample scores of all candidates: on books apart, or, of fewer than three books, on later days apart."""
    if len(books) >= PARTS:
        return across_books(books, horizon, PARTS, seed, tell, model_in_use)
    return walk_forward(max(books, key=lambda book: book.day_count), horizon, seed, tell, model_in_use)


def card_of(
    trained: Trained, books: Sequence[Book], source: str, seed: int, commit: str, champion: LoadedModel | None = None
) -> dict[str, Any]:
    """What a person should know of the model: figures are out of sample, intervals by block bootstrap over days."""
    import sklearn  # noqa: PLC0415
    import skops  # noqa: PLC0415

    rows = sum(len(book.rows) for book in books)
    return {
        "training_data": (
            f"{source}: {len(books)} {'book' if len(books) == 1 else 'books'}, {rows:,} portfolio-days not in breach,"
            f" {min(book.first_date for book in books)} to {max(book.last_date for book in books)}"
        ),
        "books": [
            {"name": book.name, "from": book.first_date, "to": book.last_date, "rows": len(book.rows)} for book in books
        ],
        "seed": seed,
        "commit": commit,
        "made_with": {"scikit-learn": sklearn.__version__, "skops": skops.__version__, "numpy": np.__version__},
        "intended_use": INTENDED_USE,
        "limits": list(LIMITS),
        "figures": {str(horizon): figures_of(one) for horizon, one in trained.evaluations.items()},
        "against_champion": against_champion(champion, trained.against_champion),
    }


def against_champion(champion: LoadedModel | None, comparisons: Mapping[int, Comparison]) -> dict[str, Any] | None:
    """How the candidate did against the model in use: better by the rule at some horizon, clearly worse at none."""
    if champion is None:
        return None
    return {
        "model_version": champion.version,
        "is_better": any(one.is_beyond_noise for one in comparisons.values())
        and not any(one.brier_gain.is_below_zero or one.precision_gain.is_below_zero for one in comparisons.values()),
        "gains": {str(horizon): comparison_of(one) for horizon, one in comparisons.items()},
    }


def models_in_use(champion: LoadedModel | None) -> Mapping[int, Candidate]:
    """The champion's models by horizon; none without a champion."""
    return champion.model.by_horizon if champion is not None else {}


def figures_of(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as JSON: rounded to what can be told, null where there is no figure."""
    outcomes = evaluation.scores.outcomes
    return {
        "winner": evaluation.decision.champion,
        "rows": len(outcomes.breaches),
        "rows_cut_short": evaluation.scores.cut_short,
        "days": len(np.unique(outcomes.day)),
        "breach_share": _rounded(float(outcomes.breaches.mean())) if len(outcomes.breaches) else None,
        "candidates": {name: _plain(asdict(one)) for name, one in evaluation.figures.items()},
        "by_regime": {
            regime: {
                "days": evaluation.days_by_regime[regime],
                "candidates": {name: _plain(asdict(one)) for name, one in by_name.items()},
            }
            for regime, by_name in evaluation.by_regime.items()
        },
        "steps_of_the_rule": [comparison_of(one) for one in evaluation.decision.steps],
        "gains": [comparison_of(one) for one in evaluation.gains],
    }


def comparison_of(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON: each interval as estimate, low, high."""
    return {
        "better": comparison.better,
        "than": comparison.than,
        **{
            name: [_rounded(bound) for bound in (interval.estimate, interval.low, interval.high)]
            for name, interval in (
                ("brier_gain", comparison.brier_gain),
                ("brier_skill_gain", comparison.brier_skill_gain),
                ("precision_gain", comparison.precision_gain),
            )
        },
        "is_beyond_noise": comparison.is_beyond_noise,
    }


def _plain(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in figures.items()}


def _rounded(value: float) -> float | None:
    return None if not np.isfinite(value) else round(float(value), 6)
