"""Each training is kept by MLflow, in SQLite beside the candidates, where MLflow is installed."""

import importlib.util
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

EXPERIMENT: Final = "risk_score"


def track(folder: Path, place: Path, card: Mapping[str, Any], day: str) -> bool:
    """Keep a candidate (``place``) as a run and as a version of the registered model; whether it was kept.

    ``folder`` is where the database and the artifacts lie. Without MLflow nothing is kept.
    """
    if importlib.util.find_spec("mlflow") is None:
        return False
    import mlflow  # noqa: PLC0415 (in the group `ml`)
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)  # the first start tells of each of its tables
    folder.mkdir(parents=True, exist_ok=True)
    address = f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = (
        found.experiment_id
        if found
        else client.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").resolve().as_uri())
    )
    run = client.create_run(experiment, run_name=str(card["model_version"]), tags={"day": day})
    for name in ("method", "training_data", "seed", "commit", "sha256"):
        client.log_param(run.info.run_id, name, str(card[name])[:500])
    for horizon, figures in card["figures"].items():
        for candidate, values in figures["candidates"].items():
            for name, value in values.items():
                if value is not None:
                    client.log_metric(run.info.run_id, f"{candidate}.{horizon}d.{name}", float(value))
    client.log_artifacts(run.info.run_id, str(place), "candidate")
    with suppress(mlflow.exceptions.MlflowException):  # it is registered already
        client.create_registered_model(EXPERIMENT)
    client.create_model_version(
        EXPERIMENT, f"{run.info.artifact_uri}/candidate", run.info.run_id, tags={"version": str(card["model_version"])}
    )
    client.set_terminated(run.info.run_id)
    return True
