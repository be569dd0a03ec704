"""Books of the simulator to learn from: made up, built by dbt in a temporary folder, read, and thrown away."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ml.books import Book, read_book
from scripts.simulator import simulate
from scripts.simulator.options import SimulatorOptions
from scripts.warehouse import PROJECT

SEEDS: Final = tuple(range(101, 111))
PORTFOLIOS: Final = 150  # of each book
DAYS: Final = 1260  # trading days: five years, so that each book has seen calm and stress
EVERY_DAYS: Final = 5  # neighbouring days tell nearly the same

_MODELS: Final = ("+portfolio_features", "+portfolio_labels")


class BuildFailedError(Exception):
    """A book that dbt could not build: the message is what it said last."""


def simulated_books(
    seeds: Sequence[int], portfolios: int = PORTFOLIOS, days: int = DAYS, every_days: int = EVERY_DAYS
) -> Iterator[Book]:
    """One book a seed. Raises BuildFailedError, SimulatorError and WarehouseError."""
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="drift_ml_") as name:
            folder = Path(name)
            options = SimulatorOptions(portfolios=portfolios, days=days, seed=seed, file_format="parquet")
            simulate(options, folder / "landing")
            database = build_features(folder / "landing", folder / f"seed_{seed}")
            yield read_book(database, every_days, f"seed {seed}")


def build_features(landing: Path, folder: Path) -> Path:
    """The database, in ``folder``, with features and labels of a landing folder. Raises BuildFailedError."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "book.duckdb"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "PYTHONPATH"))}
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "build", "--quiet", "--select", *_MODELS),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", "dev"),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            *("--vars", json.dumps({"landing": str(landing), "risk_score_days": "all"})),
        ],
        cwd=PROJECT,
        env={**inherited, "PORTFOLIO_DRIFT_DB": str(database), "PORTFOLIO_DRIFT_WAREHOUSE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildFailedError(f"dbt could not build {landing}: {' / '.join(said[-3:])}")
    return database
