"""The door for dbt: scores of a table of features, which model gave them, and what that model was trained on.

Without a model, or with one that must not be used, there are no scores, and ``model_in_use`` says why.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.candidates import BASELINES
from ml.first_passage import of_log_odds
from ml.inputs import model_inputs, read_features
from ml.model_file import LoadedModel, RefusedModelError, champion_folder, load_model, usable_model
from ml.reasons import REASONS, reasons_of

_ROWS_AT_ONCE: Final = 100_000

_TEXT, _DATE, _WHOLE, _NUMBER = pd.StringDtype(), pd.ArrowDtype(pa.date32()), "Int32", "float64"
SCORE_COLUMNS: Final[Mapping[str, Any]] = {
    "portfolio_id": _TEXT,
    "as_of_date": _DATE,
    "horizon_days": _WHOLE,
    "breach_probability": _NUMBER,
    "log_odds": _NUMBER,
    "baseline_log_odds": _NUMBER,
    **{f"reason_{number + 1}": _TEXT for number in range(REASONS)},
    **{f"contribution_{number + 1}": _NUMBER for number in range(REASONS)},
    "contribution_of_the_rest": _NUMBER,
    **{f"{name}_probability": _NUMBER for name in BASELINES},
    "model_version": _TEXT,
}
MODEL_COLUMNS: Final = ("model_version", "method", "trained_at", "training_data", "sha256", "refusal")
REFERENCE_COLUMNS: Final[Mapping[str, Any]] = {
    "horizon_days": _WHOLE,
    "feature": _TEXT,
    "bin_number": _WHOLE,
    "above": _NUMBER,
    "up_to": _NUMBER,
    "reference_share": _NUMBER,
}


def score(features: "pd.DataFrame | pa.Table", horizons: Sequence[int], folder: Path | None = None) -> pd.DataFrame:
    """Scores of the rows of ``ml.portfolio_features`` that are not in breach, by horizon (trading days).

    ``baseline_log_odds`` + the three contributions + ``contribution_of_the_rest`` = ``log_odds``, to rounding. Where
    the model has fewer than three reasons, the text is null and its contribution 0. Beside it stands, for monitoring,
    what the baselines say that were trained with the model. Rows are in the order of horizon and of the features. A
    horizon that the model does not know has no rows. Raises FeaturesError for features of another form.
    """
    loaded = usable_model(folder or champion_folder())
    frame = features.to_pandas() if isinstance(features, pa.Table) else features
    parts = []
    if loaded is not None and len(frame):
        rows = read_features(frame)
        for horizon in sorted(set(horizons) & set(loaded.model.by_horizon)):
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                part = rows.iloc[start : start + _ROWS_AT_ONCE]
                parts.append(_scores(loaded, horizon, part))
    if not parts:
        return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in SCORE_COLUMNS.items()})
    return pd.concat(parts, ignore_index=True)


def _scores(loaded: LoadedModel, horizon: int, rows: pd.DataFrame) -> pd.DataFrame:
    inputs = model_inputs(rows, horizon)
    contributions = loaded.model.by_horizon[horizon].contributions(inputs)
    reasons = reasons_of(contributions, rows)
    log_odds = contributions.baseline + contributions.values.sum(axis=1)
    columns: dict[str, Any] = {
        "portfolio_id": rows["portfolio_id"].to_numpy(dtype="object"),
        "as_of_date": pd.to_datetime(rows["as_of_date"]).dt.date.to_numpy(),
        "horizon_days": np.full(len(rows), horizon),
        "breach_probability": of_log_odds(log_odds),
        "log_odds": log_odds,
        "baseline_log_odds": np.full(len(rows), contributions.baseline),
    }
    for number in range(REASONS):
        columns[f"reason_{number + 1}"] = reasons.texts[:, number]
        columns[f"contribution_{number + 1}"] = reasons.contributions[:, number]
    columns["contribution_of_the_rest"] = reasons.rest
    for name in BASELINES:
        columns[f"{name}_probability"] = of_log_odds(loaded.model.baselines[horizon][name].log_odds(inputs))
    columns["model_version"] = loaded.version
    return pd.DataFrame(
        {name: pd.Series(columns[name], index=rows.index, dtype=dtype) for name, dtype in SCORE_COLUMNS.items()}
    )


def model_in_use(folder: Path | None = None) -> pd.DataFrame:
    """One row: which model scores, or, in ``refusal``, why there is none and the command that mends it."""
    found: dict[str, str | None] = dict.fromkeys(MODEL_COLUMNS)
    try:
        card = load_model(folder or champion_folder()).card
    except RefusedModelError as refused:
        found["refusal"] = str(refused)
    else:
        found |= {name: str(card[name]) for name in MODEL_COLUMNS if name != "refusal"}
    return pd.DataFrame({name: pd.Series([value], dtype=_TEXT) for name, value in found.items()})


def reference_distribution(folder: Path | None = None) -> pd.DataFrame:
    """How each feature, and the log-odds of each horizon, were distributed in training: shares of quantile bins.

    A bin holds values above ``above`` and up to ``up_to``; null is without a bound. Bin 0 holds what is missing.
    """
    loaded = usable_model(folder or champion_folder())
    columns = loaded.model.reference if loaded is not None else {name: [] for name in REFERENCE_COLUMNS}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=dtype) for name, dtype in REFERENCE_COLUMNS.items()})
