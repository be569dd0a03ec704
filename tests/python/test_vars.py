"""What is given as a var reaches SQL as a date, a number, names or a path, or not at all.

Each attack is written as a person would write it after ``--vars``, and meets a built book: it must be refused by
one line that names the var, with no table gone, no file read and none written.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from corner_sets import CORNERS
from project import PROJECT, DbtRun, run_dbt

KEPT = "nobody reads this"

# var -> the values tried, as YAML; {folder} is the test's own, with a file secret.csv
ATTACKS: dict[str, list[str]] = {
    "as_of_date": [
        """ "2026-06-30'); drop table marts.fct_portfolio_daily; --" """,
        """ "2026-06-30' as date) union all select content from read_text('{folder}/secret.csv') --" """,
        """ "'||(select content from read_text('{folder}/secret.csv'))||'" """,
        """ "2026-06-30\\n'); drop table marts.fct_portfolio_daily" """,
        """ "{{ run_query('drop table marts.fct_portfolio_daily') }}" """,
        """ "{% do adapter.execute('drop table marts.fct_portfolio_daily') %}2026-06-30" """,
        """ ["2026-06-30"] """,
        """ false """,
        """ "٢٠٢٦-٠٦-٣٠" """,
    ],
    "expect_date": [
        """ "2026-06-30\\u2019); drop table marts.fct_portfolio_daily; --" """,
        """ [] """,
    ],
    "max_price_age_days": [
        """ "5 + (select count(*) from read_csv('{folder}/secret.csv'))" """,
        """ "5; attach '{folder}/taken.duckdb' as taken" """,
        """ "5 /* days */" """,
        """ 5.5 """,
    ],
    "comparison_days": [
        """ "21 or true); drop table marts.fct_portfolio_daily; --" """,
        """ -21 """,
    ],
    "max_snapshot_age_days": [""" "400 or true) --" """, """ {days: 400} """],
    "max_rejected_share": [
        """ "1); copy (select 1) to '{folder}/written.csv'; --" """,
        """ "0.05 or 1 = 1" """,
        """ .inf """,
    ],
    "price_jump_share": [""" "0.4 as decimal(18, 10)), true) --" """, """ 1e9 """],
    "custodian_tolerance_usd": [""" "0.01), (select content from read_text('{folder}/secret.csv')" """],
    "accepted_controls": [
        """ "aum') or true; drop table marts.fct_portfolio_daily; --" """,
        """ "aum', 'laws" """,
        """ "aum,,freshness" """,
        """ [aum, freshness] """,
    ],
    "earlier_run": [
        """ "{folder}/x.duckdb' as taken; drop table marts.fct_portfolio_daily; --" """,
        """ "{folder}/*.duckdb" """,
        """ ["{folder}"] """,
    ],
    "recompute_from": [
        """ "2026-01-05') or true; drop table marts.fct_portfolio_daily; --" """,
        """ "2026-13-01" """,
    ],
    "run_context": [
        """ "{folder}') union all select * from read_csv('{folder}/secret.csv" """,
        """ "https://host.example/taken" """,
        """ "{folder}\\e" """,
        """ "{folder}\\u201c" """,
        """ " " """,
    ],
    "landing": [
        """ "{folder}'); drop table marts.fct_portfolio_daily; select landing_query('" """,
        """ "{{ env_var('PORTFOLIO_DRIFT_DB') }}" """,
        """ [] """,
        """ false """,
    ],
    "risk_score_days": [
        """ "all' or true; drop table marts.fct_portfolio_daily; --" """,
        """ "all' then (select content from read_text('{folder}/secret.csv')) when '" """,
        """ "month_ends, all" """,
        """ [all] """,
    ],
    "kept_daily_runs": [""" "30; drop table marts.fct_portfolio_daily" """],
    "kept_blocked_runs": [""" [3] """],
}


@dataclass(frozen=True)
class Built:
    """A built book, and how many rows each of its tables has."""

    run: DbtRun
    folder: Path
    rows: dict[str, int]


def rows_of(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        return {
            table: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for (table,) in tables
            if table != "marts.position_daily"  # a view
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    landing = CORNERS["clean"](folder / "landing")
    no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    run = run_dbt("build", *no_tests, folder=folder, variables={"landing": str(landing)})
    assert run.ok, run.output
    (folder / "secret.csv").write_text(f"{KEPT}\n")
    return Built(run=run, folder=folder, rows=rows_of(run.database))


def test_every_var_is_attacked() -> None:
    assert set(ATTACKS) == set(yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"])


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ATTACKS.items() for value in values])
def test_an_attack_is_refused_by_name_and_does_nothing(name: str, value: str, built: Built) -> None:
    given = f"{name}: {value.strip().replace('{folder}', str(built.folder))}"
    if name != "landing":
        given += f"\nlanding: {built.folder / 'landing'}"
    files = sorted(built.folder.iterdir())
    run = run_dbt("run", folder=built.folder, variables=given)
    assert not run.ok
    said = {line.strip() for line in run.output.splitlines() if line.strip().startswith(f"var {name} is ")}
    assert len(said) == 1, run.output
    assert re.fullmatch(r".{1,120}; write .{5,100}", said.pop())
    assert KEPT not in run.output
    assert "Traceback" not in run.output
    assert rows_of(built.run.database) == built.rows
    assert sorted(built.folder.iterdir()) == files


@pytest.mark.parametrize(
    "given",
    [
        "as_of_date: 2024-01-10\nexpect_date: 2024-01-10\nmax_price_age_days: 5\nmax_rejected_share: 0.05",
        "as_of_date: '2024-01-10'\nexpect_date: ' 2024-01-10 '\nmax_price_age_days: '5'\nmax_rejected_share: '1.0'",
        "as_of_date:\nexpect_date: ''\naccepted_controls: aum , freshness\nrun_context:",
    ],
)
def test_what_is_meant_is_understood(given: str, built: Built) -> None:
    """As text or as YAML reads numbers and dates; nothing at all is the default."""
    run = run_dbt("parse", folder=built.folder, variables=f"{given}\nlanding: {built.folder / 'landing'}")
    assert run.ok, run.output


@pytest.mark.parametrize("name", ["2024-01-10", "Müller & Söhne (2024), #1", "a.b_c-d+e=f@g~h:i!"])
def test_a_folder_may_have_many_names(name: str, built: Built, tmp_path: Path) -> None:
    landing = CORNERS["clean"](tmp_path / name)
    run = run_dbt("run", "--select", "clients", folder=tmp_path, variables={"landing": str(landing)})
    assert run.ok, run.output
