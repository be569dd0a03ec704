"""``python -m tests.alarms``: is the model's monitoring quiet on stable books, and does it ring on others?

Stable books are the simulator's own, on seeds that no model was trained on. Of a changed regime the market is another:
stressed for good, several times as volatile, with correlations that the training data never had.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import duckdb
import typer
from rich.console import Console

from scripts.simulator import SimulatorOptions, market, simulate
from scripts.warehouse import PROJECT

FIRST_SEED = 301  # models are trained on seeds from 101 on
PORTFOLIOS, DAYS = 150, 756
# another market, by what it changes in scripts/simulator/market.py
REGIMES: dict[str, dict[str, Any]] = {
    "stable": {},
    "volatile": {"EQUITY_VOLATILITY": (0.45, 0.80), "YIELD_VOLATILITY": (0.030, 0.040)},
    "calm": {"EQUITY_VOLATILITY": (0.02, 0.03), "YIELD_VOLATILITY": (0.001, 0.001), "OWN_SHOCK_FACTOR": (0.1, 0.1)},
}


def alarms_of(regime: str, seed: int, folder: Path) -> list[str]:
    """What rings in a book of that market: the monitor, its subject and the figure beside its limit."""
    changed = REGIMES[regime]
    with mock.patch.multiple(market, **changed) if changed else nullcontext():
        simulate(
            SimulatorOptions(portfolios=PORTFOLIOS, days=DAYS, seed=seed, file_format="parquet"), folder / "landing"
        )
    return _ringing(_built(folder))


def _built(folder: Path) -> Path:
    database = folder / "book.duckdb"
    arguments = [
        *(str(Path(sys.executable).with_name("dbt")), "build", "--quiet", "--select", "+model_monitoring"),
        *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", json.dumps({"landing": str(folder / "landing")})),
    ]
    environment = {**os.environ, "PORTFOLIO_DRIFT_DB": str(database), "PORTFOLIO_DRIFT_WAREHOUSE": str(folder)}
    subprocess.run(arguments, cwd=PROJECT, env=environment, check=True)
    return database


def _ringing(database: Path) -> list[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        checked = connection.execute("select count(*) from audit.model_monitoring where figure is not null").fetchone()
        assert checked is not None
        assert checked[0] > 0, "nothing was checked: is there a model in ml/champion?"
        rows = connection.execute(
            "select monitor, subject, horizon_days, figure, alarm_limit from audit.model_monitoring"
            " where rings order by all"
        ).fetchall()
    return [
        f"{monitor} of {subject}{'' if horizon is None else f' within {horizon} days'}: {figure:.3g} above {limit:.3g}"
        for monitor, subject, horizon, figure, limit in rows
    ]


def alarms(
    seeds: Annotated[int, typer.Option(help="How many stable books, none of which may ring.", min=1)] = 20,
    changed: Annotated[
        int, typer.Option(help="How many books of each changed regime, all of which must ring.", min=1)
    ] = 3,
) -> None:
    """Build made-up books and read their alarms; the exit code is 1 where one rings that should not, or is quiet."""
    console = Console(highlight=False, soft_wrap=True)
    wrong = 0
    is_right: dict[bool, Callable[[list[str]], bool]] = {True: lambda rung: not rung, False: bool}
    for regime in REGIMES:
        is_stable = regime == "stable"
        for seed in range(FIRST_SEED, FIRST_SEED + (seeds if is_stable else changed)):
            with tempfile.TemporaryDirectory(prefix="drift_alarms_") as folder:
                rung = alarms_of(regime, seed, Path(folder))
            verdict = "as it must" if is_right[is_stable](rung) else "WRONG"
            wrong += verdict == "WRONG"
            console.print(f"{regime} seed {seed}: {len(rung)} ring, {verdict}")
            for line in rung if is_stable else rung[:3]:
                console.print(f"    {line}")
    if wrong:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(alarms)
