"""What dbt gets of ml: columns, types, words and figures, and an empty table that says why where there is no model."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ml_books import HORIZONS, made_up, made_up_book

from ml import scoring
from ml.books import Book, sample_of
from ml.candidates import BASELINES, BY_COMPLEXITY, fit_candidate
from ml.candidates.interface import Contributions
from ml.inputs import MONITORED, FeaturesError
from ml.model_file import CARD, Model, write_model
from ml.reasons import reasons_of
from ml.reference import bins_of, distribution_table

TYPES = {
    "portfolio_id": "VARCHAR",
    "as_of_date": "DATE",
    "horizon_days": "INTEGER",
    "breach_probability": "DOUBLE",
    "log_odds": "DOUBLE",
    "baseline_log_odds": "DOUBLE",
    "reason_1": "VARCHAR",
    "reason_2": "VARCHAR",
    "reason_3": "VARCHAR",
    "contribution_1": "DOUBLE",
    "contribution_2": "DOUBLE",
    "contribution_3": "DOUBLE",
    "contribution_of_the_rest": "DOUBLE",
    "policy_level_probability": "DOUBLE",
    "first_passage_probability": "DOUBLE",
    "logistic_probability": "DOUBLE",
    "model_version": "VARCHAR",
}


@pytest.fixture(scope="module")
def books() -> list[Book]:
    return [made_up_book(seed, portfolios=20, days=100) for seed in (1, 2)]


@pytest.fixture(scope="module")
def champions(books: list[Book], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each candidate as champion."""
    folders = {}
    samples = {horizon: sample_of(books, horizon) for horizon in HORIZONS}
    all_fitted = {
        horizon: {name: fit_candidate(name, sample) for name in BY_COMPLEXITY} for horizon, sample in samples.items()
    }
    baselines = {horizon: {name: of[name] for name in BASELINES} for horizon, of in all_fitted.items()}
    for name in BY_COMPLEXITY:
        fitted = {horizon: of[name] for horizon, of in all_fitted.items()}
        odds = {
            horizon: np.concatenate([model.log_odds(book.inputs(horizon)) for book in books])
            for horizon, model in fitted.items()
        }
        features = pd.concat([book.rows[list(MONITORED)] for book in books])
        folders[name] = tmp_path_factory.mktemp(name)
        write_model(
            Model(fitted, baselines, distribution_table(features, odds)),
            folders[name],
            {"training_data": "made up"},
            "2026-11-29",
        )
    return folders


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return made_up(7, portfolios=20, days=60)


def types_in_duckdb(frame: pd.DataFrame) -> dict[str, str]:
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        return {str(row[0]): str(row[1]) for row in connection.execute("describe select * from frame").fetchall()}


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_scores_of_every_kind_of_champion(name: str, champions: dict[str, Path], features: pd.DataFrame) -> None:
    scores = scoring.score(features, [2, 5], champions[name])
    assert types_in_duckdb(scores) == TYPES
    within = features[~features["is_in_breach"]]
    assert len(scores) == 2 * len(within)
    assert not scores.duplicated(["portfolio_id", "as_of_date", "horizon_days"]).any()
    assert scores["breach_probability"].between(0, 1).all()
    total = scores["baseline_log_odds"] + scores["contribution_of_the_rest"]
    for number in (1, 2, 3):
        total += scores[f"contribution_{number}"]
    assert np.abs(total - scores["log_odds"]).max() < 1e-9
    assert np.abs(1 / (1 + np.exp(-scores["log_odds"])) - scores["breach_probability"]).max() < 1e-12
    ranked = scores[["contribution_1", "contribution_2", "contribution_3"]].abs()
    assert (ranked["contribution_1"] >= ranked["contribution_2"]).all()
    assert (ranked["contribution_2"] >= ranked["contribution_3"]).all()
    assert scores["reason_1"].notna().all()
    assert (scores["contribution_3"][scores["reason_3"].isna()] == 0).all()
    assert scores["model_version"].nunique() == 1
    for baseline in BASELINES:
        assert scores[f"{baseline}_probability"].between(0, 1).all()
    if name in BASELINES:
        assert (scores[f"{name}_probability"] - scores["breach_probability"]).abs().max() < 1e-12


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_the_same_features_give_the_same_scores_however_they_come(
    name: str, champions: dict[str, Path], features: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = scoring.score(features, [5], champions[name])
    pd.testing.assert_frame_equal(scores, scoring.score(features, [5], champions[name]))
    table = pa.Table.from_pandas(features, preserve_index=False)
    pd.testing.assert_frame_equal(scores, scoring.score(table, [5], champions[name]))
    monkeypatch.setattr(scoring, "_ROWS_AT_ONCE", 217)
    pd.testing.assert_frame_equal(scores, scoring.score(features, [5], champions[name]))
    shuffled = scoring.score(features.sample(frac=1, random_state=1), [5], champions[name])
    keys = ["as_of_date", "portfolio_id"]
    pd.testing.assert_frame_equal(
        scores.sort_values(keys, ignore_index=True), shuffled.sort_values(keys, ignore_index=True)
    )


def test_portfolios_in_breach_have_no_score(champions: dict[str, Path], features: pd.DataFrame) -> None:
    in_breach = features[features["is_in_breach"]]
    assert len(in_breach) > 0
    assert len(scoring.score(in_breach, [5], champions["first_passage"])) == 0
    unknown = features.iloc[:1].assign(is_in_breach=pd.array([None], dtype="boolean"))
    assert len(scoring.score(unknown, [5], champions["first_passage"])) == 0


def test_a_horizon_that_the_model_does_not_know_has_no_scores(
    champions: dict[str, Path], features: pd.DataFrame
) -> None:
    scores = scoring.score(features, [5, 20], champions["first_passage"])
    assert set(scores["horizon_days"]) == {5}


def test_without_a_model_there_are_no_scores_and_a_reason(tmp_path: Path, features: pd.DataFrame) -> None:
    empty = scoring.score(features, [5], tmp_path)
    assert len(empty) == 0
    assert types_in_duckdb(empty) == TYPES
    in_use = scoring.model_in_use(tmp_path)
    assert types_in_duckdb(in_use) == dict.fromkeys(scoring.MODEL_COLUMNS, "VARCHAR")
    assert len(in_use) == 1
    assert in_use["model_version"].isna().all()
    assert "`drift ml train`" in str(in_use.loc[0, "refusal"])
    reference = scoring.reference_distribution(tmp_path)
    assert len(reference) == 0


def test_a_refused_model_gives_no_scores(champions: dict[str, Path], features: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("model.skops", CARD):
        (tmp_path / name).write_bytes((champions["logistic"] / name).read_bytes())
    assert len(scoring.score(features, [5], tmp_path)) > 0
    (tmp_path / "model.skops").write_bytes(b"another")
    assert len(scoring.score(features, [5], tmp_path)) == 0
    assert "model.skops is not the file" in str(scoring.model_in_use(tmp_path).loc[0, "refusal"])


def test_the_model_in_use_is_told(champions: dict[str, Path]) -> None:
    (row,) = scoring.model_in_use(champions["first_passage"]).to_dict("records")
    assert row["method"] == "first_passage"
    assert str(row["model_version"]).startswith("first_passage-20261129-")
    assert pd.isna(row["refusal"])


def test_the_environment_may_name_the_folder(champions: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_DRIFT_CHAMPION", str(champions["logistic"]))
    assert scoring.model_in_use().loc[0, "method"] == "logistic"


def test_features_of_another_form_are_named(champions: dict[str, Path], features: pd.DataFrame) -> None:
    with pytest.raises(FeaturesError, match="no nearest_headroom, second_headroom"):
        scoring.score(features.drop(columns=["nearest_headroom", "second_headroom"]), [5], champions["first_passage"])
    with pytest.raises(FeaturesError, match="drift_score of the features is no number"):
        scoring.score(features.assign(drift_score="much"), [5], champions["first_passage"])


def test_nulls_of_young_portfolios_are_scored(champions: dict[str, Path], features: pd.DataFrame) -> None:
    young = features[~features["is_in_breach"]].iloc[:5].copy()
    history = [column for column in young.columns if "volatility" in column or "change" in column]
    young[history] = None
    young[[column for column in young.columns if column.startswith("second_")]] = None
    for folder in champions.values():
        scores = scoring.score(young, [5], folder)
        assert len(scores) == 5
        assert np.isfinite(scores["breach_probability"]).all()


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_fifty_thousand_portfolios_are_scored_in_time(
    name: str, champions: dict[str, Path], features: pd.DataFrame
) -> None:
    many = pd.concat([features] * (50_000 // len(features) + 1), ignore_index=True).iloc[:50_000]
    started = time.perf_counter()
    scores = scoring.score(many, [2, 5], champions[name])
    assert time.perf_counter() - started < 5
    assert len(scores) > 80_000


def reasons(name: str, value: float, **columns: Any) -> str:
    row = {
        "risk_level": "Elevated",
        "nearest_class": "Equity",
        "second_class": "Bonds",
        "nearest_headroom": 0.021,
        "second_headroom": 0.034,
        "nearest_drift_volatility_20d": 0.0027,
        "nearest_drift_volatility_60d": 0.0018,
        "second_drift_volatility_60d": 0.001,
        "nearest_outward_change_20d": 0.008,
        **columns,
    }
    found = reasons_of(Contributions(0.0, (name,), np.array([[value]])), pd.DataFrame([row]))
    assert found.contributions[0].tolist() == [value, 0, 0]
    assert found.texts[0, 1:].tolist() == [None, None]
    return str(found.texts[0, 0])


@pytest.mark.parametrize(
    ("name", "columns", "words"),
    [
        # 0.0018 a day is 0.0018 x root of 5 = 0.0040 a week
        ("first_passage_60d", {}, "Equity weight 2.1 points from its band, moving 0.4 a week"),
        ("second_deviations_20d", {}, "Bonds weight 3.4 points from its band, moving 0.2 a week"),
        (
            "second_deviations_20d",
            {"second_class": None, "second_headroom": np.nan, "second_drift_volatility_60d": np.nan},
            "no further asset class",
        ),
        ("nearest_headroom", {}, "Equity weight 2.1 points from its band"),
        ("nearest_headroom", {"nearest_headroom": 0.0005}, "Equity weight 0.1 points from its band"),
        ("nearest_headroom", {"nearest_headroom": 0.00049}, "Equity weight 0.05 points from its band"),
        ("nearest_headroom", {"nearest_headroom": 0.00005}, "Equity weight 0.01 points from its band"),
        ("nearest_headroom", {"nearest_headroom": 0.000049}, "Equity weight less than 0.01 points from its band"),
        ("nearest_headroom", {"nearest_headroom": 0.0}, "Equity weight 0.0 points from its band"),
        ("nearest_drift_volatility_60d", {}, "Equity weight moving 0.4 points a week"),
        (
            "nearest_drift_volatility_60d",
            {"nearest_drift_volatility_60d": np.nan},
            "Equity weight without enough history",
        ),
        ("volatility_ratio", {}, "Equity weight moving 1.5 times as much in the last 20 days as in 60"),
        ("trend_20d", {}, "Equity weight moved 0.8 points towards its band in 20 days"),
        (
            "trend_5d",
            {"nearest_outward_change_20d": -0.012},
            "Equity weight moved 1.2 points away from its band in 20 days",
        ),
        ("severity", {}, "policy risk level Elevated"),
    ],
)
def test_reasons_are_in_an_advisors_words(name: str, columns: dict[str, Any], words: str) -> None:
    """After a `Weight moving x a week` the figure is daily volatility times the root of five."""
    assert reasons(name, 0.7, **columns) == words


def test_inputs_of_one_topic_are_one_reason() -> None:
    names = ("first_passage_20d", "first_passage_60d", "trend_5d", "severity", "volatility_ratio")
    row = pd.DataFrame(
        {
            "risk_level": ["High"],
            "nearest_class": ["Equity"],
            "nearest_headroom": [0.02],
            "nearest_drift_volatility_20d": [0.001],
            "nearest_drift_volatility_60d": [0.001],
            "nearest_outward_change_20d": [0.01],
        }
    )
    found = reasons_of(Contributions(0.0, names, np.array([[1.0, 0.5, -2.0, 0.1, 0.2]])), row)
    assert found.contributions[0] == pytest.approx([-2.0, 1.5, 0.2])
    assert found.rest[0] == pytest.approx(0.1)


def test_the_reference_is_in_bins_that_hold_all(champions: dict[str, Path], books: list[Book]) -> None:
    reference = scoring.reference_distribution(champions["gradient_boosting"])
    assert types_in_duckdb(reference) == {
        "horizon_days": "INTEGER",
        "feature": "VARCHAR",
        "bin_number": "INTEGER",
        "above": "DOUBLE",
        "up_to": "DOUBLE",
        "reference_share": "DOUBLE",
    }
    assert set(reference["feature"]) == {*MONITORED, "log_odds"}
    sums = reference.groupby(["feature", "horizon_days"], dropna=False)["reference_share"].sum()
    assert sums.to_numpy() == pytest.approx(1.0)
    scores = reference[reference["feature"] == "log_odds"]
    assert set(scores["horizon_days"]) == set(HORIZONS)
    headroom = reference[(reference["feature"] == "nearest_headroom") & (reference["bin_number"] > 0)]
    assert headroom["reference_share"].to_numpy() == pytest.approx(0.05, abs=0.01)
    values = pd.concat([book.rows["nearest_headroom"] for book in books]).to_numpy()
    third = headroom.iloc[2]
    inside = ((values > third["above"]) & (values <= third["up_to"])).mean()
    assert inside == pytest.approx(third["reference_share"])


def test_bins_by_hand() -> None:
    """Ten values, one missing; halves by quantile; ties make fewer bins."""
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, np.nan])
    assert bins_of(values, 2) == [(0, None, None, 0.1), (1, None, 5.0, 0.5), (2, 5.0, None, 0.4)]
    assert bins_of(np.array([0.0, 0, 0, 0, 7]), 4) == [(0, None, None, 0.0), (1, None, 0.0, 0.8), (2, 0.0, None, 0.2)]
    assert bins_of(np.array([3.0, 3.0])) == [(0, None, None, 0.0), (1, None, None, 1.0)]
    assert bins_of(np.array([np.nan])) == [(0, None, None, 1.0)]


def test_dates_stay_dates(champions: dict[str, Path], features: pd.DataFrame) -> None:
    assert scoring.score(features, [5], champions["policy_level"])["as_of_date"].iloc[0] == date(2024, 1, 1)
