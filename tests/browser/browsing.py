"""Debian's Chromium, and what can be said of a page of Streamlit's: is it drawn, what does its list show."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

DESK: Final = (1400, 900)
PHONE: Final = (390, 844)
PATIENCE: Final = 60_000  # milliseconds: a machine of CI is slow, and a condition that holds is not waited for
expect.set_options(timeout=PATIENCE)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
)
# For an address such as /portfolio?... Streamlit's front end asks whether it is served below /portfolio, is told 404,
# and asks at the root; Chromium logs both answers. It could be told beforehand only by a page of our own around it.
_ASKED_IN_VAIN = re.compile(r"/[a-z]+/_stcore/(health|host-config)")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser. It is there: `shutil.which("chromium")` says so beforehand."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*_QUIET])
        yield browser
        browser.close()


@dataclass
class Watch:
    """What pages asked of whom, and what went wrong in them."""

    address: str
    troubles: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """From now on."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"error in the page: {error}"))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        place = message.location["url"].removeprefix(self.address)
        if message.type == "error" and not ("404" in message.text and _ASKED_IN_VAIN.fullmatch(place)):
            self.troubles.append(f"in the console: {message.text} ({place})")

    def _asked(self, url: str) -> None:
        host = self.address.split("://")[1]
        if not url.startswith((f"http://{host}/", f"ws://{host}/", "data:", f"blob:{self.address}/")):
            self.troubles.append(f"asked of another host: {url}")


# not the one that is out of sight (dashboards/look.py, load_ahead)
_CHARTS: Final = ".stPlotlyChart .cartesianlayer > .subplot:not(.st-key-load_ahead *)"


def drawn(page: Page, charts: int = 0) -> None:
    """Wait until the page's script has ended and all that it said is on the screen, ``charts`` among it."""
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=PATIENCE)
    expect(page.locator("h1").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(_CHARTS)).to_have_count(charts)
    expect(
        page.locator('[data-stale="true"], [data-testid="stSkeleton"]:not(.st-key-load_ahead *), .stSpinner')
    ).to_have_count(0)


def table(page: Page, caption: str) -> Locator:
    """The table of this caption."""
    return page.get_by_role("table", name=caption, exact=True)


def opening_cells(of_table: Locator) -> Locator:
    """The cells of its rows that open a page: what the list is of."""
    return of_table.locator("tbody td a")
