"""The contenders of the bench compute the product's two facts, and the comparison notices when one does not."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from project import PROJECT, copy_of_project, run_dbt

from scripts.simulator import SimulatorOptions, simulate
from tests.bench import one_query
from tests.bench.books import FURTHER_DAYS, make_book
from tests.bench.contenders import CONTENDERS, ONE_QUERY, TABLES, Contender
from tests.bench.equality import differences
from tests.bench.product import FACTS, TESTS, UPSTREAM, seconds_by_part

_TABLES = ("portfolios", "risk_profile_assignments", "securities", "prices", "holdings")

# In force from the middle of the history on: Conservative portfolios hold cash without a target, bands are narrower.
_TARGETS = "Conservative,2026-05-15,Equity,0.30\nConservative,2026-05-15,Bonds,0.70\n"
_BANDS = (
    "2026-05-15,Normal,0,0.02,No action,Stable\n2026-05-15,Watch,1,0.04,Monitor / review,Elevated\n"
    "2026-05-15,Rebalance Flag,2,,Recommend rebalance,High\n"
)

# A small book in which every rule decides something; the simulator's portfolios are P00001 and on.
_CORNERS = """
    -- closes that are missing: two days (an older one serves), and more than an older one can serve for
    delete from prices where security_id = 'NLTM' and price_date between '2026-04-15' and '2026-04-16';
    delete from prices where security_id = 'NLAG' and price_date between '2026-05-20' and '2026-05-31';
    -- closed in the middle, and a profile that changes, with an assignment between that changes nothing
    update portfolios set closed_date = '2026-05-05' where portfolio_id = 'P00003';
    insert into risk_profile_assignments
    select portfolio_id, date '2026-04-20', risk_profile from risk_profile_assignments where portfolio_id = 'P00005'
    qualify row_number() over (order by effective_date desc) = 1;
    insert into risk_profile_assignments
    select 'P00005', date '2026-06-01', profile from (values ('Aggressive'), ('Conservative')) as profiles (profile)
    where profile not in (select risk_profile from risk_profile_assignments where portfolio_id = 'P00005') limit 1;
    -- cash overdrawn, by less than all the rest is worth; X5 by more, for a while
    update holdings set quantity = -1000.25 where portfolio_id = 'P00009' and security_id = 'USD';
    -- two securities that are always worth 1: drifts that lie on a band exactly, of two classes alike
    insert into securities values ('ONE', 'One', 'Equity', 'x'), ('UNO', 'Uno', 'Bonds', 'x');
    insert into prices select added.security_id, days.price_date, 1
    from (select distinct price_date from prices) as days, (values ('ONE'), ('UNO')) as added (security_id);
    insert into portfolios
    select id, id, client_id, advisor_id, date '2026-04-10', null
    from (from portfolios limit 1), (values ('X1'), ('X2'), ('X3'), ('X4'), ('X5')) as added (id);
    insert into risk_profile_assignments
    select id, date '2026-04-10', 'Moderate' from (values ('X1'), ('X2'), ('X3'), ('X5')) as added (id);
    insert into risk_profile_assignments values ('X4', '2026-05-04', 'Moderate');
    insert into holdings values
        ('X1', '2026-04-10', 'ONE', 630), ('X1', '2026-04-10', 'UNO', 320), ('X1', '2026-04-10', 'USD', 50),
        ('X2', '2026-04-10', 'ONE', 550), ('X2', '2026-04-10', 'UNO', 400), ('X2', '2026-04-10', 'USD', 50),
        ('X3', '2026-04-10', 'ONE', 0.005), ('X3', '2026-04-10', 'UNO', 2.675), ('X3', '2026-05-08', 'USD', 7),
        ('X4', '2026-04-10', 'ONE', 60), ('X4', '2026-04-10', 'UNO', 35),
        ('X5', '2026-04-10', 'ONE', 60), ('X5', '2026-04-10', 'USD', -61),
        ('X5', '2026-05-04', 'ONE', 60), ('X5', '2026-05-04', 'USD', -20);
"""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated book with every corner planted, as Parquet."""
    folder = tmp_path_factory.mktemp("book")
    simulate(SimulatorOptions(portfolios=20, days=60, seed=7, end=date(2026, 6, 30), file_format="parquet"), folder)
    with duckdb.connect() as connection:
        for table in _TABLES:
            connection.execute(f"create table {table} as from '{folder / table}.parquet'")
        connection.execute(_CORNERS)
        for table in _TABLES:
            connection.execute(f"copy {table} to '{folder / table}.parquet' (format parquet)")
    (folder / "custodian_balances.parquet").unlink()  # of other holdings than these
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with targets and bands that change in the middle of the history."""
    copy = copy_of_project(tmp_path_factory.mktemp("policy"))
    for name, rows in (("target_allocations", _TARGETS), ("drift_policy", _BANDS)):
        with (copy / "seeds" / "policy" / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(rows)
    return copy


@pytest.fixture(scope="module")
def marts(landing: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the product makes of it."""
    run = run_dbt(
        *("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        folder=tmp_path_factory.mktemp("warehouse"),
        variables={"landing": str(landing)},
        project=project,
    )
    assert run.ok, run.output
    return run.database


def _differences(contender: Contender, landing: Path, project: Path, marts: Path, out: Path) -> list[str]:
    out.mkdir()
    contender.build(landing, project / "seeds" / "policy", out)
    return differences(contender, out, marts)


@pytest.mark.parametrize("contender", CONTENDERS.values(), ids=list(CONTENDERS))
def test_a_contender_computes_the_marts(
    contender: Contender, landing: Path, project: Path, marts: Path, tmp_path: Path
) -> None:
    if contender.missing:
        pytest.skip(f"{', '.join(contender.missing)} is not installed: it comes with `make bench`")
    assert _differences(contender, landing, project, marts, tmp_path / "out") == []


def test_every_corner_is_in_the_book(marts: Path) -> None:
    """What the rules decide in this book: without any of these the comparison would not see a rule gone."""
    corners = {
        "a stale price": "from marts.fct_portfolio_daily where stale_position_count > 0",
        "an unpriced position": "from audit.valuation_exceptions where reason = 'unpriced_position'",
        "no market value": "from audit.valuation_exceptions where reason = 'no_market_value'",
        "no risk profile": "from audit.valuation_exceptions where reason = 'no_risk_profile'",
        "overdrawn cash": "from marts.fct_asset_class_daily where market_value < 0",
        "a class without a target": "from marts.fct_asset_class_daily where target_weight = 0 and market_value <> 0",
        "a class not held": "from marts.fct_asset_class_daily where target_weight <> 0 and market_value = 0",
        "a drift on the first band": "from marts.fct_portfolio_daily where drift_score = 0.03 and severity = 0",
        "a drift on the second band": "from marts.fct_portfolio_daily where drift_score = 0.05 and severity = 1",
        "a change of profile": "from marts.dim_portfolio where valid_from > '2026-04-20' and portfolio_id = 'P00005'",
        "a closed portfolio": "from marts.dim_portfolio where closed_date = '2026-05-05'",
        "every row used": "from (select count(*) as n from audit.rejected_rows) where n = 0",
    }
    with duckdb.connect(str(marts), read_only=True) as connection:
        assert [name for name, rows in corners.items() if not connection.execute(rows).fetchall()] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("price_days.day_number + 5", "price_days.day_number + 6"),
        ("priced_count = position_count and ", ""),
        (" and whole_cents > 0", ""),
        ("order by snapshot_date), closed_date)", "order by snapshot_date), null)"),
        ("qualify risk_profile is distinct from lag", "qualify true or risk_profile is distinct from lag"),
        ("class_count < (select count(*) from asset_classes)", "false"),
        ("decimal(24, 16) - class_number", "decimal(24, 16) + class_number"),
        ("drift_score <= max_drift", "drift_score < max_drift"),
        ("later.effective_date > targets.effective_date", "later.effective_date < targets.effective_date"),
        ("as_of_date < span_to", "as_of_date <= span_to"),
        ("drift_status is distinct from lag(drift_status)", "drift_status = lag(drift_status)"),
        ("else ((quantity", "when true then floor(amount * price * 100)::bigint else ((quantity"),
    ],
)
def test_a_wrong_contender_is_noticed(
    right: str,
    wrong: str,
    landing: Path,
    project: Path,
    marts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = (PROJECT / "tests" / "bench" / "one_query.sql").read_text()
    assert right in script
    altered = tmp_path / "altered.sql"
    altered.write_text(script.replace(right, wrong))
    monkeypatch.setattr(one_query, "_SCRIPT", altered)
    assert _differences(ONE_QUERY, landing, project, marts, tmp_path / "out") != []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("where not (portfolio_id = 'X1' and as_of_date = '2026-06-30')", "of the mart are missing"),
        ("union all from made where portfolio_id = 'X1' and as_of_date = '2026-06-30'", "that the mart has not"),
        ("select * replace (market_value + if(portfolio_id = 'X1', 0.01, 0) as market_value)", "that the mart has not"),
        ("select * replace (if(portfolio_id = 'X1', null, as_of_date) as as_of_date)", "of the mart are missing"),
        ("select * exclude (as_of_date)", "the columns are"),
    ],
)
def test_a_changed_row_is_noticed(
    table: str, change: str, said: str, landing: Path, project: Path, marts: Path, tmp_path: Path
) -> None:
    """A row less, a row twice, a cent more, a day gone, a column gone."""
    contender = CONTENDERS["pandas"]
    contender.build(landing, project / "seeds" / "policy", tmp_path)
    written = tmp_path / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table made as from '{written}'")
        query = f"{change} from made" if change.startswith("select") else f"from made {change}"
        connection.execute(f"copy ({query}) to '{written}' (format parquet)")
    found = differences(contender, tmp_path, marts)
    assert found
    assert all(table in line for line in found)
    assert any(said in line for line in found)


def test_a_book_is_cut_into_history_and_days(tmp_path: Path) -> None:
    """Nothing of the simulator's is lost, nothing comes twice, and a landed day is one file a table."""
    book = make_book(30, 40, 7, tmp_path / "shelf")
    whole = tmp_path / "whole"
    simulate(SimulatorOptions(portfolios=30, days=40 + FURTHER_DAYS, seed=7, file_format="parquet"), whole)
    assert len(book.drops) == FURTHER_DAYS
    landing = tmp_path / "landing"
    book.land_daily(landing)
    for number in range(FURTHER_DAYS):
        book.add_day(landing, number)
    with duckdb.connect() as connection:
        for table in ("prices", "holdings", "custodian_balances"):
            landed, made = f"from '{landing / table}/*.parquet'", f"from '{whole / table}.parquet'"
            for first, second in ((landed, made), (made, landed)):
                assert connection.execute(f"{first} except all {second}").fetchall() == []
        days = connection.execute(f"select count(distinct price_date) from '{book.landing}/prices.parquet'").fetchone()
    assert days == (40,)
    assert len(list((landing / "prices").iterdir())) == 1 + FURTHER_DAYS
    assert make_book(30, 40, 7, tmp_path / "shelf") == book


def test_a_contender_in_a_process_says_its_seconds(landing: Path, project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.contend", "one_query"]
    said = subprocess.run(
        [*command, str(landing), str(project / "seeds" / "policy"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    assert 0 < float(said.stdout) < 60


def test_every_second_of_a_build_is_in_one_part(marts: Path) -> None:
    target = marts.parent / "target"
    parts = seconds_by_part(target)
    results = json.loads((target / "run_results.json").read_text())["results"]
    assert sum(parts.values()) == pytest.approx(sum(result["execution_time"] for result in results), abs=0.01)
    of_facts = [result for result in results if result["unique_id"].split(".")[-1] in TABLES]
    assert parts[FACTS] == pytest.approx(sum(result["execution_time"] for result in of_facts), abs=0.001)
    assert parts[UPSTREAM] > 0
    assert parts[TESTS] == 0  # this build had none


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    pytest.importorskip("psutil", reason="psutil is not installed: it comes with `make bench`")
    from tests.bench.measure import BenchError, measure  # noqa: PLC0415 (psutil is in the group `bench`)

    child = "held = bytearray(150_000_000); [n * n for n in range(5_000_000)]; print('done')"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    cost, printed = measure([sys.executable, "-c", parent], os.environ, tmp_path / "measured.log")
    assert printed.strip() == "done"
    assert cost.peak_bytes > 150_000_000
    assert cost.cpu_seconds > 0.05
    assert 0.05 < cost.wall_seconds < 60
    with pytest.raises(BenchError, match="exit code 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"], os.environ, tmp_path / "measured.log")
