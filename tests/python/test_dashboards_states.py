"""What a reader sees where the numbers are missing, damaged, old, or replaced while the page is open."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard_book import Published
from dashboard_pages import Page, reading, rendered
from test_runs import flip_a_byte

from scripts.warehouse import Warehouse

PAGES = ("monitor", "portfolio", "advisors", "trends", "quality", "policy")


@pytest.fixture
def copied(published_book: Published, tmp_path: Path) -> Iterator[Warehouse]:
    """A copy of the book's warehouse that a test may damage, as what the dashboards read."""
    warehouse = Warehouse(shutil.copytree(published_book.warehouse.folder, tmp_path / "warehouse", symlinks=True))
    with reading(warehouse):
        yield warehouse


def failed(page: Page) -> str:
    """What the page says that has nothing to show."""
    assert page.title == "Portfolio Drift"
    assert not page.metrics
    assert not page.tables
    assert "`make build`" in page.said
    (said,) = page.warned
    return said


@pytest.mark.parametrize("start", PAGES)
def test_nothing_published_yet_says_what_to_do(start: str, tmp_path: Path) -> None:
    with reading(Warehouse(tmp_path / "not there")):
        page = Page(start, {"status": "Watch", "portfolio": "P01"})
    said = failed(page)
    assert said.startswith("**There is nothing to show:** nothing is published in ")
    assert "run `make build` first" in said


def test_a_page_that_found_nothing_finds_the_first_run_by_looking_again(
    published_book: Published, tmp_path: Path
) -> None:
    folder = tmp_path / "warehouse"
    with reading(Warehouse(folder)):
        page = Page("monitor", {})
        failed(page)
        shutil.copytree(published_book.before.folder, folder, symlinks=True)
        (again,) = page.test.button
        assert again.label == "Look again"
        again.click()
        page.run()
        assert page.metrics
        assert published_book.earlier_run_id in page.said


@pytest.mark.parametrize("start", PAGES)
def test_a_damaged_file_shows_the_run_before_and_says_so(
    published_book: Published, copied: Warehouse, start: str
) -> None:
    flip_a_byte(copied.database(published_book.run_id))
    page = Page(start, {"portfolio": "P01"})
    (notice,) = (text for text in page.warned if text.startswith("The newest run can't be read"))
    assert f"{published_book.run_id}.duckdb is damaged; shown is {published_book.earlier_run_id} as of 2024-03-01" in (
        rendered(notice)
    )
    assert f"Run {published_book.earlier_run_id}, published " in page.said


def test_the_numbers_beside_the_notice_are_those_of_the_run_before(
    published_book: Published, copied: Warehouse
) -> None:
    (now,) = published_book.ask("select count(*) from audit.rejected_rows")
    (before,) = published_book.ask("select count(*) from audit.rejected_rows", run_id=published_book.earlier_run_id)
    assert now != before
    copied.database(published_book.run_id).unlink()
    labels = [option.content for option in Page("quality", {}).test.segmented_control[0].proto.options]
    assert f"Rows left out ({before[0]})" in labels


def test_no_sound_run_at_all_says_so(published_book: Published, copied: Warehouse) -> None:
    for path in copied.published.iterdir():
        flip_a_byte(path)
    said = failed(Page("monitor", {}))
    assert f"{published_book.run_id}.duckdb is damaged, and its book has no earlier run to show" in said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run_id": 5}', "\x00"])
def test_a_broken_pointer_shows_a_sound_run_and_says_so(
    published_book: Published, copied: Warehouse, text: str
) -> None:
    copied.pointer.unlink()
    copied.pointer.write_text(text)
    page = Page("monitor", {})
    (notice,) = (told for told in page.warned if told.startswith("The newest run can't be read"))
    assert "current.json is damaged; shown is " in notice
    assert f"Run {published_book.run_id}, " in page.said
    assert page.tables["alerts"].rows


def test_a_file_of_another_version_says_what_is_missing(published_book: Published, copied: Warehouse) -> None:
    """A column or table that the pages know and the file does not: a sentence, not a traceback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboards.bands.Bands.of", lambda book: book.rows("select * from marts.no_such_mart"))
        page = Page("policy", {})
    (said,) = (text for text in page.warned if text.startswith("**There is nothing to show:**"))
    assert f"{published_book.run_id}.duckdb was made by another version of this project" in said
    assert "run `make build`" in said


def publish(published: Published, warehouse: Warehouse) -> None:
    """What the second run did to the warehouse: files first, and the pointer, in one rename, last."""
    source = published.warehouse
    for path in source.published.iterdir():
        if not (warehouse.published / path.name).exists():
            shutil.copy2(path, warehouse.published / path.name)
    shutil.copy2(source.audit_log, warehouse.audit_log)
    shutil.copy2(source.pointer, warehouse.folder / "next.json")
    os.replace(warehouse.folder / "next.json", warehouse.pointer)  # noqa: PTH105 (over what is there, in one step)


@pytest.mark.parametrize("start", PAGES)
def test_a_run_that_is_published_meanwhile_comes_with_the_next_rerun(
    published_book: Published, tmp_path: Path, start: str
) -> None:
    warehouse = Warehouse(shutil.copytree(published_book.before.folder, tmp_path / "warehouse", symlinks=True))
    with reading(warehouse):
        page = Page(start, {"portfolio": "P05", "section": "rejected"})
        assert f"Run {published_book.earlier_run_id}, " in page.said
        old = page.tables
        publish(published_book, warehouse)
        assert page.tables == old  # until it runs again
        page.run()
        assert f"Run {published_book.run_id}, " in page.said
        assert published_book.earlier_run_id not in page.said
        if start == "quality":
            counts = page.tables["reasons"].column("Rows")
            assert sum(int(count) for count in counts) == published_book.one("select count(*) from audit.rejected_rows")
            assert page.tables != old


def test_a_page_that_looks_for_a_newer_run_offers_it(published_book: Published, tmp_path: Path) -> None:
    """Every minute a fragment looks at the pointer; here it finds what came between the page and its look."""
    warehouse = Warehouse(shutil.copytree(published_book.before.folder, tmp_path / "warehouse", symlinks=True))
    with reading(warehouse), pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboards.frame.newest_run_id", lambda: published_book.run_id)
        page = Page("policy", {})
        assert [button.label for button in page.test.button] == ["A newer run was published: show it"]
        patch.setattr("dashboards.frame.newest_run_id", lambda: None)  # it can't be told in the middle of a rename
        assert list(page.run().test.button) == []


def test_the_pointer_alone_says_which_run_is_newest(published_book: Published, copied: Warehouse) -> None:
    from dashboards.book import newest_run_id  # noqa: PLC0415 (after the environment is set)

    assert newest_run_id() == published_book.run_id
    pointer = json.loads(copied.pointer.read_text())
    copied.pointer.unlink()
    assert newest_run_id() is None
    copied.pointer.write_text(json.dumps(pointer)[:-1])
    assert newest_run_id() is None
