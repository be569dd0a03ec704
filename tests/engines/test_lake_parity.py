"""The same models, the same rows: on the lake as in the plain DuckDB file."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from comparing import differences
from lakes import DBT, SPOILT_BOOK, Lake, frozen_start
from landing_sets import landing_set
from private_postgres import OWNER, OWNER_PASSWORD, private_postgres
from project import PROJECT, copy_of_project

from scripts.lake.connecting import OFFLINE, load_extensions
from scripts.lake.reader import open_book

BESIDE = ("audit.published_versions",)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with private_postgres() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", OWNER_PASSWORD)
        yield Lake(server, tmp_path_factory.mktemp("lake"), "parity")


@pytest.fixture(scope="module")
def both(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """One book built on both, every data test and unit test passed; attached as `dev` and `lake`."""
    folder = tmp_path_factory.mktemp("plain")
    variables = {
        "landing": str(landing_set(folder)),
        "run_context": str(frozen_start(folder / "context")),
        **SPOILT_BOOK,
    }
    on_the_lake = lake.dbt("build", variables=variables)
    assert on_the_lake.exit_code == 0, on_the_lake.output
    assert "Published: version" in on_the_lake.output
    command = [str(DBT), "build", "--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    environment = {
        **os.environ,
        "PORTFOLIO_DRIFT_WAREHOUSE": str(folder),
        "PORTFOLIO_DRIFT_DB": f"{folder}/dev.duckdb",
        "PORTFOLIO_DRIFT_SCRATCH": f"{folder}/scratch.duckdb",
    }
    plain = subprocess.run(
        [*command, "--vars", json.dumps(variables)],
        cwd=PROJECT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert plain.returncode == 0, plain.stdout
    put_back_what_is_kept_apart(folder)
    connection = lake.head()
    connection.execute(f"attach '{folder / 'dev.duckdb'}' as dev (read_only)")
    return connection


def put_back_what_is_kept_apart(folder: Path) -> None:
    """A build that is given a run's context keeps apart what a guarded run does not publish; the lake has it all."""
    with duckdb.connect(str(folder / "dev.duckdb")) as connection:
        connection.execute(f"attach '{folder / 'scratch.duckdb'}' as scratch (read_only)")
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'scratch'"
        ).fetchall():
            connection.execute(f"create table {schema}.{table} as from scratch.{schema}.{table}")


def test_every_row_is_equal(both: duckdb.DuckDBPyConnection) -> None:
    schemas = ("raw", "policy", "staging", "intermediate", "marts", "audit", "ml")
    assert differences(both, "dev", "lake", schemas, BESIDE) == []


def test_the_set_has_what_it_is_meant_to_have(both: duckdb.DuckDBPyConnection) -> None:
    """Corrections, defects and exceptions in plenty: equality of nothing proves nothing."""
    ((facts, reasons, superseded, exceptions, scores),) = both.execute(
        "select (select count(*) from lake.marts.fct_portfolio_daily),"
        " (select count(distinct reason) from lake.audit.rejected_rows),"
        " (select count(*) from lake.audit.rejected_rows where reason = 'superseded'),"
        " (select count(*) from lake.audit.valuation_exceptions),"
        " (select count(breach_probability) from lake.marts.portfolio_risk_scores)"
    ).fetchall()
    assert facts > 10_000
    assert reasons > 20
    assert superseded > 50
    assert exceptions > 0
    assert scores > 100


@pytest.mark.parametrize(
    "alteration",
    [
        "update {fact} set market_value = market_value + 0.01 where {one}",
        "update {fact} set drift_score = drift_score + 0.0000000001 where {one}",
        "delete from {fact} where {one}",
        "insert into {fact} from {fact} where {one}",
        "update lake.audit.rejected_rows set reason = 'other' where raw_row like '%P00007%'",
        "alter table lake.marts.dim_security drop column sector",
        "drop table lake.marts.dim_date",
    ],
)
def test_a_single_altered_row_is_seen(both: duckdb.DuckDBPyConnection, alteration: str) -> None:
    fact = "lake.marts.fct_portfolio_daily"
    one = f"(portfolio_id, as_of_date) = (select min((portfolio_id, as_of_date)) from {fact})"
    both.execute("begin")
    try:
        both.execute(alteration.format(fact=fact, one=one))
        assert differences(both, "dev", "lake", beside=BESIDE) != []
    finally:
        both.execute("rollback")
    assert differences(both, "dev", "lake", beside=BESIDE) == []


def test_nothing_is_stored_in_a_type_that_parquet_rounds(both: duckdb.DuckDBPyConnection) -> None:
    """DuckLake takes a HUGEINT and writes a double: 2^53 + 1 comes back as 2^53, without a word."""
    rounded = both.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = 'lake' and data_type in ('HUGEINT', 'UHUGEINT')"
    ).fetchall()
    assert rounded == []


def test_contracts_hold(lake: Lake, both: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A null where none may be, or another type, stops the model, and the table stays as it was."""
    project = copy_of_project(tmp_path)
    model = project / "models" / "marts" / "dim_advisor.sql"
    written = model.read_text()
    before = both.execute("select count(*) from lake.marts.dim_advisor").fetchall()
    for broken, why in (
        (written.replace("    advisor_id,", "    nullif(advisor_id, advisor_id) as advisor_id,"), "NOT NULL"),
        (written.replace("    advisor_id,", "    cast(1 as integer) as advisor_id,"), "contract"),
    ):
        assert broken != written
        model.write_text(broken)
        done = lake.dbt("run", "-s", "dim_advisor", project=project)
        assert done.exit_code == 1
        assert why in done.output
        assert "Not published: the build failed" in done.output
    assert both.execute("select count(*) from lake.marts.dim_advisor").fetchall() == before


def sql_in_the_readme() -> tuple[str, str]:
    """What the README's section on the lake gives: the door, and the rights that a reader's role needs."""
    section = (PROJECT / "README.md").read_text().split("\n## The lake")[1].split("\n## ")[0]
    door, rights = re.findall(r"```sql\n(.*?)```", section, flags=re.DOTALL)
    return door, rights


@pytest.fixture(scope="module")
def reader_role(lake: Lake, both: duckdb.DuckDBPyConnection) -> str:
    """The catalog as a role reaches it that has the rights the README gives it, and no other."""
    _, rights = sql_in_the_readme()
    assert rights.count("role builder") == 1
    lake.server.ask("create role reader login password 'of-the-reader'")
    lake.server.ask(rights.replace("role builder", f"role {OWNER}"), lake.name)
    return lake.server.catalog(lake.name, "reader")


@pytest.fixture
def reader(reader_role: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PGPASSWORD", "of-the-reader")
    return reader_role


def test_readers_need_no_more_than_to_read(reader: str) -> None:
    """A role that may only SELECT reads every mart through the door, and writes nothing."""
    connection, _ = open_book(catalog=reader)
    with connection:
        ((count,),) = connection.execute("select count(*) from marts.drift_monitor").fetchall()
        assert count > 200
        for attempt in (
            "delete from marts.drift_monitor",
            "create table marts.mine as select 1 as one",
            "from read_csv('/etc/passwd')",
            "set threads = 8",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(attempt)


def test_the_door_in_the_readme_opens(reader: str) -> None:
    """The SQL that the README gives, as it stands there, on this lake, for a reader."""
    door, _ = sql_in_the_readme()
    assert door.count("host=db.example dbname=lake user=reader") == 2
    with duckdb.connect(config=OFFLINE) as connection:
        load_extensions(connection)
        found = connection.execute(door.replace("host=db.example dbname=lake user=reader", reader)).fetchall()
    assert len(found) > 200


def test_no_password_is_written_or_shown(lake: Lake, both: duckdb.DuckDBPyConnection) -> None:
    for path in lake.folder.rglob("*"):
        if path.is_file() and path.suffix not in (".parquet", ".msgpack"):
            assert OWNER_PASSWORD not in path.read_text(errors="replace"), path
    assert OWNER_PASSWORD not in lake.dbt("debug").output
