"""The way of a reader: from the list to a portfolio and back, by mouse, by keyboard, by an address that was kept."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import drawn, opening_cells, table
from tests.browser.conftest import Publisher

ALERTS = "Portfolios, the most urgent first"
ROWS_OF_A_PAGE = 50
Opener = Callable[..., Page]


def expect_portfolios(
    page: Page, book: Publisher, where: str = "true", order: str = "alert_rank", begin: int = 0
) -> None:
    """The list shows these portfolios of the mart, no other, in this order."""
    rows = book.rows(
        f"""
        select portfolio_id from marts.drift_monitor inner join marts.dim_advisor using (advisor_id)
        where {where} order by {order} limit {ROWS_OF_A_PAGE} offset {begin}
        """
    )
    assert rows
    expect(opening_cells(table(page, ALERTS))).to_have_text([row[0] for row in rows])


def expect_portfolio(page: Page, book: Publisher, portfolio_id: str) -> None:
    """Its page, with its charts: two of its history, and one of its scores where it ever had one."""
    expect(page.locator("h1", has_text=f"({portfolio_id})")).to_be_visible()
    ((scored,),) = book.rows(
        f"select count(breach_probability) from marts.portfolio_risk_scores where portfolio_id = '{portfolio_id}'"
    )
    drawn(page, charts=3 if scored else 2)


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("way", ["link", "browser"])
def test_a_reader_comes_back_to_the_list_as_it_was(way: str, site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(site)
    page.get_by_role("button", name="Normal", exact=True).click()
    expect_portfolios(page, book, "drift_status = 'Normal'")
    table(page, ALERTS).get_by_role("button", name="Value").click()
    expect_portfolios(page, book, "drift_status = 'Normal'", "market_value desc")
    page.get_by_role("button", name="Page 2").click()
    second_page = ("drift_status = 'Normal'", "market_value desc", ROWS_OF_A_PAGE)
    expect_portfolios(page, book, *second_page)
    kept = parameters(page)
    assert kept == {"status": ["Normal"], "sort": ["-value"], "page": ["2"]}
    row = table(page, ALERTS).locator("tbody tr").nth(2)
    portfolio_id = opening_cells(table(page, ALERTS)).nth(2).inner_text()
    row.locator("td").nth(3).click()  # anywhere in the row
    expect_portfolio(page, book, portfolio_id)
    assert page.url == f"{site}/portfolio?portfolio={portfolio_id}"
    if way == "link":
        page.get_by_role("link", name="Back to the drift monitor").click()
    else:
        page.go_back()
    expect_portfolios(page, book, *second_page)
    assert parameters(page) == kept
    expect(page.get_by_role("button", name="Normal", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Page 2")).to_have_attribute("aria-current", "page")


def test_an_advisor_leads_to_the_list_of_an_advisor(site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(f"{site}/advisors")
    first = opening_cells(table(page, "Advisors and their portfolios")).first
    name = first.inner_text()
    first.click()
    expect_portfolios(page, book, f"dim_advisor.advisor_name = '{name}'")
    ((advisor_id,),) = book.rows(f"select advisor_id from marts.dim_advisor where advisor_name = '{name}'")
    assert page.url == f"{site}/?advisor={advisor_id}"


def test_a_kept_address_shows_its_list(site: str, book: Publisher, open_page: Opener) -> None:
    ((team, asset_class),) = book.rows(
        """
        select team, drift_asset_class from marts.drift_monitor inner join marts.dim_advisor using (advisor_id)
        group by all order by count(*) desc limit 1
        """
    )
    page = open_page(f"{site}/?team={team}&class={asset_class}&from=200000&sort=portfolio")
    where = f"team = '{team}' and drift_asset_class = '{asset_class}' and market_value >= 200000"
    expect_portfolios(page, book, where, "portfolio_name, alert_rank")


def test_find_narrows_the_list(site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(site)
    expect_portfolios(page, book)
    ((client,),) = book.rows("select client_name from marts.drift_monitor where alert_rank = 60")
    page.get_by_role("textbox", name="Find").fill(client.lower())
    expect_portfolios(page, book, f"client_name = '{client}'")


def test_headings_sort_by_mouse(site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(site)
    heading = table(page, ALERTS).get_by_role("columnheader", name="In status")
    heading.get_by_role("button").click()
    expect_portfolios(page, book, order="days_in_status desc, alert_rank")
    expect(heading).to_have_attribute("aria-sort", "descending")
    heading.get_by_role("button").click()
    expect_portfolios(page, book, order="days_in_status, alert_rank")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("button").click()
    expect_portfolios(page, book)


def test_everything_goes_by_keyboard(site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(site)
    expect_portfolios(page, book)
    heading = table(page, ALERTS).get_by_role("button", name=re.compile("^Client"))
    tab_to(page, "Client", at_most=60)
    page.keyboard.press("Enter")
    expect_portfolios(page, book, order="client_name desc, alert_rank")
    expect(heading).to_be_focused()  # whoever sorts by keyboard goes on from there
    first = opening_cells(table(page, ALERTS)).first.inner_text()
    tab_to(page, first, at_most=20)
    page.keyboard.press("Enter")
    expect_portfolio(page, book, first)


def tab_to(page: Page, text: str, at_most: int) -> None:
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if (
            page.evaluate("(document.activeElement.shadowRoot?.activeElement ?? document.activeElement).innerText")
            == text
        ):
            return
    pytest.fail(f"{at_most} times Tab did not lead to {text}")


@pytest.mark.parametrize("start", ["", "advisors"])
def test_ctrl_click_opens_a_tab(start: str, site: str, book: Publisher, open_page: Opener) -> None:
    page = open_page(f"{site}/{start}")
    caption = ALERTS if start == "" else "Advisors and their portfolios"
    link = opening_cells(table(page, caption)).first
    said = link.inner_text()
    with page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    tab = opened.value
    if start == "":
        assert tab.url == f"{site}/portfolio?portfolio={said}"
        expect_portfolio(tab, book, said)
    else:
        expect(table(tab, ALERTS).locator("tbody tr td:nth-child(4)").first).to_have_text(said)
        drawn(tab)
        expect(tab.get_by_role("dialog")).to_have_count(0)  # such as Streamlit's for a page that it does not know
    expect(table(page, caption)).to_be_visible()  # and this one stays
