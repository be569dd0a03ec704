"""Every page, light and dark, on a desk and on a phone: all of it is there, nothing overlaps, nobody is shut out."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.browsing import PHONE, drawn

# what stands behind each name, how many charts it has, and its table
PAGES: Final[dict[str, tuple[str, int, bool]]] = {
    "monitor": ("", 0, True),
    "portfolio": ("portfolio?portfolio={}", 2, True),
    "portfolio, scored": ("portfolio?portfolio={next}", 3, True),
    "find a portfolio": ("portfolio", 0, True),
    "advisors": ("advisors", 2, True),
    "trends": ("trends", 4, False),
    "quality": ("quality", 0, True),
    "quality, controls": ("quality?section=controls", 0, True),
    "quality, rejected": ("quality?section=rejected", 0, True),
    "quality, model": ("quality?section=model", 0, True),
    "policy": ("policy", 0, True),
}

# The boxes of what is on a page, each cut to what its scrolling parents show of it. One within another is its business.
_FAULTS = """() => {
    const faults = [];
    const main = document.querySelector('[data-testid="stMain"]');
    for (const whole of [document.documentElement, main])
        if (whole.scrollWidth > whole.clientWidth + 1) faults.push(`the page is ${whole.scrollWidth} wide`);
    const parts = [...document.querySelectorAll(
        'h1, h2, h3, [data-testid="stMetric"], [data-testid="stCaptionContainer"], .stPlotlyChart, .stTextInput, ' +
        '.stSelectbox, .stButtonGroup, .stDownloadButton, .stBidiComponent, .stAlert, .stExpander, .stPagination'
    )].filter((part) => part.checkVisibility());
    const boxOf = (part) => {
        const box = part.getBoundingClientRect();
        let { left, right, top, bottom } = box;
        for (let parent = part.parentElement; parent && parent !== main; parent = parent.parentElement) {
            if (getComputedStyle(parent).overflowY === "visible") continue;
            const outer = parent.getBoundingClientRect();
            [top, bottom] = [Math.max(top, outer.top), Math.min(bottom, outer.bottom)];
        }
        return { part, left, right, top, bottom, name: `${part.tagName} ${part.innerText?.slice(0, 40) ?? ""}` };
    };
    const boxes = parts.map(boxOf).filter((box) => box.bottom > box.top && box.right > box.left);
    for (const box of boxes)
        if (box.left < -1 || box.right > innerWidth + 1) faults.push(`beyond the edge: ${box.name}`);
    boxes.forEach((one, place) => boxes.slice(place + 1).forEach((other) => {
        if (one.part.contains(other.part) || other.part.contains(one.part)) return;
        const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (width > 1 && height > 1) faults.push(`${one.name} lies over ${other.name}`);
    }));
    const texts = 'h1, h2, h3, [data-testid="stMetricValue"] *, [data-testid="stMetricLabel"] *';
    for (const text of document.querySelectorAll(texts))
        if (text.scrollWidth > text.clientWidth + 1 && getComputedStyle(text).overflowX !== "visible")
            faults.push(`cut: ${text.innerText}`);
    return faults;
}"""

# What axe-core finds within Streamlit's own parts, which can't be changed: rule, a part of the element, why it stays.
_STREAMLITS_OWN: Final[tuple[tuple[str, str, str], ...]] = ()


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_whole(name: str, theme: str, site: str, book: Any, open_page: Callable[..., Page]) -> None:
    address, charts, has_table = PAGES[name]
    ((worst,),) = book.rows("select portfolio_id from marts.drift_monitor where alert_rank = 1")
    ((following,),) = book.rows("select portfolio_id from marts.drift_monitor where next_rank = 1")
    page = open_page(f"{site}/{address.format(worst, next=following)}", theme=theme)
    drawn(page, charts)
    ground = page.locator('[data-testid="stApp"]').evaluate("(app) => getComputedStyle(app).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 31)"}[theme]
    if has_table:
        assert page.locator(".book").first.evaluate("(table) => table.className.split(' ')[1]") == theme
    assert page.evaluate(_FAULTS) == []
    assert shut_out(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(page.get_by_role("button", name="Expand sidebar")).to_be_visible()  # the menu, in its place on a phone
    drawn(page, charts)
    expect_no_faults(page)
    if has_table:
        heading, cell = page.locator(".book thead").first, page.locator(".book tbody td:not(.blank)").first
        assert heading.evaluate("(head) => head.getBoundingClientRect().height") <= 1  # to be heard, not to be seen
        assert cell.evaluate("(cell) => getComputedStyle(cell, '::before').content") not in ("none", '""')
        expect(page.locator(".book .scroll").first).to_have_js_property(
            "scrollWidth", page.locator(".book .scroll").first.evaluate("(box) => box.clientWidth")
        )
    assert shut_out(page) == []


def expect_no_faults(page: Page) -> None:
    """Charts are drawn anew for the width after a moment: what has to hold is what it comes to."""
    page.wait_for_function(
        f"() => ({_FAULTS})().length === 0 || (window.faults = ({_FAULTS})(), false)", timeout=15_000
    )


def shut_out(page: Page) -> list[str]:
    """What keeps some readers out, seriously or wholly, by axe-core."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part, _ in _STREAMLITS_OWN)
    ]


def test_the_menus_are_reached_on_a_phone(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(site, size=PHONE)
    drawn(page)
    page.get_by_role("button", name="Expand sidebar").click()
    for title in ("Portfolio", "Advisors", "Trends", "Data quality", "Policy", "Drift monitor"):
        link = page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True)
        expect(link).to_be_in_viewport()
        link.click()
        expect(page.locator("h1", has_text=title)).to_be_visible()
    page.get_by_role("button", name="Collapse sidebar").click()  # Streamlit leaves it open
    drawn(page)
    page.get_by_role("button", name="More filters").click()
    for label in ("Value from, USD", "Value to, USD"):
        field = page.get_by_label(label)
        field.scroll_into_view_if_needed()
        expect(field).to_be_in_viewport(ratio=1)
