"""Many at once on one lake: readers see one whole book at any moment, writers keep out of each other's way."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lakes import Lake, ended
from landing_sets import add_next_day, landing_set
from private_postgres import OWNER_PASSWORD, private_postgres
from project import PROJECT, copy_of_project

from scripts.lake.connecting import LakeError
from scripts.lake.lock import BuildLock
from scripts.lake.reader import open_book, published_versions
from scripts.runs.output_hash import output_hash

READERS = 2


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with private_postgres() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", OWNER_PASSWORD)
        yield Lake(server, tmp_path_factory.mktemp("lake"), "many")


@dataclass
class Story:
    """What readers saw while a book was published, changed, spoilt, changed in part, and put back.

    ``contents`` is, by published version, the hash of its marts taken right after its build ended.
    """

    landing: Path
    contents: dict[int, str] = field(default_factory=dict)
    readings: list[tuple[int, str]] = field(default_factory=list)
    head_when_spoilt: str = ""
    said_when_blocked: str = ""
    said_when_spoilt: str = ""
    said_of_a_part: str = ""
    said_without_rows: str = ""
    seen_by_who_stayed: str = ""


@pytest.fixture(scope="module")
def story(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    story = Story(landing_set(folder, portfolios=100, days=30))
    blocked = lake.build(story.landing, expect_date="2026-07-08")
    assert blocked.exit_code != 0
    story.said_when_blocked = blocked.output
    with pytest.raises(LakeError, match="nothing is published in this lake yet"):
        open_book(catalog=lake.catalog)

    def publish() -> None:
        done = lake.build(story.landing)
        assert done.exit_code == 0, done.output
        story.contents[lake.newest_version()] = lake.hash_of()

    publish()
    who_stays, _ = open_book(catalog=lake.catalog)
    stop = folder / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("lake_reader.py")), str(stop)],
            cwd=PROJECT, env={**lake.environment(), "PYTHONPATH": str(PROJECT), "PORTFOLIO_DRIFT_THREADS": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(READERS)
    ]  # fmt: skip
    try:
        add_next_day(story.landing)
        publish()
        spoilt = lake.build(story.landing, project=with_a_failing_law(folder))
        assert spoilt.exit_code == 1
        story.said_when_spoilt = spoilt.output
        with lake.head() as head:
            story.head_when_spoilt = output_hash(head)
        story.said_of_a_part = lake.dbt("run", "-s", "+dim_security", variables={"landing": str(story.landing)}).output
        story.said_without_rows = lake.build(story.landing, "-s", "dim_date", "--empty").output
        (story.landing / "prices" / "0005.parquet").unlink()
        publish()
    finally:
        stop.touch()
        told = [reader.communicate() for reader in readers]
    for reader, (said, trouble) in zip(readers, told, strict=True):
        assert reader.returncode == 0, trouble
        story.readings += [(one["version"], one["content"]) for one in map(json.loads, said.splitlines())]
    with who_stays:
        story.seen_by_who_stayed = output_hash(who_stays)
    return story


def with_a_failing_law(folder: Path) -> Path:
    """The project with another number in a mart, and a law that finds it wrong, after all marts are built."""
    project = copy_of_project(folder)
    mart = project / "models" / "marts" / "drift_monitor.sql"
    mart.write_text(
        mart.read_text().replace("portfolio_days.market_value,", "portfolio_days.market_value + 1 as market_value,")
    )
    law = project / "tests" / "dbt" / "nobody_has_a_drift.sql"
    law.write_text("-- Guards nothing: it fails.\nselect 1 as one from {{ ref('drift_monitor') }}\n")
    return project


def test_each_reading_is_wholly_one_published_version(story: Story) -> None:
    assert len(story.readings) >= 10 * READERS
    assert [reading for reading in story.readings if story.contents.get(reading[0]) != reading[1]] == []


def test_the_readers_saw_the_book_change(story: Story) -> None:
    first, second, third = sorted(story.contents)
    assert {first, second} <= {version for version, _ in story.readings} <= {first, second, third}
    assert story.contents[first] != story.contents[second]


def test_a_build_that_fails_is_never_seen(story: Story) -> None:
    """It did change the newest state of the lake, as plain readers of it would see."""
    assert "Not published: the build failed" in story.said_when_spoilt
    assert story.head_when_spoilt not in story.contents.values()
    assert len(story.contents) == 3


def test_a_build_that_a_control_blocks_is_not_published(story: Story) -> None:
    assert (
        "not published, the control freshness blocks: as of 2026-06-30, expected 2026-07-08" in story.said_when_blocked
    )
    assert "Traceback" not in story.said_when_blocked


def test_a_part_of_a_book_is_not_published(story: Story) -> None:
    assert "Not published: only a part of the book was built" in story.said_of_a_part
    assert "Not published: it was built without all rows" in story.said_without_rows


def test_an_earlier_version_can_be_read_after_later_ones(lake: Lake, story: Story) -> None:
    assert [one.version for one in published_versions(lake.catalog)] == sorted(story.contents, reverse=True)
    for version, content in story.contents.items():
        assert lake.hash_of(version) == content


def test_the_same_input_is_the_same_book_again(story: Story) -> None:
    first, _, third = sorted(story.contents)
    assert story.contents[first] == story.contents[third]


def test_who_stays_connected_goes_on_seeing_the_same_book(story: Story) -> None:
    assert story.seen_by_who_stayed == story.contents[min(story.contents)]


def test_a_version_that_was_not_published_is_refused(lake: Lake, story: Story) -> None:
    with pytest.raises(LakeError, match=r"version 3 was not published; the newest that were: \d+ \(as of 20"):
        open_book(3, lake.catalog)


def test_a_lock_is_one_builds_alone_and_its_loss_is_noticed(lake: Lake) -> None:
    first, second = BuildLock(lake.catalog), BuildLock(lake.catalog)
    assert first.take()
    assert not second.take()
    first.check()
    lake.server.ask("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
    assert second.take()
    with pytest.raises(LakeError, match="the lock on the lake was lost"):
        first.check()
    second.check()
    second.release()
    with pytest.raises(LakeError, match="the lock on the lake was lost"):
        second.check()


def test_of_two_builds_at_once_one_is_refused_before_it_writes(lake: Lake, story: Story) -> None:
    """And whoever writes in a schema of their own does so all the while, and loses nothing."""
    newest = lake.newest_version()
    first = lake.start_build(story.landing)
    with lake.head() as analyst:
        analyst.execute("create schema analyst")
        analyst.execute("create table analyst.notes (number integer, note varchar)")
        wait_until(lambda: is_locked(lake))
        first.send_signal(signal.SIGSTOP)  # however fast it is, it holds the lock until the second was refused
        refused = ended(lake.start_build(story.landing))
        newest_when_refused = lake.newest_version()
        first.send_signal(signal.SIGCONT)
        row_count = 0
        while first.poll() is None and row_count < 2_000:
            analyst.execute("insert into analyst.notes select range, 'a note' from range(50)")
            row_count += 50
            time.sleep(0.5)
        assert row_count > 100, "the build ended before the analyst had written: nothing is proved"
        assert refused.exit_code != 0
        assert "another build is writing to this lake; wait until it has ended" in refused.output
        assert "Traceback" not in refused.output
        assert re.search("START (sql|seed|test)", refused.output) is None
        assert newest_when_refused == newest
        done = ended(first)
        assert done.exit_code == 0, done.output
        assert analyst.execute("select count(*) from analyst.notes").fetchall() == [(row_count,)]
    assert lake.newest_version() > newest
    assert lake.hash_of() == lake.hash_of(newest)


def test_a_build_that_is_killed_leaves_the_book_and_no_lock(lake: Lake, story: Story) -> None:
    newest = lake.newest_version()
    content = lake.hash_of()
    add_next_day(story.landing)
    build = lake.start_build(story.landing)
    begun_at = snapshot_count(lake)
    wait_until(lambda: snapshot_count(lake) > begun_at + 60)
    build.kill()
    assert ended(build).exit_code == -signal.SIGKILL
    assert (lake.newest_version(), lake.hash_of()) == (newest, content)
    done = lake.build(story.landing)
    assert done.exit_code == 0, done.output
    assert lake.hash_of() == story.contents[sorted(story.contents)[1]]


def test_pruning_keeps_the_newest_books_and_frees_the_rest(lake: Lake, story: Story) -> None:
    before = published_versions(lake.catalog)
    contents = {one.version: lake.hash_of(one.version) for one in before[:2]}
    size = parquet_bytes(lake)
    done = lake.dbt(
        "run-operation", "prune_the_lake", "--args", "{unused_for_days: 0}", variables={"kept_daily_runs": "2"}
    )
    assert done.exit_code == 0, done.output
    assert published_versions(lake.catalog) == before[:2]
    assert {version: lake.hash_of(version) for version in contents} == contents
    assert parquet_bytes(lake) < size / 2
    with pytest.raises(LakeError, match="was not published"):
        open_book(before[-1].version, lake.catalog)


def is_locked(lake: Lake) -> bool:
    return lake.server.ask("select count(*) from pg_locks where locktype = 'advisory' and granted") != "0"


def snapshot_count(lake: Lake) -> int:
    return int(lake.server.ask("select count(*) from ducklake_snapshot", lake.name))


def parquet_bytes(lake: Lake) -> int:
    return sum(path.stat().st_size for path in lake.data.rglob("*.parquet"))


def wait_until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
