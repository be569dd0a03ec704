"""``make screenshots``: pictures of the dashboards on the committed seeds, for the README.

The same seeds give the same pictures, but for the line of the run, whose id is of the clock: it is left out of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page

from scripts.reader import open_published
from scripts.warehouse import PROJECT, Warehouse
from tests.browser.browsing import PATIENCE, PHONE, chromium, drawn
from tests.browser.serving import DRIFT, served

_PICTURES = PROJECT / "dashboards" / "screenshots"
_WORK = PROJECT / "target" / "screenshots"
_WIDTH: Final = 1400
_COLOURS = 256  # of a picture's palette
# name: address, theme, height, charts, the heading that it begins with where that is not the page's
_AT_A_DESK: Final = {
    "monitor": ("", "light", 1000, 0, ""),
    "monitor_dark": ("?status=Rebalance+Flag", "dark", 1000, 0, ""),
    "portfolio": ("portfolio?portfolio={}", "light", 920, 3, ""),
    "portfolio_risk": ("portfolio?portfolio={next}", "light", 560, 3, "How likely is it to be out of bounds soon?"),
    "portfolio_charts": ("portfolio?portfolio={}", "light", 920, 3, "Weights and targets through time"),
    "advisors": ("advisors", "light", 1000, 2, ""),
    "trends": ("trends", "light", 1100, 4, ""),
    "quality": ("quality?section=controls", "light", 860, 0, ""),
    "policy": ("policy", "light", 1000, 0, ""),
}
_ON_A_PHONE: Final = {"phone_monitor": ("", 0), "phone_portfolio": ("portfolio?portfolio={}", 3)}
_WITHOUT_THE_RUN = (
    '[data-testid="stMarkdown"]:has(.stMarkdownColoredText):not(:has(.stMarkdownBadge)) { display: none }'
)


def main() -> None:
    """Publish the seeds, serve them, take the pictures."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is not installed; `apt-get install chromium` brings it")
    warehouse = Warehouse(_WORK / "warehouse")
    warehouse.folder.mkdir(parents=True, exist_ok=True)
    _PICTURES.mkdir(exist_ok=True)
    subprocess.run(
        [DRIFT, "run"], cwd=PROJECT, check=True, env={**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(warehouse.folder)}
    )
    connection, _ = open_published(warehouse)
    with connection:
        ((worst,),) = connection.execute("select portfolio_id from marts.drift_monitor where alert_rank = 1").fetchall()
        ((following,),) = connection.execute(
            "select portfolio_id from marts.drift_monitor where next_rank = 1"
        ).fetchall()
    today = {"PORTFOLIO_DRIFT_TODAY": "2026-07-01"}  # the day after the seeds' last
    with served(warehouse.folder, _WORK / "server.log", today) as address, chromium() as browser:
        for name, (page, theme, height, charts, begin) in _AT_A_DESK.items():
            url = f"{address}/{page.format(worst, next=following)}"
            _take(browser, url, name, (_WIDTH, height), charts, theme, begin)
        for name, (page, charts) in _ON_A_PHONE.items():
            _take(browser, f"{address}/{page.format(worst)}", name, PHONE, charts)


def _take(
    browser: Browser,
    url: str,
    name: str,
    size: tuple[int, int],
    charts: int,
    theme: str = "light",
    begin: str = "",
) -> None:
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(url)
    drawn(page, charts)
    page.add_style_tag(content=_WITHOUT_THE_RUN)
    if begin:
        page.get_by_role("heading", name=begin).evaluate("(heading) => heading.scrollIntoView()")
    _all_is_still(page)
    path = _PICTURES / f"{name}.png"
    page.screenshot(path=path)
    context.close()
    _make_smaller(path)
    print(f"{path.relative_to(PROJECT)}: {path.stat().st_size / 1000:.0f} kB")


def _all_is_still(page: Page) -> None:
    """Fonts are there, and two pictures in a row are the same."""
    page.evaluate("document.fonts.ready")
    before = b""
    while before != (now := page.screenshot()):
        before = now


def _make_smaller(path: Path) -> None:
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )


if __name__ == "__main__":
    main()
