"""`drift ml`: what a person types, and what they get, on small made-up books."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from ml_books import made_up, write_database
from typer.testing import CliRunner, Result

from ml import commands, monitoring, tracking
from ml.model_file import load_model
from ml.registry import versions
from scripts.cli import app
from scripts.reader import PublishedRun
from scripts.warehouse import Warehouse, WarehouseError


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("databases")
    return [write_database(made_up(seed, portfolios=15, days=80), folder / f"book_{seed}.duckdb") for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def trained(databases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a candidate, trained on three databases when nothing was in use."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_DRIFT_WAREHOUSE", str(folder / "warehouse"))
        patch.setenv("PORTFOLIO_DRIFT_CHAMPION", str(folder / "champion"))
        assert drift_ml("train", *options(databases)).exit_code == 0
    return folder / "warehouse"


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that warehouse, and an empty folder for the model in use beside it."""
    shutil.copytree(trained, tmp_path / "warehouse")
    monkeypatch.setenv("PORTFOLIO_DRIFT_WAREHOUSE", str(tmp_path / "warehouse"))
    monkeypatch.setenv("PORTFOLIO_DRIFT_CHAMPION", str(tmp_path / "champion"))
    return tmp_path


def drift_ml(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ml", *arguments])


def options(databases: list[Path]) -> list[str]:
    return [part for path in databases for part in ("--db", str(path))]


def only_version(place: Path) -> str:
    (version,) = versions(Warehouse(place / "warehouse"))
    return version


def test_training_keeps_a_candidate_with_its_card(place: Path) -> None:
    version = only_version(place)
    folder = place / "warehouse" / "ml" / "candidates" / version
    loaded = load_model(folder)
    assert loaded.version == version
    assert loaded.card["command"].startswith("drift ml train --db ")
    assert loaded.card["against_champion"] is None
    assert len(loaded.card["commit"]) == 40
    assert version in (folder / "README.md").read_text()


def test_training_again_gives_the_same_model(place: Path, databases: list[Path]) -> None:
    before = load_model(place / "warehouse" / "ml" / "candidates" / only_version(place))
    said = drift_ml("train", *options(databases))
    assert said.exit_code == 0, said.output
    after = load_model(place / "warehouse" / "ml" / "candidates" / only_version(place))
    assert after.card["sha256"] == before.card["sha256"]
    assert after.card["figures"] == before.card["figures"]


def test_the_first_candidate_is_promoted_and_the_same_one_not_again(place: Path) -> None:
    version = only_version(place)
    said = drift_ml("promote", version)
    assert said.exit_code == 0, said.output
    assert load_model(place / "champion").version == version
    assert "Put in use where no usable model was before." in (place / "champion" / "README.md").read_text()
    again = drift_ml("promote", version)
    assert again.exit_code == 3
    assert "is the model that is in use" in again.output


def test_what_was_not_held_against_the_model_in_use_is_refused_unless_forced_with_a_reason(
    place: Path, databases: list[Path]
) -> None:
    first = only_version(place)
    assert drift_ml("train", *options(databases[:1])).exit_code == 0
    (second,) = set(versions(Warehouse(place / "warehouse"))) - {first}
    assert drift_ml("promote", first).exit_code == 0
    refused = drift_ml("promote", second)
    assert refused.exit_code == 3
    assert f"was not held against {first}" in refused.output
    assert load_model(place / "champion").version == first
    assert drift_ml("promote", second, "--force").exit_code == 2
    forced = drift_ml("promote", second, "--force", "--reason", "a trial")
    assert forced.exit_code == 0, forced.output
    assert load_model(place / "champion").version == second
    assert "forced: a trial" in (place / "champion" / "README.md").read_text()


def test_an_unknown_version_is_told_with_those_that_there_are(place: Path) -> None:
    for name in ("nobody", "../candidates", ""):
        said = drift_ml("promote", name)
        assert said.exit_code == 3
        assert only_version(place) in said.output


def test_a_broken_model_in_use_is_replaced(place: Path) -> None:
    (place / "champion").mkdir()
    (place / "champion" / "card.json").write_text("{}")
    assert drift_ml("promote", only_version(place)).exit_code == 0
    assert load_model(place / "champion").version == only_version(place)


def test_retraining_keeps_the_model_in_use_where_the_challenger_is_not_clearly_better(
    place: Path, databases: list[Path]
) -> None:
    version = only_version(place)
    assert drift_ml("promote", version).exit_code == 0
    said = drift_ml("retrain", "--db", str(databases[0]))
    assert said.exit_code == 0, said.output
    assert "The model in use stays:" in said.output
    assert load_model(place / "champion").version == version


def test_retraining_replaces_a_model_that_went_bad(place: Path, databases: list[Path], tmp_path: Path) -> None:
    """The model in use was trained on outcomes turned round."""
    spoilt = made_up(9, portfolios=15, days=80)
    for column in ("breaches_2", "breaches_5"):
        spoilt[column] = 1 - spoilt[column]
    bad = write_database(spoilt, tmp_path / "bad.duckdb")
    first = only_version(place)
    assert drift_ml("train", "--db", str(bad)).exit_code == 0
    (version,) = set(versions(Warehouse(place / "warehouse"))) - {first}
    assert drift_ml("promote", version).exit_code == 0
    said = drift_ml("retrain", "--db", str(databases[0]))
    assert said.exit_code == 0, said.output
    assert "is in use" in said.output
    assert load_model(place / "champion").version != version


def test_an_evaluation_is_a_page_without_a_network_and_its_figures(place: Path, databases: list[Path]) -> None:
    said = drift_ml("evaluate", "--db", str(databases[0]), "--out", str(place / "report"), "--name", "a <book>")
    assert said.exit_code == 0, said.output
    page = (place / "report" / "report.html").read_text()
    assert "http://www.w3.org/2000/svg" in page
    assert page.replace("http://www.w3.org/2000/svg", "").count("http") == 0
    assert "<script" not in page
    assert "a &lt;book&gt;" in page
    for words in ("Reliability within 5 days", "Lift within 5 days", "Calm days", "Stressed days", "95 % intervals"):
        assert words in page, words
    figures = json.loads((place / "report" / "figures.json").read_text())
    assert set(figures["horizons"]) == {"2", "5"}
    assert set(figures["horizons"]["5"]["candidates"]) == {
        "policy_level",
        "first_passage",
        "logistic",
        "gradient_boosting",
    }
    assert "Within 5 days the choice is" in said.output


def test_the_same_evaluation_is_the_same_bytes(place: Path, databases: list[Path]) -> None:
    for name in ("one", "other"):
        assert drift_ml("evaluate", "--db", str(databases[0]), "--out", str(place / name)).exit_code == 0
    for name in ("report.html", "figures.json"):
        assert (place / "one" / name).read_bytes() == (place / "other" / name).read_bytes()


def test_a_database_without_features_is_one_line(place: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "empty.duckdb")):
        pass
    said = drift_ml("evaluate", "--db", str(tmp_path / "empty.duckdb"))
    assert isinstance(said.exception, WarehouseError)
    assert "has no ml.portfolio_features" in str(said.exception)
    missing = drift_ml("evaluate", "--db", str(tmp_path / "missing.duckdb"))
    assert "there is no database" in str(missing.exception)


def test_a_history_too_short_is_one_line(place: Path, tmp_path: Path) -> None:
    short = write_database(made_up(1, portfolios=5, days=20), tmp_path / "short.duckdb")
    said = drift_ml("evaluate", "--db", str(short))
    assert "20 days of history" in str(said.exception)


def test_a_run_is_tracked_where_mlflow_is_installed(place: Path) -> None:
    """The run, its figures and the registered version are in SQLite, where MLflow's own client finds them."""
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    folder = place / "tracked"
    candidate = place / "warehouse" / "ml" / "candidates" / only_version(place)
    card = json.loads((candidate / "card.json").read_text())
    assert tracking.track(folder, candidate, card, "2026-11-29")
    assert tracking.track(folder, candidate, card, "2026-11-30")
    client = MlflowClient(
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", registry_uri=f"sqlite:///{folder / 'mlflow.db'}"
    )
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 2
    brier = card["figures"]["5"]["candidates"]["first_passage"]["brier"]
    assert runs[0].data.metrics["first_passage.5d.brier"] == pytest.approx(brier)
    assert [one.tags["version"] for one in client.search_model_versions(f"name='{tracking.EXPERIMENT}'")] == [
        card["model_version"]
    ] * 2


def test_without_mlflow_training_says_that_it_is_not_tracked(
    place: Path, databases: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    said = drift_ml("train", "--db", str(databases[0]))
    assert said.exit_code == 0, said.output
    assert "not tracked: MLflow is not installed" in said.output


def published(path: Path, rows: str, monkeypatch: pytest.MonkeyPatch, refusal: str | None = None) -> None:
    """A run whose monitoring has these rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema audit; create schema ml")
        connection.execute("create table ml.model_in_use as select cast(? as varchar) as refusal", [refusal])
        connection.execute(
            "create table audit.model_monitoring (monitor varchar, horizon_days integer, subject varchar,"
            " figure double, alarm_limit double, rings boolean)"
        )
        if rows:
            connection.execute(f"insert into audit.model_monitoring values {rows}")
    run = PublishedRun("run-1", path, "2026-06-30")
    monkeypatch.setattr(monitoring, "open_published", lambda: (duckdb.connect(str(path), read_only=True), run))


def test_check_is_quiet_where_nothing_rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path / "run.duckdb", "('psi', null, 'drift_score', 0.02, 0.25, false)", monkeypatch)
    said = drift_ml("check")
    assert said.exit_code == 0
    assert "1 checks of the model in use, 0 ring" in said.output


def test_check_rings_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "('psi', null, 'drift_score', 0.31, 0.25, true), ('ks', 5, 'log_odds', 0.1, 0.2, false)"
    published(tmp_path / "run.duckdb", rows, monkeypatch)
    said = drift_ml("check")
    assert said.exit_code == commands.RINGS == 3
    assert "psi of drift_score is 0.31, its limit is 0.25" in said.output
    assert "drift ml retrain" in said.output


def test_check_without_a_model_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing rings where nothing is in use, and that is not quiet."""
    published(tmp_path / "run.duckdb", "", monkeypatch, refusal="there is no card; train one")
    said = drift_ml("check")
    assert said.exit_code == 1
    assert "no model was in use in run-1: there is no card; train one" in f"{said.output}{said.exception}"


def test_help_loads_no_library_of_models() -> None:
    """`drift --help` answers at once: neither pandas nor scikit-learn is imported for it."""
    heavy = (
        "import sys, scripts.cli; print([one for one in ('pandas', 'sklearn', 'skops', 'scipy') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    for command in ("train", "evaluate", "promote", "check", "retrain"):
        assert f"{command} " in drift_ml("--help").output
