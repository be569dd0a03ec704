"""The same models, the same rows: on Apache Spark as on DuckDB."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from comparing import differences
from project import PROJECT, DbtRun, copy_of_project, run_dbt
from spark_book import change_policy, handed_over, spoilt_landing, without_python
from spark_warehouse import attach_both, export_views

from scripts.landing.tables import LANDING_TABLES

# for jobs of a second the JVM's second compiler and its parallel collector cost more than they save
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"


@dataclass(frozen=True)
class Both:
    """One book built twice, every test run."""

    folder: Path
    project: Path
    landing: Path
    on_duckdb: DbtRun
    on_spark: DbtRun
    rows: duckdb.DuckDBPyConnection

    def count(self, table: str, what: str = "*") -> int:
        """How many rows, or what of them, a table of DuckDB's build has."""
        answer = self.rows.execute(f"select count({what}) from dev.{table}").fetchone()
        assert answer is not None
        return int(answer[0])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    if shutil.which("java") is None:
        pytest.fail("java is not on the PATH; Spark needs Java 17 (on Debian the package openjdk-17-jre-headless)")
    folder = tmp_path_factory.mktemp("both")
    project = copy_of_project(folder)
    change_policy(project)
    without_python(project)
    export_views(project, folder / "views")
    landing = spoilt_landing(folder)
    variables = {
        "landing": str(landing),
        "run_context": str(handed_over(folder / "context")),
        "expect_date": "2026-07-01",
        "max_snapshot_age_days": 30,
        "accepted_controls": "custodian_balances, rejected_rows",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", _QUICK_START)
        on_duckdb = run_dbt("build", folder=folder / "duckdb", variables=variables, project=project)
        on_spark = run_dbt("build", folder=folder / "spark", variables=variables, project=project, target="spark")
        assert on_duckdb.ok, on_duckdb.output
        assert on_spark.ok, on_spark.output
        rows = attach_both(on_duckdb.database, folder / "spark" / "spark", folder / "views")
        yield Both(folder, project, landing, on_duckdb, on_spark, rows)
        rows.close()


def test_every_row_is_equal(both: Both) -> None:
    assert differences(both.rows, "dev", "spark") == []


def test_every_test_says_the_same(both: Both) -> None:
    """Unit tests, data tests and warnings, each by its name; a warning with as many findings."""
    assert said(both.on_spark) == said(both.on_duckdb)
    assert both.on_spark.warned() >= {"warn_custodian_balances_hold"}


def said(run: DbtRun) -> dict[str, tuple[str, str]]:
    """Each node's status, and what a test found."""
    return {name: (status, message if "result" in message else "") for name, (status, message) in run.nodes.items()}


def test_the_book_has_what_could_go_wrong(both: Both) -> None:
    """Equal rows say nothing where there are none of their kind."""
    assert both.count("marts.fct_portfolio_daily") > 20_000
    assert both.count("marts.fct_portfolio_daily where stale_position_count > 0") > 0
    assert both.count("marts.fct_portfolio_daily where drift_status = 'Alarm'") > 0
    assert both.count("marts.drift_monitor where is_stale") > 0
    assert both.count("marts.drift_trend where drift_status = 'Unvalued'") > 0
    assert both.count("audit.rejected_rows", "distinct reason") > 20
    assert both.count("audit.rejected_rows where reason = 'superseded' and table_name = 'holdings'") > 50
    assert both.count("audit.rejected_rows where source_file like '%another + sender%'") > 0
    assert both.count("audit.valuation_exceptions") > 0
    assert both.count("audit.reconciliation where not is_reconciled") > 0
    assert both.count("audit.book_totals where aum_change is not null") > 0
    assert both.count("audit.rejected_row_history where resolved_by_run_id = 'run_b'") == 1


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("marts.fct_asset_class_daily", "actual_weight = actual_weight + 0.0000000001"),
        ("marts.fct_portfolio_daily", "days_in_status = days_in_status + 1"),
        ("marts.position_daily", "market_value = market_value + 0.01"),
        ("audit.rejected_rows", "raw_row = raw_row || ' '"),
    ],
)
def test_a_changed_row_is_seen(both: Both, table: str, change: str) -> None:
    both.rows.begin()
    try:
        both.rows.execute(f"update spark.{table} set {change} where rowid = (select max(rowid) from spark.{table})")
        found = differences(both.rows, "dev", "spark")
    finally:
        both.rows.rollback()
    assert [line.split(", such as")[0] for line in found] == [
        f"{table}: 1 rows missing",
        f"{table}: 1 rows should not be there",
    ]


@pytest.fixture(scope="module")
def spoilt_run(both: Both) -> DbtRun:
    """A build on what Spark has built, of models that break their contracts and of landed files that can't be taken."""
    models = both.project / "models"
    advisors = models / "marts" / "dim_advisor.sql"
    advisors.write_text(
        advisors.read_text().replace("        advisor_name,", "        nullif('', '') as advisor_name,")
    )
    totals = models / "audit" / "run_context" / "earlier_book_totals.sql"
    totals.write_text(totals.read_text().replace("'portfolio_count': 'integer'", "'portfolio_count': 'bigint'"))
    classes = models / "marts" / "dim_asset_class.sql"
    classes.write_text(classes.read_text().replace("allows_negative\n", "allows_negative, 1 as further\n"))
    return run_dbt(
        *("run", "--select", "path:models/raw", "dim_advisor", "earlier_book_totals", "dim_asset_class"),
        folder=both.folder / "spark",
        variables={"landing": str(spoil(both.landing))},
        project=both.project,
        target="spark",
    )


def spoil(landing: Path) -> Path:
    """Spoil every table but those of the marts above, each in another way."""
    (landing / "clients.parquet").rename(landing / "clients.csv")
    shutil.copy(next((landing / "portfolios").glob("*.parquet")), landing / "portfolios.parquet")
    shutil.rmtree(landing / "risk_profile_assignments")
    nested = landing / "securities"
    (nested / "june").mkdir(parents=True)
    (landing / "securities.parquet").rename(nested / "june" / "0001.parquet")
    pq.write_table(pa.table({"security_id": ["S1"], "price_date": ["2026-06-30"]}), landing / "prices" / "0006.parquet")
    shutil.rmtree(landing / "holdings")
    columns = LANDING_TABLES["holdings"].columns
    pq.write_table(pa.table({column: pa.array([], pa.string()) for column in columns}), landing / "holdings.parquet")
    (landing / "custodian_balances" / "0006.parquet").write_text("portfolio_id,balance_date,market_value\n")
    return landing


def test_a_contract_is_enforced_on_spark_too(spoilt_run: DbtRun) -> None:
    messages = {name: message for name, (status, message) in spoilt_run.nodes.items() if status == "error"}
    assert "dim_advisor.advisor_name is null: its contract has not_null" in messages["dim_advisor"]
    assert "data type mismatch" in messages["earlier_book_totals"]
    assert "portfolio_count" in messages["earlier_book_totals"]
    assert "further" in messages["dim_asset_class"]


def test_a_landed_file_is_refused_by_name(spoilt_run: DbtRun, both: Both) -> None:
    messages = {name: message for name, (status, message) in spoilt_run.nodes.items() if status == "error"}
    landing = both.landing
    assert f"{landing}/clients.csv can not be landed on Spark" in messages["clients"]
    assert "portfolios: given as" in messages["portfolios"]
    assert f"risk_profile_assignments: {landing} has no" in messages["risk_profile_assignments"]
    assert f"{landing}/prices/0006.parquet: lacks the column close_price" in messages["prices"]
    assert f"{landing}/holdings.parquet has no row" in messages["holdings"]
    assert "custodian_balances/0006.parquet" in messages["custodian_balances"]
    assert f"{landing}/securities/june/0001.parquet can not be landed on Spark" in messages["securities"]
    assert spoilt_run.nodes["advisors"][0] == "success"


def test_columns_that_may_be_absent_are_those_of_the_door() -> None:
    """Spark reads from YAML which columns and tables may be missing; scripts/landing says it for DuckDB."""
    models = {model["name"]: model for model in yaml.safe_load((PROJECT / "models/raw/_raw.yml").read_text())["models"]}
    for table in LANDING_TABLES.values():
        model = models[table.name]
        columns = {column["name"]: column for column in model["columns"]}
        assert tuple(columns)[: len(table.columns)] == table.columns
        optional = [
            name for name, column in columns.items() if column.get("config", {}).get("meta", {}).get("is_optional")
        ]
        assert tuple(optional) == table.optional_columns
        assert model.get("config", {}).get("meta", {}).get("may_be_missing", False) == table.may_be_missing
