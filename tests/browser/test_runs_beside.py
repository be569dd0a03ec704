"""What a reader sees while runs are published, and when what was published can't be read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboards import words
from tests.browser.browsing import drawn
from tests.browser.conftest import SETTINGS, Publisher
from tests.browser.serving import served


@pytest.fixture(scope="module")
def publisher(book: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    """The book again, to be published once more."""
    return book.copy(tmp_path_factory.mktemp("beside"))


@pytest.fixture(scope="module")
def beside(publisher: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(publisher.warehouse.folder, tmp_path_factory.mktemp("site") / "server.log", SETTINGS) as address:
        yield address


def aum(publisher: Publisher) -> str:
    ((amount,),) = publisher.rows(
        "select aum from marts.book_overview inner join marts.dim_date using (as_of_date) "
        "where book_level = 'firm' and is_as_of_date"
    )
    return words.usd(amount)


def expect_aum(page: Page, figure: str) -> None:
    shown = page.locator(".st-key-tile_aum").get_by_test_id("stMetricValue")
    expect(shown.filter(has_text=figure)).to_be_visible()
    expect(shown).to_have_count(1)  # while a page is drawn anew, what was there stays for a moment


def nothing_went_wrong(page: Page) -> None:
    expect(page.get_by_test_id("stAlert").filter(has_text="nothing to show")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_run_is_published_while_a_page_is_open(
    beside: str, publisher: Publisher, open_page: Callable[..., Page]
) -> None:
    """Neither waits for the other; who reads sees the old run, whole, until the new one is asked for."""
    page, other = open_page(beside), open_page(beside)
    before = aum(publisher)
    expect_aum(page, before)
    for prices in (publisher.landing / "prices").glob("*.csv"):
        lines = prices.read_text(encoding="latin-1").splitlines(keepends=True)  # a spoilt one is no UTF-8
        made_dearer = "".join(dearer(line) if ",2026-06-30," in line else line for line in lines)
        prices.write_text(made_dearer, encoding="latin-1")
    # the custodian's balances are still those of the lower prices
    run = publisher.run("--accept", "custodian_balances", "--reason", "prices were corrected")
    went_on = 0
    while run.poll() is None:
        title = ("Policy", "Drift monitor")[went_on % 2]
        other.get_by_role("link", name=title, exact=True).click()
        expect(other.locator("h1", has_text=title)).to_be_visible()
        nothing_went_wrong(other)
        went_on += 1
    _, complained = run.communicate()
    assert run.returncode == 0, complained
    assert went_on > 1
    after = aum(publisher)
    assert after != before
    expect_aum(page, before)
    newer = page.get_by_role("button", name="A newer run was published")
    newer.click()
    expect_aum(page, after)
    expect(newer).to_have_count(0)
    nothing_went_wrong(page)
    other.reload()
    other.get_by_role("link", name="Drift monitor", exact=True).click()
    expect_aum(other, after)


def dearer(line: str) -> str:
    """A close, a hundredth higher."""
    security_id, day, close = line.rstrip("\n").split(",")
    return f"{security_id},{day},{float(close) * 1.01:.2f}\n" if close.replace(".", "").isdecimal() else line


@pytest.fixture
def twice(publisher: Publisher, tmp_path: Path) -> Publisher:
    """The book with two runs, in a warehouse that a test may damage."""
    if len(publisher.runs) < 2:
        publisher.publish()
    return publisher.copy(tmp_path)


def test_a_damaged_file_and_a_missing_warehouse(
    twice: Publisher, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    """The page says what it shows instead, or what to do; and finds by itself what is there again."""
    first, second = twice.runs
    damaged = twice.warehouse.database(second)
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-4096])
    with served(twice.warehouse.folder, tmp_path / "server.log", SETTINGS) as address:
        page = open_page(address)
        expect(page.get_by_test_id("stAlert").filter(has_text="you see the one before")).to_contain_text(first)
        drawn(page)
        expect(page.locator(".book tbody tr")).to_have_count(50)
        away = twice.warehouse.folder.rename(tmp_path / "away")
        page.get_by_role("button", name="Watch", exact=True).click()
        error = page.get_by_test_id("stAlert").filter(has_text="There is nothing to show")
        expect(error).to_contain_text("run make build first")
        expect(page.get_by_text("Nothing built yet?")).to_be_visible()
        expect(page.locator(".book tbody tr")).to_have_count(0)
        away.rename(twice.warehouse.folder)
        page.get_by_role("button", name="Look again").click()
        expect(error).to_have_count(0)
        expect(page.locator(".book tbody tr").first).to_be_visible()
        page.close()  # before its server ends, which it would complain of
