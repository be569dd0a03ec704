"""``python -m tests.bench.browse WAREHOUSE``: what a reader of the dashboards waits for, in seconds, printed as JSON.

Told by what is on the screen, looked at fifty times a second: from the click, or the address, to all that it led to.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.browsing import DESK, PATIENCE, chromium
from tests.browser.serving import served

FIRST_PAGE = "the first page, from its address to its list"
FILTER = "a filter, from the click to its list"
SORT = "the list sorted otherwise"
PORTFOLIO = "from the list to a portfolio, charts included"
PORTFOLIO_AT_ONCE = "the same before the list was read"
BACK = "and back"
_PAGES: Final = (  # title, a word of its first table's first row, charts
    ("Advisors", "The firm", 2),
    ("Trends", "", 4),
    ("Data quality", "run_", 0),
    ("Policy", "Normal", 0),
)
GOALS: Final = {FIRST_PAGE: 3.0, FILTER: 1.0, SORT: 1.0, PORTFOLIO: 1.0, PORTFOLIO_AT_ONCE: 1.0, BACK: 1.0} | {
    f"the page {title}": 1.0 for title, *_ in _PAGES
}
_LOOKS_EVERY, _READS_FOR = 20, 6_000  # milliseconds

# the script has ended; its heading, its first table (in a shadow root) and its charts are drawn
_DRAWN = """([title, first, charts]) => {
    const app = document.querySelector('[data-testid="stApp"]');
    const isUnfinished = '[data-stale="true"], [data-testid="stSkeleton"]:not(.st-key-load_ahead *), .stSpinner';
    if (app?.dataset.testScriptState !== "notRunning" || document.querySelector(isUnfinished)) return false;
    if (!document.querySelector("h1")?.innerText.includes(title)) return false;
    const drawn = ".stPlotlyChart .cartesianlayer > .subplot:not(.st-key-load_ahead *)";
    if (document.querySelectorAll(drawn).length < charts) return false;
    const table = document.querySelector('[data-testid="stBidiComponentIsolated"]')?.shadowRoot;
    return !first || !!table?.querySelector("tbody tr")?.innerText.includes(first);
}"""


def main(warehouse: Path) -> None:
    """Serve what is published there; whoever comes first is not timed, whoever comes second is."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is not installed; `apt-get install chromium` brings it")
    with served(warehouse, warehouse / "dashboard.log") as address, chromium() as browser:
        context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
        context.set_default_timeout(PATIENCE)
        tours = []
        for is_timed in (False, True, False):
            page = context.new_page()
            tours.append(_look_around(page, address, is_timed))
            page.close()
        print(json.dumps(tours[1] | {PORTFOLIO_AT_ONCE: tours[2][PORTFOLIO_AT_ONCE]}))


def _look_around(page: Page, address: str, is_timed: bool) -> dict[str, float]:
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[what] = round(time.perf_counter() - began, 3)

    with timed(FIRST_PAGE):
        page.goto(address, wait_until="commit")
        _wait(page, "Drift monitor", "Rebalance")
    if is_timed:  # nobody has asked for this list before
        with timed(FILTER):
            page.get_by_role("button", name="Watch", exact=True).click()
            _wait(page, "Drift monitor", "Watch")
        with timed(SORT):
            page.locator(".book thead").get_by_role("button", name="Value").click()
            page.wait_for_function("() => location.search.includes('sort=-value')", polling=_LOOKS_EVERY)
            _wait(page, "Drift monitor", "Watch")
        page.wait_for_timeout(_READS_FOR)
    with timed(PORTFOLIO if is_timed else PORTFOLIO_AT_ONCE):
        portfolio_id = _open_first(page)
    with timed(BACK):
        page.get_by_role("link", name="Back to the drift monitor").click()
        _wait(page, "Drift monitor", portfolio_id)
    for title, first, charts in _PAGES:
        with timed(f"the page {title}"):
            page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
            _wait(page, title, first, charts)
    return seconds


def _open_first(page: Page) -> str:
    """Open the first portfolio of the list; returns its id, once all of its page is drawn."""
    page.locator(".book tbody a").first.click()
    page.wait_for_function("() => location.search.includes('portfolio=')", polling=_LOOKS_EVERY)
    portfolio_id = parse_qs(urlsplit(page.url).query)["portfolio"][0]
    _wait(page, f"({portfolio_id})", "", charts=2)
    return portfolio_id


def _wait(page: Page, title: str, first: str, charts: int = 0) -> None:
    page.wait_for_function(_DRAWN, arg=[title, first, charts], polling=_LOOKS_EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
