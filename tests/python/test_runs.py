"""A story of guarded runs on one warehouse, and what can be told, shown, compared, taken back and proven afterwards."""

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from corner_sets import Book
from corner_sets.writing import DAYS
from project import PROJECT, SHARED
from test_commands import DRIFT, drift

from scripts.reader import open_database, open_published, published_run
from scripts.runs.audit_log import LogReading, Pointer, user
from scripts.runs.find import find_run, read_history
from scripts.runs.output_hash import ContentError, content_hashes_of_update, hash_of, output_hash
from scripts.runs.verify import verify
from scripts.warehouse import Warehouse, WarehouseError

PORTFOLIOS = 10


def write_book(folder: Path, portfolios: int = PORTFOLIOS, equity_on_last_day: str = "100") -> Path:
    book = Book()
    for number in range(portfolios):
        book.on_target(f"P{number}")
    book.unprice("EQ", DAYS[-1:])
    book.price("EQ", DAYS[-1:], equity_on_last_day)
    book.add("prices", "EQ", DAYS[0], "oops")  # a rejected row with a history
    return book.write(folder)


@dataclass
class Story:
    """The warehouse, the landing folder of the last chapter, and what each chapter said and came to."""

    warehouse: Warehouse
    landing: Path
    said: dict[str, subprocess.CompletedProcess[str]]
    run_ids: dict[str, str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Good, corrected, blocked, accepted, taken back: five commands on one book."""
    monkeypatch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("story")
    landing = folder / "landing"
    told = Story(Warehouse(folder / "warehouse"), landing, {}, {})

    def chapter(name: str, *arguments: str) -> None:
        told.said[name] = drift(*arguments, warehouse=told.warehouse.folder)
        last = read_history(told.warehouse).last
        assert last is not None
        told.run_ids[name] = last.run_id

    run = ("run", "--landing", str(landing), "--book", "story", "--vars", "max_rejected_share: 1")
    write_book(landing)
    chapter("good", *run)
    monkeypatch.setenv("DBT_RESOURCE_TYPES", "model seed")  # dbt's own wish to leave out tests is none of ours
    write_book(landing, equity_on_last_day="110")
    prices = (landing / "prices.csv").read_text()
    (landing / "prices.csv").write_text(prices.replace(f"EQ,{DAYS[0]},oops\n", ""))  # the row is mended
    chapter("corrected", *run)
    write_book(landing, portfolios=7)
    chapter("blocked", *run)
    accept = ("--accept", "portfolio_count", "--accept", "aum", "--accept", "freshness")
    chapter("accepted", *run, *accept, "--reason", "three clients left")
    chapter("taken back", "rollback", told.run_ids["corrected"], "--reason", "they came back")
    monkeypatch.undo()
    return told


@pytest.fixture
def damaged(story: Story, tmp_path: Path) -> Warehouse:
    """A copy of the story's warehouse that a test may damage."""
    shutil.copytree(story.warehouse.folder, tmp_path / "warehouse", symlinks=True)
    return Warehouse(tmp_path / "warehouse")


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_database(path) as connection:
        return connection.execute(sql).fetchall()


def test_each_chapter_ends_as_it_should(story: Story) -> None:
    assert {name: said.returncode for name, said in story.said.items()} == {
        **{"good": 0, "corrected": 0, "blocked": 3, "accepted": 0, "taken back": 0},
    }


def test_a_blocked_run_says_which_control_and_the_figures(story: Story) -> None:
    said = story.said["blocked"].stderr
    assert "portfolio_count: 30.00 %, more than the limit of 10.00 %" in said
    assert "10 portfolios before, 7 now" in said
    assert "Nothing was published" in said
    assert '--accept aum --accept portfolio_count --reason "why"' in said
    kept = story.warehouse.blocked / f"{story.run_ids['blocked']}.duckdb"
    assert str(kept) in said
    assert query(kept, "select outcome from audit.controls where control = 'portfolio_count'") == [("blocks",)]


def test_what_was_accepted_is_shown_wherever_the_numbers_are(story: Story) -> None:
    said = story.said["accepted"]
    assert f"by {user()}, because: three clients left (portfolio_count)" in said.stdout
    assert "--accept freshness was not needed" in said.stderr
    file = story.warehouse.database(story.run_ids["accepted"])
    rows = query(file, "select control, reason from audit.accepted_controls order by control")
    assert rows == [("aum", "three clients left"), ("portfolio_count", "three clients left")]
    assert query(file, "select outcome from audit.controls where control = 'aum'") == [("accepted",)]
    shown = drift("show", story.run_ids["accepted"], warehouse=story.warehouse.folder)
    assert "because: three clients left" in shown.stdout


def test_the_published_file_tells_of_all_runs_until_then(story: Story) -> None:
    file = story.warehouse.database(story.run_ids["accepted"])
    rows = query(file, "select run_id, status, book, rows_landed - rows_accepted - rows_rejected from audit.runs")
    names = ("good", "corrected", "blocked", "accepted")
    statuses = ("published", "published", "blocked", "published")
    assert rows == [(story.run_ids[name], status, "story", 0) for name, status in zip(names, statuses, strict=True)]
    ((nodes, built),) = query(
        file,
        "select count(*), count(*) filter (status = 'success' and kind = 'model' and rows > 0)"
        f" from audit.run_results where run_id = '{story.run_ids['accepted']}'",
    )
    assert int(str(nodes)) > int(str(built)) > 20
    inputs = query(file, f"select * from audit.inputs where run_id = '{story.run_ids['accepted']}'")
    assert {row[1] for row in inputs} >= {"prices", "holdings", "drift_policy", "control_limits"}
    landed = sum(int(str(row[4])) for row in inputs if not str(row[2]).startswith("seeds/policy/"))
    assert query(file, f"select rows_landed from audit.runs where run_id = '{story.run_ids['accepted']}'") == [
        (landed,)
    ]


def test_no_environment_variable_leaves_out_the_tests(story: Story) -> None:
    tests = "select run_id, count(*) from audit.run_results where kind = 'test' group by run_id order by run_id"
    rows = query(story.warehouse.database(story.run_ids["corrected"]), tests)
    assert len(rows) == 2
    assert int(str(rows[0][1])) == int(str(rows[1][1])) > 50


def test_rejected_rows_keep_their_history(story: Story) -> None:
    seen = "select first_seen_run_id, last_seen_run_id, resolved_by_run_id from audit.rejected_row_history"
    good, corrected, accepted = (story.run_ids[name] for name in ("good", "corrected", "accepted"))
    assert query(story.warehouse.database(good), seen) == [(good, good, None)]
    assert query(story.warehouse.database(corrected), seen) == [(good, good, corrected)]
    assert query(story.warehouse.database(accepted), seen) == [(good, accepted, None)]


def test_readers_see_the_run_they_were_taken_back_to(story: Story) -> None:
    corrected = story.run_ids["corrected"]
    assert f"Readers see {corrected} again" in story.said["taken back"].stdout
    assert published_run(story.warehouse).run_id == corrected
    assert story.warehouse.link.resolve() == story.warehouse.database(corrected)
    listed = drift("runs", warehouse=story.warehouse.folder).stdout
    (line,) = (line for line in listed.splitlines() if line.startswith(story.run_ids["accepted"]))
    assert "taken back: they came back; accepted aum" in line
    (line,) = (line for line in listed.splitlines() if line.startswith(corrected))
    assert "<- what readers see" in line


def test_a_rollback_to_what_is_not_there_is_refused(story: Story) -> None:
    for name, said in (
        (story.run_ids["blocked"], "is blocked: it was never published"),
        (story.run_ids["corrected"], "is what readers see already"),
        ("run_1999", "no run is called 'run_1999'"),
        ("run_", "4 runs are called like 'run_'"),
    ):
        refused = drift("rollback", name, warehouse=story.warehouse.folder)
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr


def test_diff_says_what_changed_by_how_much_and_why(story: Story, tmp_path: Path) -> None:
    """The correction is one close of EQ, +10 % on the last day: 60,000 of each 100,000 becomes 66,000."""
    good, corrected = story.run_ids["good"], story.run_ids["corrected"]
    out = tmp_path / "restated.csv"
    said = drift("diff", good, corrected, "--out", str(out), warehouse=story.warehouse.folder)
    assert said.returncode == 0, said.stderr
    assert f"input: portfolio-days {PORTFOLIOS} changed; {PORTFOLIOS} portfolios" in said.stdout
    assert "policy: changes nothing" in said.stdout
    assert "code: changes nothing" in said.stdout
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PORTFOLIOS
    for row in rows:
        assert (row["cause"], row["as_of_date"], row["change"]) == ("input", DAYS[-1], "changed")
        assert (row["old_market_value"], row["new_market_value"]) == ("100000.00", "106000.00")
        assert row["market_value_change_bps"] == "600.00"
        assert row["drift_score_change_bps"] == "226.42"  # 66,000 / 106,000 - 0.6
        assert (row["old_drift_status"], row["new_drift_status"]) == ("Normal", "Normal")
        assert row["changed_columns"] == "market_value, drift_score"


def test_diff_tells_withdrawn_days_apart(story: Story) -> None:
    said = drift("diff", story.run_ids["good"], story.run_ids["accepted"], warehouse=story.warehouse.folder)
    assert f"portfolio-days {3 * len(DAYS)} withdrawn; 3 portfolios" in said.stdout


def test_diff_shows_what_a_blocked_run_would_have_changed(story: Story) -> None:
    said = drift("diff", story.run_ids["corrected"], story.run_ids["blocked"], warehouse=story.warehouse.folder)
    assert said.returncode == 0, said.stderr
    assert f"{PORTFOLIOS - 3} changed, {3 * len(DAYS)} withdrawn; {PORTFOLIOS} portfolios" in said.stdout


def test_a_run_that_was_taken_back_says_by_whom_and_why(story: Story) -> None:
    said = drift("show", story.run_ids["accepted"], warehouse=story.warehouse.folder).stdout
    assert f"to {story.run_ids['corrected']} by" in said
    assert "because: they came back" in said


def test_verify_holds_and_a_run_is_made_again_with_the_same_output(story: Story) -> None:
    said = drift("verify", "--rebuild", story.run_ids["good"], warehouse=story.warehouse.folder)
    assert said.returncode == 0, said.stdout
    assert "FAULT" not in said.stdout
    assert f"holds  {story.run_ids['good']} made again" in said.stdout


def test_the_log_knows_the_output_hash_of_each_file(story: Story) -> None:
    for run in read_history(story.warehouse).published():
        with open_database(story.warehouse.database(run.run_id)) as connection:
            assert output_hash(connection) == run.output_hash


def test_a_correction_computes_what_it_reaches_and_is_the_book_built_whole(story: Story) -> None:
    said = story.said["corrected"].stderr
    assert (
        f"computed: 0 days, and {PORTFOLIOS} earlier portfolio-days anew; all else is as in {story.run_ids['good']}"
        in said
    )
    rebuilt = drift("verify", "--rebuild", story.run_ids["corrected"], warehouse=story.warehouse.folder)
    assert f"holds  {story.run_ids['corrected']} made again" in rebuilt.stdout


@pytest.mark.parametrize(
    "tamper",
    [
        "update marts.fct_portfolio_daily set days_in_status = days_in_status + 1 where as_of_date = ?",
        "delete from marts.fct_asset_class_daily where as_of_date = ? and asset_class = 'Cash' and portfolio_id = 'P0'",
        "update marts.fct_portfolio_daily set as_of_date = as_of_date - 1000 where as_of_date = ?",
    ],
)
def test_days_that_an_update_did_not_compute_are_held_against_their_hashes(
    story: Story, tmp_path: Path, tamper: str
) -> None:
    published = story.warehouse.database(story.run_ids["corrected"])
    build = tmp_path / "build.duckdb"
    shutil.copyfile(published, build)
    with duckdb.connect(str(build)) as connection:
        assert hash_of(connection, content_hashes_of_update(connection, published)) == output_hash(connection)
        connection.execute(tamper, [DAYS[3]])
        with pytest.raises(ContentError, match=f"did not compute are not what they were, the first .*{DAYS[3][:2]}"):
            content_hashes_of_update(connection, published)


def test_an_update_of_a_damaged_file_builds_everything(story: Story, damaged: Warehouse) -> None:
    flip_a_byte(damaged.database(story.run_ids["corrected"]))
    write_book(story.landing)
    run = ("run", "--landing", str(story.landing), "--book", "story", "--vars", "max_rejected_share: 1")
    said = drift(*run, warehouse=damaged.folder)
    assert said.returncode == 0, said.stderr
    assert "everything is built, not what changed only: " in said.stderr
    assert f"{story.run_ids['corrected']}.duckdb is damaged" in said.stderr


def test_everything_or_all_from_a_day_is_computed_where_that_is_asked(
    story: Story, damaged: Warehouse, tmp_path: Path
) -> None:
    write_book(story.landing)
    run = ("run", "--landing", str(story.landing), "--book", "story", "--vars", "max_rejected_share: 1")
    before_the_calendar = "1999-12-31"
    for day, days in ((DAYS[5], len(DAYS) - 5), (before_the_calendar, len(DAYS))):
        said = drift(*run, "--from", day, warehouse=damaged.folder)
        assert said.returncode == 0, said.stderr
        assert f"computed: {days} days, and 0 earlier portfolio-days anew; all else is as in run_" in said.stderr
        assert "no longer there" not in said.stderr
    landing = shutil.copytree(story.landing, tmp_path / "sent anew")
    (landing / "prices").mkdir()
    (landing / "prices.csv").rename(landing / "prices" / "resent.csv")
    said = drift(*run, "--landing", str(landing), "--full-refresh", warehouse=damaged.folder)
    assert "no longer there: prices.csv" in said.stderr
    assert "everything is built, not what changed only: as asked for" in said.stderr
    hashes = {run.output_hash for run in read_history(damaged).published()[:3]}
    assert len(hashes) == 1
    assert faults(damaged) == ""


def faults(warehouse: Warehouse) -> str:
    return " ".join(fault for check in verify(warehouse) for fault in check.faults)


def flip_a_byte(path: Path) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


def truncate(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [flip_a_byte, truncate, Path.unlink])
def test_a_damaged_file_is_found_and_the_run_before_is_shown(
    story: Story, damaged: Warehouse, damage: Callable[[Path], None]
) -> None:
    damage(damaged.database(story.run_ids["corrected"]))
    assert story.run_ids["corrected"] in faults(damaged)
    shown = published_run(damaged)
    assert shown.run_id == story.run_ids["good"]
    assert shown.notice is not None
    assert story.run_ids["corrected"] in shown.notice
    summary = drift("summary", warehouse=damaged.folder)
    assert summary.returncode == 0
    assert f"shown is {story.run_ids['good']}" in summary.stdout


def test_nothing_sound_is_said_so(damaged: Warehouse) -> None:
    for path in damaged.published.iterdir():
        truncate(path)
    with pytest.raises(WarehouseError, match="its book has no earlier run to show"):
        published_run(damaged)


def test_a_foreign_write_ahead_log_is_not_read(story: Story, damaged: Warehouse) -> None:
    path = damaged.database(story.run_ids["corrected"])
    path.with_name(path.name + ".wal").write_bytes(b"what another database wrote")
    assert "is not of this file" in faults(damaged)
    assert published_run(damaged).run_id == story.run_ids["good"]


def test_a_lost_link_and_a_damaged_pointer_are_found(damaged: Warehouse) -> None:
    damaged.link.unlink()
    assert "does not lead to" in faults(damaged)
    before = published_run(damaged)
    damaged.pointer.write_text("{")
    assert "current.json is damaged" in faults(damaged)
    assert published_run(damaged).run_id == before.run_id


@pytest.mark.parametrize("kept_lines", [0, 3, -1])
def test_a_damaged_log_takes_nothing_from_readers(story: Story, damaged: Warehouse, kept_lines: int) -> None:
    """What the log does not know is not removed for it: the log is what is wrong."""
    before = sorted(damaged.published.iterdir())
    lines = damaged.audit_log.read_bytes().splitlines(keepends=True)
    damaged.audit_log.write_bytes(b"".join(lines[:kept_lines]))
    for _ in range(2):
        refused = drift("run", "--landing", str(damaged.folder / "none"), "--book", "story", warehouse=damaged.folder)
        assert refused.returncode == 1
        assert sorted(damaged.published.iterdir()) == before
        assert published_run(damaged).run_id == story.run_ids["corrected"]
    assert faults(damaged) != ""


def test_lost_and_damaged_inputs_are_found(story: Story, damaged: Warehouse) -> None:
    run = find_run(damaged, read_history(damaged), story.run_ids["good"])
    lost, flipped = run.ended["inputs"][0][2], run.ended["inputs"][1][2]
    (damaged.inputs / lost).unlink()
    flip_a_byte(damaged.inputs / flipped)
    told = faults(damaged)
    assert lost in told
    assert flipped in told
    said = drift("verify", "--rebuild", run.run_id, warehouse=damaged.folder)
    assert said.returncode == 1
    assert "of its" in said.stdout
    assert "inputs are gone or damaged" in said.stdout


def test_numbers_changed_in_a_published_file_are_found_even_with_its_hash_mended(
    story: Story, damaged: Warehouse
) -> None:
    """A forger edits the file, the pointer and the log's SHA-256: the chain and the output hash still tell."""
    path = damaged.database(story.run_ids["corrected"])
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.fct_portfolio_daily set market_value = market_value + 1")
        connection.execute("update audit.runs set message = 'all is well'")
    told = faults(damaged)
    assert "its marts are not what was published" in told
    assert "its audit.runs is not what the audit log says" in told


def test_the_next_run_settles_a_killed_one_and_cleans_up(story: Story, damaged: Warehouse) -> None:
    """As a kill would leave it: a start without an end, a half-built file, a published file that nothing points to."""
    from scripts.runs.audit_log import Journal  # noqa: PLC0415 (what the killed command was using)

    journal = Journal(damaged)
    journal.record({**journal.events[0], "run_id": "run_killed"})
    damaged.builds.mkdir()
    (damaged.builds / "build.duckdb").write_text("half")
    shutil.copy(damaged.database(story.run_ids["good"]), damaged.database("run_killed"))
    damaged.link.unlink()
    write_book(story.landing)
    variables = ("--vars", "{max_rejected_share: 1, kept_daily_runs: 1}")
    run = drift("run", "--landing", str(story.landing), "--book", "story", *variables, warehouse=damaged.folder)
    assert run.returncode == 0, run.stderr
    assert "the run before, run_killed, was killed: it has no end in the audit log" in run.stderr
    assert faults(damaged) == ""
    kept = {path.stem for path in damaged.published.iterdir()}
    assert kept == {published_run(damaged).run_id, story.run_ids["corrected"]}
    gone = drift("diff", story.run_ids["good"], "last", warehouse=damaged.folder)
    assert gone.returncode == 1
    assert f"{story.run_ids['good']} was pruned by {published_run(damaged).run_id}" in gone.stderr


def test_too_little_space_is_refused_with_the_figures(story: Story, damaged: Warehouse) -> None:
    events = [json.loads(line) for line in damaged.audit_log.read_text().splitlines()]
    free = shutil.disk_usage(damaged.folder).free
    size = max(event.get("bytes", 0) for event in events)
    script = (
        "import shutil, collections; usage = shutil.disk_usage;"
        f"shutil.disk_usage = lambda path: usage(path)._replace(free={3 * size - 1});"
        "from scripts.cli import main; main()"
    )
    assert free > 3 * size
    python = str(DRIFT.with_name("python"))
    refused = subprocess.run(
        [python, "-c", script, "run", "--landing", str(story.landing)],
        cwd=PROJECT, env={**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(damaged.folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert f"a run needs {3 * size / 1e6:,.0f} MB (3 times the last one)" in refused.stderr


@pytest.mark.parametrize(
    "attack",
    [
        "select * from read_text('/etc/passwd')",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "copy (select 1) to '/tmp/stolen.csv'",
        "copy (select 1) to '/tmp/portfolio_drift/stolen.csv'",
        "copy (select 1) to '.tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "export database '/tmp/stolen'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set memory_limit = '1TB'",
        "create table marts.mine as select 1",
        "delete from marts.fct_portfolio_daily",
        "pragma enable_profiling",
    ],
)
def test_a_reader_can_read_and_nothing_else(story: Story, attack: str) -> None:
    connection, _ = open_published(story.warehouse)
    with connection, pytest.raises(duckdb.Error):
        connection.execute(attack)


def test_a_second_opening_does_not_hash_the_file_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    published_run(story.warehouse)
    monkeypatch.setattr("scripts.runs.files.sha256_of", lambda path: pytest.fail(f"{path} is hashed again"))
    assert published_run(story.warehouse).run_id == story.run_ids["corrected"]


def test_real_prices_through_the_guarded_run(real_market: Path, tmp_path: Path) -> None:
    run = drift("run", "--landing", str(real_market), warehouse=tmp_path)
    assert run.returncode == 0, run.stderr
    pointer = Pointer.read(Warehouse(tmp_path))
    assert pointer is not None
    assert pointer.book == str(SHARED / "real_market")
    assert [event["event"] for event in LogReading.of(Warehouse(tmp_path)).events] == ["started", "ended"]
    outcomes = query(tmp_path / "current.duckdb", "select control, outcome from audit.controls")
    assert ("price_jumps", "warns") in outcomes  # AMD, 2016-04-22
    assert "blocks" not in [outcome for _, outcome in outcomes]


def test_a_published_file_tells_what_each_of_its_columns_means(story: Story) -> None:
    """audit.glossary has dbt's words of every table and column that the file has, and the type that it has there."""
    manifest = json.loads((story.warehouse.folder / "target" / "manifest.json").read_text())
    path = story.warehouse.database(story.run_ids["accepted"])
    told = {
        (schema, table, column): (description, data_type)
        for schema, table, column, description, data_type in query(
            path, "select table_schema, table_name, column_name, description, data_type from audit.glossary"
        )
    }
    in_file = query(path, "select schema_name, table_name, column_name, data_type from duckdb_columns()")
    described = [node for node in (*manifest["nodes"].values(), *manifest["sources"].values()) if node.get("columns")]
    assert len(described) > 60
    tables = {(str(schema), str(table)) for schema, table, *_ in in_file}
    expected = {
        (node["schema"], node["name"], column): (words["description"].strip(), data_type)
        for node in described
        if (node["schema"], node["name"]) in tables
        for column, words in node["columns"].items()
        for schema, table, name, data_type in in_file
        if (schema, table, name) == (node["schema"], node["name"], column)
    }
    assert {key: value for key, value in told.items() if key[2] is not None} == expected
    assert ("marts", "drift_monitor", "alert_rank") in expected
    assert str(told["marts", "drift_monitor", None][0]).startswith("One row per open portfolio")
    assert all(description for description, _ in told.values())
    assert query(path, "select distinct path from audit.glossary where table_name = 'drift_monitor'") == [
        ("models/marts/drift_monitor.sql",)
    ]
