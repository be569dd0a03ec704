"""A file has the rows of the list, all pages of them, and nothing that the filters leave out."""

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Download, Page

from tests.browser.browsing import drawn
from tests.browser.conftest import Publisher

COLUMNS = ("alert_rank", "portfolio_id", "client_name", "market_value", "drift_score", "drift_status", "team")


@pytest.fixture
def rows(book: Publisher) -> list[tuple[object, ...]]:
    """What the list is to show: more than one page of it, not all."""
    found = book.rows(
        f"""
        select {", ".join(COLUMNS)} from marts.drift_monitor inner join marts.dim_advisor using (advisor_id)
        where drift_status = 'Normal' and market_value >= 200000 order by alert_rank
        """
    )
    assert 50 < len(found) < 140
    return found


@pytest.fixture
def page(site: str, open_page: Callable[..., Page]) -> Page:
    opened = open_page(f"{site}/?status=Normal&from=200000&page=2")
    drawn(opened)
    return opened


def downloaded(page: Page, button: str) -> Download:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value


def test_csv_has_the_rows_of_the_list(page: Page, rows: list[tuple[object, ...]], tmp_path: Path) -> None:
    file = downloaded(page, "Download CSV")
    assert file.suggested_filename == "drift_monitor_2026-06-30.csv"
    file.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as text:
        found = [tuple(row[column] for column in COLUMNS) for row in csv.DictReader(text)]
    assert found == [tuple(f"{field:f}" if column in ("market_value", "drift_score") else str(field)
        for column, field in zip(COLUMNS, row, strict=True)) for row in rows]  # fmt: skip


def test_excel_has_the_rows_of_the_list(page: Page, rows: list[tuple[object, ...]], tmp_path: Path) -> None:
    file = downloaded(page, "Download Excel")
    assert file.suggested_filename == "drift_monitor_2026-06-30.xlsx"
    file.save_as(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx", read_only=True)["drift_monitor"]
    heading, *lines = sheet.iter_rows(values_only=True)
    places = [heading.index(column) for column in COLUMNS]
    found = [(*(str(line[place]) for place in places[:3]), line[places[3]]) for line in lines]
    assert found == [(*(str(field) for field in row[:3]), pytest.approx(float(str(row[3])))) for row in rows]
