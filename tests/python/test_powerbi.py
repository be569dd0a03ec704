"""The Power BI guide is true: its relationships are dbt's, and the SQL twin of each measure gives the mart's figure."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corner_sets import DAYS, Book
from project import PROJECT, run_dbt
from test_commands import drift

GUIDE = (PROJECT / "dashboards" / "powerbi" / "README.md").read_text()
RELATIONSHIP = re.compile(
    r"^\| `(\w+)\[(\w+)\]` \| `(\w+)\[(\w+)\]` \| many to one \| single \| (yes|no) \|$", re.MULTILINE
)
SETUP = re.findall(r"```sql\n((?:--[^\n]*\n)?create .*?)```", GUIDE, flags=re.DOTALL)
MEASURES = {
    name: (mart, figure, dax, sql)
    for name, mart, figure, dax, sql in re.findall(
        r"^### ((?!Calculated)[^\n]+)\n.*?Must equal `(\w+)\.(\w+)`.*?```dax\n(.*?)```\s+```sql\n(.*?)```",
        GUIDE,
        flags=re.DOTALL | re.MULTILINE,
    )
}
LAST_PLACE = Decimal("0.0000000001")


def small_book(folder: Path) -> Path:
    """What the committed book has not: an advisor who comes later, one without a value, and a day that flags all."""
    book = Book()
    for advisor_id in ("LATER", "UNVALUED"):
        book.add("advisors", advisor_id, advisor_id, "")
    book.on_target("P1")
    book.portfolio("WATCH", EQ="640", BD="620", CASH="5000")  # 64 % equity
    book.on_target("P2", opened=DAYS[4], advisor_id="LATER")
    book.portfolio("P3", profile=None, advisor_id="UNVALUED", CASH="1")
    book.portfolio("P4", profile=None, opened=DAYS[4], CASH="1")
    book.unprice("EQ", DAYS[6:])
    book.price("EQ", DAYS[6:], "133.333333")
    return book.write(folder)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default book's marts as Parquet and CSV, and those of a small one."""
    folder = tmp_path_factory.mktemp("powerbi")
    for warehouse, *arguments in (
        ("default", "run"),
        ("default", "export", "--format", "parquet", "--out", str(folder / "parquet")),
        ("default", "export", "--format", "csv", "--out", str(folder / "csv")),
        ("own", "run", "--landing", str(small_book(folder / "landing"))),
        ("own", "export", "--format", "parquet", "--out", str(folder / "small")),
    ):
        done = drift(*arguments, warehouse=folder / warehouse)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module", params=["parquet", "csv", "small"])
def files(request: pytest.FixtureRequest, exported: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The exported files as tables named as the marts, CSV with the types of its manifest, and the guide's views."""
    folder = exported / request.param
    manifest = json.loads((folder / "manifest.json").read_text())
    with duckdb.connect() as connection:
        for file in manifest["files"]:
            (table,) = file["tables"]
            source = f"'{folder / file['file']}'"
            if request.param == "csv":
                types = json.dumps(table["columns"]).replace('"', "'")
                source = f"read_csv({source}, columns = {types}, allow_quoted_nulls = false)"
            connection.execute(f"create table {table['table']} as from {source}")
        for statements in SETUP:
            connection.execute(statements)
        yield connection


def choose(connection: duckdb.DuckDBPyConnection, day: object, advisor_id: object = None) -> None:
    """The filter context: what slicers do in Power BI."""
    connection.execute(
        f"create or replace view chosen_day as"
        f" select as_of_date, trading_day_number from dim_date where as_of_date = '{day}'"
    )
    chosen = "" if advisor_id is None else f" where advisor_id = '{advisor_id}'"
    connection.execute(f"create or replace view chosen_advisors as select advisor_id from dim_advisor{chosen}")


def figure_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    ((figure,),) = connection.execute(sql).fetchall()
    return figure


def test_the_guide_has_every_measure() -> None:
    headings = re.findall(r"^### (?!Calculated)(.+)$", GUIDE, flags=re.MULTILINE)
    assert list(MEASURES) == headings
    assert len(headings) == 12
    assert len(SETUP) == 2
    for name, (_, _, dax, _) in MEASURES.items():
        assert dax.startswith(f"{name} =")


def test_the_chosen_day_is_the_as_of_date(files: duckdb.DuckDBPyConnection) -> None:
    for statements in SETUP:
        files.execute(statements)
    assert (
        files.execute("select as_of_date from chosen_day").fetchall()
        == files.execute("select max(as_of_date) from dim_date").fetchall()
    )
    assert figure_of(files, "select count(*) from portfolio_days") == figure_of(
        files, "select count(*) from fct_portfolio_daily"
    )


@pytest.mark.parametrize("name", MEASURES)
def test_the_sql_twin_gives_the_mart_s_figure(name: str, files: duckdb.DuckDBPyConnection) -> None:
    """For each advisor and the firm, on the as-of date, and on first days: with none and with no fifth before them."""
    mart, figure, _, sql = MEASURES[name]
    days = files.execute("select as_of_date from dim_date order by as_of_date desc").fetchall()
    differing = set()
    for (day,) in (days[0], days[-7], days[-5], days[-3], days[-1]):
        query = (
            f"select advisor_id, {figure} from advisor_overview where as_of_date = '{day}'"
            if mart == "advisor_overview"
            else f"select book_id, {figure} from {mart} where as_of_date = '{day}' and book_level = 'advisor'"
        )
        expected = files.execute(f"{query} order by all").fetchall()
        assert len(expected) > 1
        for advisor_id, value in expected:
            choose(files, day, advisor_id)
            found = figure_of(files, sql)
            assert found == value, (day, advisor_id)
            assert type(found) is type(value) or {type(found), type(value)} == {int, Decimal}
            differing.add(value)
        choose(files, day)
        firm = figure_of(
            files, f"select {figure} from book_overview where as_of_date = '{day}' and book_level = 'firm'"
        )
        if mart == "advisor_overview":  # the firm's average is of rounded averages, as the guide says
            assert abs(figure_of(files, sql) - firm) <= LAST_PLACE
        else:
            assert figure_of(files, sql) == firm, day
        differing.add(firm)
    if (
        name != "Unvalued portfolios" or days[0][0].year == 2024
    ):  # the committed book has none; the small one is of 2024
        assert len(differing) > 1


def test_the_relationships_are_those_that_dbt_tests(tmp_path: Path) -> None:
    """Among the marts of the guide's table, every relationship that a build checks and no other."""
    assert run_dbt("parse", folder=tmp_path).ok
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text())
    told = [groups[:4] for groups in RELATIONSHIP.findall(GUIDE)]
    assert len(told) == len(set(told)) > 10
    star = {table for groups in told for table in (groups[0], groups[2])}
    tested = set()
    for node in manifest["nodes"].values():
        if (node.get("test_metadata") or {}).get("name") == "relationships":
            one = re.search(r"ref\('(\w+)'\)", node["test_metadata"]["kwargs"]["to"])
            assert one is not None
            many = node["attached_node"].split(".")[-1]
            tested.add((many, node["column_name"], one[1], node["test_metadata"]["kwargs"]["field"]))
    assert set(told) == {each for each in tested if each[0] in star and each[2] in star}


def test_the_one_side_is_one_and_no_filter_has_two_ways(files: duckdb.DuckDBPyConnection) -> None:
    """What Power BI refuses: a one side that repeats, and two active ways from one table to another."""
    active: dict[str, list[str]] = {}
    for many, column, one, key, is_active in RELATIONSHIP.findall(GUIDE):
        assert figure_of(files, f"select count(*) = count(distinct {key}) from {one}"), (one, key)
        assert figure_of(files, f"select count(*) from {many} anti join {one} on {many}.{column} = {one}.{key}") == 0
        if is_active == "yes":
            active.setdefault(one, []).append(many)

    def ways(table: str) -> Iterator[str]:
        for many in active.get(table, []):
            yield many
            yield from ways(many)

    for table in active:
        assert max(Counter(ways(table)).values()) == 1, table


def test_money_of_the_guide_is_what_the_manifest_calls_decimal_with_two_places(exported: Path) -> None:
    manifest = json.loads((exported / "parquet" / "manifest.json").read_text())
    columns = {file["tables"][0]["table"]: file["tables"][0]["columns"] for file in manifest["files"]}
    assert columns["fct_portfolio_daily"]["market_value"] == "DECIMAL(18,2)"
    assert columns["fct_portfolio_daily"]["drift_score"] == "DECIMAL(18,10)"
