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

from playwright.sync_api import Page

from tests.browser.browsing import DESK, PATIENCE, chromium
from tests.browser.serving import served

FIRST_PAGE = "the first page, from its address to its list"
FILTER = "a filter, from the click to its list"
SORT = "the list sorted otherwise"
PORTFOLIO = "from the list to a portfolio, charts included"
BACK = "and back"
_PAGES: Final = (  # title, a word of its first table's first row, charts
    ("Advisors", "The firm", 2),
    ("Trends", "", 4),
    ("Data quality", "run_", 0),
    ("Policy", "Normal", 0),
)
GOALS: Final = {FIRST_PAGE: 3.0, FILTER: 1.0, SORT: 1.0, PORTFOLIO: 1.0, BACK: 1.0} | {
    f"the page {title}": 1.0 for title, *_ in _PAGES
}
_LOOKS_EVERY = 20  # milliseconds

# the script has ended; its heading, its first table (in a shadow root) and its charts are drawn
_DRAWN = """([title, first, charts]) => {
    const app = document.querySelector('[data-testid="stApp"]');
    const isUnfinished = '[data-stale="true"], [data-testid="stSkeleton"]:not(.st-key-load_ahead *), .stSpinner';
    if (app?.dataset.testScriptState !== "notRunning" || document.querySelector(isUnfinished)) return false;
    if (!document.querySelector("h1")?.innerText.includes(title)) return false;
    const drawn = ".stPlotlyChart .cartesianlayer > .subplot:not(.st-key-load_ahead *)";
    if (document.querySelectorAll(drawn).length !== charts) return false;
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
        _look_around(context.new_page(), address, is_timed=False)
        context.pages[0].close()
        print(json.dumps(_look_around(context.new_page(), address, is_timed=True)))


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
    if is_timed:  # nobody has asked for this list before, nor for this portfolio
        with timed(FILTER):
            page.get_by_role("button", name="Watch", exact=True).click()
            _wait(page, "Drift monitor", "Watch")
        with timed(SORT):
            page.locator(".book thead").get_by_role("button", name="Value").click()
            page.wait_for_function("() => location.search.includes('sort=-value')", polling=_LOOKS_EVERY)
            _wait(page, "Drift monitor", "Watch")
    link = page.locator(".book tbody a").first
    portfolio_id = link.inner_text()
    with timed(PORTFOLIO):
        link.click()
        _wait(page, f"({portfolio_id})", "", charts=2)
    with timed(BACK):
        page.get_by_role("link", name="Back to the drift monitor").click()
        _wait(page, "Drift monitor", portfolio_id)
    for title, first, charts in _PAGES:
        with timed(f"the page {title}"):
            page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
            _wait(page, title, first, charts)
    return seconds


def _wait(page: Page, title: str, first: str, charts: int = 0) -> None:
    page.wait_for_function(_DRAWN, arg=[title, first, charts], polling=_LOOKS_EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
