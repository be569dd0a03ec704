"""The product's own commands as the bench calls them, and what dbt says each part of a build took."""

import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from scripts.warehouse import PROJECT
from tests.bench.contenders import TABLES

FACTS = "the two fact models"
UPSTREAM = "intermediate models upstream of them"
STAGING = "landed rows, policy and staging"
OTHERS = "the other marts, audit, and what only they need"
TESTS = "data and unit tests"
PARTS = (FACTS, UPSTREAM, STAGING, OTHERS, TESTS)


@dataclass(frozen=True)
class Limits:
    """What each process may use: threads, and memory where it is DuckDB's, as DuckDB writes it."""

    threads: int
    memory: str


def environment(warehouse: Path, limits: Limits) -> dict[str, str]:
    """The environment of a measured process: this tree's code, a warehouse of its own, threads as all have."""
    threads = str(limits.threads)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    return kept | {
        "PYTHONPATH": str(PROJECT),
        "PORTFOLIO_DRIFT_WAREHOUSE": str(warehouse),
        "PORTFOLIO_DRIFT_DB": str(database(warehouse)),
        "PORTFOLIO_DRIFT_THREADS": threads,
        "PORTFOLIO_DRIFT_MEMORY": limits.memory,
        "POLARS_MAX_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
    }


def database(warehouse: Path) -> Path:
    """Where a plain ``dbt build`` leaves its marts."""
    return warehouse / "dev.duckdb"


def dbt_build(warehouse: Path, landing: Path | None) -> list[str]:
    """``dbt build``: of landed files without unit tests, as a run in production; of the seeds with all."""
    command = [
        *(_program("dbt"), "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(warehouse / "target"), "--log-path", str(warehouse / "logs")),
    ]
    if landing is not None:
        command += ["--exclude-resource-type", "unit_test", "--vars", json.dumps({"landing": str(landing)})]
    return command


def drift_run(landing: Path) -> list[str]:
    """``drift run``: the guarded run, from the lock to the switched pointer."""
    return [_program("drift"), "run", "--landing", str(landing)]


def drift_simulate(portfolios: int, days: int, seed: int, out: Path) -> list[str]:
    """``drift simulate`` to Parquet."""
    options = {"--portfolios": portfolios, "--days": days, "--seed": seed, "--out": out, "--format": "parquet"}
    return [_program("drift"), "simulate", *(str(part) for option in options.items() for part in option)]


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def seconds_by_part(target: Path) -> dict[str, float]:
    """Where the time of a ``dbt build`` went: the seconds of its nodes, by dbt's run_results.json, in PARTS.

    UPSTREAM is every model of the schema ``intermediate`` on a way to a fact, also where others read it too. A view
    takes no time: its work is done in the models that read it. What is left of the command's time is dbt's own.
    """
    manifest = json.loads((target / "manifest.json").read_text())
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    facts = {name for name, node in nodes.items() if node["resource_type"] == "model" and node["name"] in TABLES}
    upstream, waiting = set(facts), list(facts)
    while waiting:
        found = set(parents[waiting.pop()]) - upstream
        upstream |= found
        waiting += found
    seconds: dict[str, float] = defaultdict(float)
    for result in json.loads((target / "run_results.json").read_text())["results"]:
        name = result["unique_id"]
        schema = nodes.get(name, {}).get("schema")
        if name.split(".")[0] in ("test", "unit_test"):
            part = TESTS
        elif name in facts:
            part = FACTS
        elif schema in ("raw", "policy", "staging"):
            part = STAGING
        else:
            part = UPSTREAM if schema == "intermediate" and name in upstream else OTHERS
        seconds[part] += result["execution_time"]
    return {part: round(seconds[part], 3) for part in PARTS}
