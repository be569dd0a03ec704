"""A model in use for tests that need scores: small, made in a second, and the same every time."""

from pathlib import Path

import numpy as np
from ml_books import made_up_book

from ml.books import sample_of
from ml.candidates import BASELINES, fit_candidate
from ml.inputs import MONITORED
from ml.model_file import Model, write_model
from ml.reference import distribution_table

HORIZONS = (5, 20)  # those of seeds/policy/risk_score_policy.csv


def small_champion(folder: Path, name: str = "logistic") -> Path:
    """Train the candidate ``name`` and the baselines on a book that is made up, and write them as the model in use."""
    book = made_up_book(1, portfolios=20, days=120, horizons=HORIZONS)
    samples = {horizon: sample_of([book], horizon) for horizon in HORIZONS}
    fitted = {horizon: fit_candidate(name, sample) for horizon, sample in samples.items()}
    baselines = {
        horizon: {baseline: fit_candidate(baseline, sample) for baseline in BASELINES}
        for horizon, sample in samples.items()
    }
    odds = {horizon: np.asarray(model.log_odds(book.inputs(horizon))) for horizon, model in fitted.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_model(
        Model(fitted, baselines, distribution_table(book.rows[list(MONITORED)], odds)),
        folder,
        {"training_data": "made up"},
        "2026-11-29",
    )
    return folder
