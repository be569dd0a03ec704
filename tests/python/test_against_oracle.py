"""dbt against an independent computation: every row of every mart, on all kinds of landed files.

The oracle (oracle/) was written from the data contract alone, in plain Python without SQL.
``FUZZ_SETS=200`` in the environment tries that many random landing sets instead of a few.
"""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from corner_sets import CORNERS, POLICY_CORNERS, REFUSED, VARS, random_set
from oracle import COLUMNS, NOT_COMPARED, compute, differences
from project import PROJECT, DbtRun, begin_with, copy_of_project, run_dbt

# corner sets are bad on purpose
LENIENT = {"max_rejected_share": 1}
SEEDS = PROJECT / "seeds" / "raw"
POLICY = PROJECT / "seeds" / "policy"
FUZZ_SETS = int(os.environ.get("FUZZ_SETS", "4"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all builds of a worker, with a database that has the policy and nothing else.

    Where vars and paths stay the same, dbt need not parse anew, and policy that stays the same is loaded once.
    """
    folder = tmp_path_factory.mktemp("workshop")
    run = run_dbt("seed", folder=folder, variables=_given(folder))
    assert run.ok, run.output
    run.database.rename(folder / "policy.duckdb")
    return folder


def build(landing: Path, workshop: Path, variables: dict[str, Any] | None = None) -> DbtRun:
    """Build without tests: what is compared here are rows."""
    link = workshop / "landing"
    link.unlink(missing_ok=True)
    link.symlink_to(landing)
    begin_with(workshop / "policy.duckdb", workshop)
    return run_dbt("run", folder=workshop, variables={**_given(workshop), **(variables or {})})


def _given(workshop: Path) -> dict[str, Any]:
    return {"landing": str(workshop / "landing"), **LENIENT}


def found_differences(
    landing: Path, run: DbtRun, policy: Path = POLICY, variables: dict[str, Any] | None = None
) -> Any:
    assert run.ok, run.output
    options = dict(variables or {})
    for name in options.keys() & {"as_of_date", "expect_date"}:
        options[name] = date.fromisoformat(str(options[name]))
    return differences(compute(landing, policy, **options), run.database)


def test_every_mart_is_compared_or_named_with_the_reason() -> None:
    marts = {f"marts.{path.stem}" for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    assert COLUMNS.keys() & NOT_COMPARED.keys() == set()
    assert marts == {table for table in COLUMNS if table.startswith("marts.")} | NOT_COMPARED.keys()


@pytest.mark.parametrize("name", CORNERS)
def test_corner_of_the_contract(name: str, tmp_path: Path, workshop: Path) -> None:
    variables = VARS.get(name, {})
    landing = CORNERS[name](tmp_path / "landing")
    assert found_differences(landing, build(landing, workshop, variables), variables={**LENIENT, **variables}) == []


@pytest.mark.parametrize("name", POLICY_CORNERS)
def test_policy_of_another_kind(name: str, tmp_path: Path) -> None:
    policy_set = POLICY_CORNERS[name](tmp_path / "set")
    project = copy_of_project(tmp_path)
    for file in policy_set.policy.glob("*.csv"):
        (project / "seeds" / "policy" / file.name).write_bytes(file.read_bytes())
    given = {"landing": str(policy_set.landing), **LENIENT}
    # with its data tests: a policy that the contract allows must not turn one red
    run = run_dbt("build", "--exclude-resource-type", "unit_test", folder=tmp_path, variables=given, project=project)
    assert run.failed() == set()
    assert found_differences(policy_set.landing, run, policy_set.policy, LENIENT) == []


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_clear_message(name: str, tmp_path: Path, workshop: Path) -> None:
    refused = REFUSED[name]
    run = build(refused.build(tmp_path / "landing"), workshop)
    assert not run.ok
    messages = [message for status, message in run.nodes.values() if status == "error"]
    assert len(messages) == 1, messages
    for fragment in refused.fragments:
        assert fragment in messages[0]
    assert "Traceback" not in run.output


@pytest.mark.parametrize("seed", range(FUZZ_SETS))
def test_random_landing_set(seed: int, tmp_path: Path, workshop: Path) -> None:
    landing = random_set(seed, tmp_path / "landing")
    assert found_differences(landing, build(landing, workshop), variables=LENIENT) == []


def test_committed_seeds(tmp_path: Path) -> None:
    run = run_dbt("build", "--exclude-resource-type", "unit_test", folder=tmp_path)
    assert run.failed() == set()
    assert run.warned() == set()
    assert found_differences(SEEDS, run) == []


def test_real_market(real_market: Path, tmp_path: Path) -> None:
    run = run_dbt(
        "build", "--exclude-resource-type", "unit_test", folder=tmp_path, variables={"landing": str(real_market)}
    )
    assert run.failed() == set()
    # on 2016-04-22 AMD rose by half in a day: a true jump, and a warning is what it should be
    assert run.warned() == {"is_empty_price_jumps_"}
    assert found_differences(real_market, run) == []
