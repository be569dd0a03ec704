"""The command line as a person uses it: what it prints, what it leaves, and what it says when something is wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from corner_sets import CORNERS
from project import PROJECT, copy_of_project

from scripts.runs.lock import hold_lock
from scripts.warehouse import Warehouse

DRIFT = Path(sys.executable).with_name("drift")


def drift(*arguments: str, warehouse: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(warehouse)}
    return subprocess.run(
        [str(DRIFT), *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with one good build of the committed seeds in it."""
    folder = tmp_path_factory.mktemp("warehouse")
    built = drift("run", warehouse=folder)
    assert built.returncode == 0, built.stderr
    (folder / "summary.txt").write_text(built.stdout)
    return folder


def query(database: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database.resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_run_publishes_and_summarises(warehouse: Path) -> None:
    printed = (warehouse / "summary.txt").read_text()
    current = warehouse / "current.duckdb"
    ((as_of_date, portfolios),) = query(
        current,
        "select as_of_date, sum(portfolio_count) from marts.drift_trend"
        " inner join marts.dim_date using (as_of_date) where is_as_of_date group by as_of_date",
    )
    assert f"as of Tuesday, {as_of_date}" in printed
    assert f"{portfolios} portfolios, AUM $" in printed
    for status, count in query(
        current,
        "select drift_status, sum(portfolio_count) from marts.drift_trend"
        " inner join marts.dim_date using (as_of_date) where is_as_of_date group by drift_status",
    ):
        assert [line.split()[-2] for line in printed.splitlines() if line.startswith(str(status))] == [str(count)]
    alerts = query(current, "select portfolio_id, client_name from marts.drift_monitor where alert_rank <= 5")
    for portfolio_id, client_name in alerts:
        assert f"{portfolio_id}  " in printed
        assert str(client_name) in printed
    ((following, probability),) = query(
        current, "select portfolio_id, round(100 * breach_probability, 2) from marts.drift_monitor where next_rank = 1"
    )
    assert f"within 20 trading days): {following} {probability:.2f} %, " in printed
    assert "Rejected rows" not in printed
    assert "breaks" not in printed
    assert str(current) in printed
    assert "make docs" in printed


def test_summary_says_why_there_are_no_risk_scores(warehouse: Path, tmp_path: Path) -> None:
    unscored = tmp_path / "unscored.duckdb"
    shutil.copyfile(warehouse / "current.duckdb", unscored)
    with duckdb.connect(str(unscored)) as connection:
        connection.execute("update ml.model_in_use set refusal = 'there is no card; train one'")
        connection.execute("update marts.drift_monitor set breach_probability = null")
    said = drift("summary", "--db", str(unscored), warehouse=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "\nNo risk scores: there is no card; train one\n" in said.stdout
    assert "Who is next" not in said.stdout


def test_summary_prints_the_same_again(warehouse: Path) -> None:
    again = drift("summary", warehouse=warehouse)
    assert again.returncode == 0
    assert again.stdout == (warehouse / "summary.txt").read_text()


def test_findings_are_told(warehouse: Path, tmp_path: Path) -> None:
    landing = CORNERS["every_reason"](tmp_path / "landing")
    run = drift("run", "--landing", str(landing), "--vars", "max_rejected_share: 1", warehouse=tmp_path)
    assert run.returncode == 0, run.stderr
    rejected = query(tmp_path / "current.duckdb", "select count(*) from audit.rejected_rows")
    assert f"Rejected rows (audit.rejected_rows): {rejected[0][0]}: " in run.stdout


def test_too_many_rejected_rows_publish_nothing(tmp_path: Path) -> None:
    good = CORNERS["clean"](tmp_path / "good")
    assert drift("run", "--landing", str(good), warehouse=tmp_path).returncode == 0
    before = (tmp_path / "current.duckdb").resolve()
    bad = CORNERS["clean"](tmp_path / "bad")
    prices = (bad / "prices.csv").read_text().splitlines(keepends=True)
    (bad / "prices.csv").write_text("".join(line.replace(",100\n", ",oops\n") for line in prices))
    run = drift("run", "--landing", str(bad), warehouse=tmp_path)
    assert run.returncode == 3
    assert "\nrejected_rows: prices: " in run.stderr
    assert run.stderr.startswith(f"Note: first run of the book '{bad}' (there are '{good}')")
    assert "more than max_rejected_share allows; top reasons: invalid_close_price" in run.stderr
    assert "Nothing was published" in run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / "current.duckdb").resolve() == before
    assert [path.name for path in (tmp_path / "published").iterdir()] == [before.name]
    assert not (tmp_path / "builds").exists()


def test_a_file_without_a_header_is_one_clear_line(tmp_path: Path) -> None:
    landing = CORNERS["clean"](tmp_path / "landing")
    prices = landing / "prices.csv"
    prices.write_text("".join(prices.read_text().splitlines(keepends=True)[1:]))
    run = drift("run", "--landing", str(landing), warehouse=tmp_path)
    assert run.returncode == 1
    first = run.stderr.splitlines()[0]
    assert first.startswith(f"prices: {prices}, line 1: no header")
    assert len(run.stderr.splitlines()) == 2


def test_a_slip_in_the_policy_says_what_must_hold_and_where(tmp_path: Path) -> None:
    project = copy_of_project(tmp_path)
    targets = project / "seeds" / "policy" / "target_allocations.csv"
    targets.write_text(
        targets.read_text().replace("Moderate,2000-01-01,Equity,0.60", "Moderate,2000-01-01,Equity,0.61")
    )
    environment = {**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(tmp_path / "warehouse")}
    run = subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", "run"],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 3
    assert run.stderr.startswith("laws: ")
    assert "must sum to exactly 1; mend seeds/policy/target_allocations.csv" in run.stderr
    assert "risk_profile Moderate, effective_date 2000-01-01, total 1.01" in run.stderr


def test_a_policy_seed_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    project = copy_of_project(tmp_path)
    with (project / "seeds" / "policy" / "drift_policy.csv").open("ab") as bands:
        bands.write("2030-01-01,Gepr\xfcft,0,0.03,,\n".encode("latin-1"))
    environment = {**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(tmp_path / "warehouse")}
    run = subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", "run"],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "seeds/policy/drift_policy.csv, line 5: not UTF-8" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_landing_folder_that_is_not_there(tmp_path: Path) -> None:
    run = drift("run", "--landing", "no/such/folder", warehouse=tmp_path)
    assert run.returncode == 1
    assert "no/such/folder is not a folder" in run.stderr
    assert "there is no earlier run either" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--vars", "as_of_date"), "is no YAML mapping"),
        (("--vars", "max_rejected_share: {}"), "max_rejected_share is {}; write one value"),
        (("--expect-date", "2026-13-02"), "'2026-13-02' is no date as YYYY-MM-DD"),
        (("--expect-date", "20260102"), "'20260102' is no date as YYYY-MM-DD"),
        (("--from", "yesterday"), "'yesterday' is no date as YYYY-MM-DD"),
        (("--from", "2026-01-02", "--full-refresh"), "--full-refresh builds every day: leave --from out"),
    ],
)
def test_arguments_that_are_wrong_begin_nothing(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    run = drift("run", *arguments, warehouse=tmp_path)
    assert run.returncode == 2
    assert said in " ".join(run.stderr.split())
    assert not (tmp_path / "audit_log.jsonl").exists()


def test_runs_of_a_book_that_is_not_there(warehouse: Path) -> None:
    listed = drift("runs", "--book", "nosuch", warehouse=warehouse)
    assert listed.returncode == 1
    assert "no run is of the book 'nosuch'; there are '" in listed.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ("as_of_date: 31/12/2025", "var as_of_date is '31/12/2025'; write a date as YYYY-MM-DD"),
        ("max_price_age_days: five", "var max_price_age_days is 'five'; write a whole number"),
        ("as_of_date: 2026-02-30", "var as_of_date is '2026-02-30'; write a date as YYYY-MM-DD"),
        ("max_rejected_share: 5", "var max_rejected_share is '5'; write a share of 1"),
    ],
)
def test_a_var_of_the_wrong_kind_is_named(variables: str, said: str, tmp_path: Path) -> None:
    run = drift("run", "--vars", variables, warehouse=tmp_path)
    assert run.returncode == 1
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_var_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    run = drift("run", "--vars", "as_of_dat: 2026-01-02", warehouse=tmp_path)
    assert run.returncode == 2
    assert "as_of_dat is no var of dbt_project.yml" in " ".join(run.stderr.split())


def test_names_that_look_like_markup_and_jumps_beyond_all_measure(tmp_path: Path) -> None:
    landing = CORNERS["clean"](tmp_path / "landing")
    clients = landing / "clients.csv"
    header, *rows = clients.read_text().splitlines()
    clients.write_text("\n".join([header, *(f"{row.split(',')[0]},Doe [/] [trust] family" for row in rows)]) + "\n")
    prices = landing / "prices.csv"
    lines = prices.read_text().splitlines()
    equity = [n for n, line in enumerate(lines) if line.startswith("EQ,")]
    lines[equity[1]] = ",".join([*lines[equity[1]].split(",")[:2], "0.000001"])
    lines[equity[2]] = ",".join([*lines[equity[2]].split(",")[:2], "999999"])
    prices.write_text("\n".join(lines) + "\n")
    run = drift("run", "--landing", str(landing), warehouse=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "Doe [/] [trust] family" in run.stdout
    assert "too large to state" in run.stdout


@pytest.mark.parametrize("command", [("run",), ("rollback", "last")])
def test_a_second_command_is_told_whom_it_waits_for(command: tuple[str, ...], tmp_path: Path) -> None:
    with hold_lock(Warehouse(tmp_path), "drift run --book x", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)):
        run = drift(*command, warehouse=tmp_path)
    assert run.returncode == 75
    assert len(run.stderr.splitlines()) == 1
    assert f"'drift run --book x' is running since 2026-01-02T03:04:05+00:00 UTC (PID {os.getpid()})" in run.stderr


@pytest.mark.parametrize(("sent", "code", "said"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_a_stopped_run_cleans_up_and_says_so(sent: signal.Signals, code: int, said: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(tmp_path)}
    with subprocess.Popen([str(DRIFT), "run"], cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True) as run:
        while not list((tmp_path / "builds").glob("*.duckdb")):
            time.sleep(0.05)
            assert run.poll() is None
        run.send_signal(sent)
        _, told = run.communicate()
    assert run.returncode == code
    assert f"Stopped by {said}. Nothing was published" in told
    assert "Traceback" not in told
    assert not (tmp_path / "builds").exists()
    listed = drift("runs", warehouse=tmp_path)
    assert f"stopped by {said}" in listed.stdout


def test_summary_of_a_database_of_something_else(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "other.duckdb")) as connection:
        connection.execute("create table t (a integer)")
    run = drift("summary", "--db", str(tmp_path / "other.duckdb"), warehouse=tmp_path)
    assert run.returncode == 1
    assert "holds no build of this project" in run.stderr
    assert "Traceback" not in run.stderr


def test_summary_without_a_build_says_what_to_do(tmp_path: Path) -> None:
    run = drift("summary", warehouse=tmp_path)
    assert run.returncode == 1
    assert run.stderr == f"drift: nothing is published in {tmp_path} yet; run `make build` first\n"


def test_summary_of_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "some.duckdb").write_text("not a database")
    run = drift("summary", "--db", str(tmp_path / "some.duckdb"), warehouse=tmp_path)
    assert run.returncode == 1
    assert "can't be read" in run.stderr
    assert "Traceback" not in run.stderr


def test_simulate_tells_what_it_wrote(tmp_path: Path) -> None:
    out = tmp_path / "book"
    run = drift("simulate", "--portfolios", "20", "--days", "30", "--out", str(out), warehouse=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "portfolios 20" in run.stdout
    assert (out / "holdings.csv").exists()


def test_help_names_every_command(tmp_path: Path) -> None:
    run = drift("--help", warehouse=tmp_path)
    for command in ("run", "runs", "show", "rollback", "diff", "verify", "summary", "export", "simulate", "docs"):
        assert command in run.stdout
