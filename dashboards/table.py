"""Tables: rows in words, drawn by assets/table.js, each of which may open a page."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit.components.v2 import component

from dashboards.look import MARKS, Tone, is_dark

_ASSETS = Path(__file__).with_name("assets")
_SORT = "sort"
ROWS_OF_A_PAGE = 50


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: text, a smaller note below it, a tone, a bar with ticks, a strip of parts."""

    text: str
    note: str = ""
    tone: Tone | None = None
    bar: dict[str, Any] | None = None
    mix: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Column:
    """A column: its heading, how it is set, the name by which it sorts, and whether its cells open the row's page."""

    label: str
    kind: Literal["", "number", "mono", "wrap", "date"] = ""
    sorts_by: str | None = None
    opens: bool = False


@dataclass(frozen=True)
class Line:
    """A row: its cells, the id that is told when it is opened, the address that it leads to, and how it stands out."""

    cells: Sequence[Cell | str]
    opens: str | None = None
    address: str | None = None
    look: Literal["", "marked", "total"] = ""


@dataclass(frozen=True)
class Sorting:
    """By which column rows are sorted, and which way: `sort=value` in the address, or `sort=-value`, descending."""

    name: str = ""
    descending: bool = False

    @classmethod
    def of_address(cls, known: Container[str]) -> "Sorting":
        """What the address says; none where it names a column by which rows can't be sorted."""
        text = st.query_params.get(_SORT, "")
        name = text.removeprefix("-")
        return cls(name, text.startswith("-")) if name in known else cls()

    def click(self, name: str) -> None:
        """Follow a click on a column: first descending, then ascending, then not by it."""
        if name != self.name:
            st.query_params[_SORT] = f"-{name}"
        elif self.descending:
            st.query_params[_SORT] = name
        else:
            st.query_params.pop(_SORT, None)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return component(
        "book_table",
        html='<div class="book"></div>',
        css=(_ASSETS / "table.css").read_text(encoding="utf-8"),
        js=(_ASSETS / "table.js").read_text(encoding="utf-8"),
    )


def show_table(
    key: str,
    caption: str,
    columns: Sequence[Column],
    lines: Sequence[Line],
    sorting: Sorting | None = None,
    scrolls: bool = False,
) -> str | None:
    """Draw a table; returns the id of the row that was just opened. ``caption`` names it for those who can't see it.

    With a ``sorting`` the reader may sort by the columns that have a name for it. One that ``scrolls`` is as high as
    its rows and no higher than half a screen, below a heading that stays.
    """

    def sort() -> None:
        if sorting and (name := st.session_state[key].get("sorted")):
            sorting.click(name)

    happened = _component()(
        key=key,
        data={
            "caption": caption,
            "theme": "dark" if is_dark() else "light",
            "scrolls": scrolls,
            "sort": {"name": sorting.name if sorting else "", "descending": bool(sorting and sorting.descending)},
            "columns": [
                {
                    "label": column.label,
                    "kind": column.kind,
                    "name": column.sorts_by or "",
                    "sorts": bool(sorting and column.sorts_by),
                    "opens": column.opens,
                }
                for column in columns
            ],
            "rows": [
                {
                    "id": line.opens,
                    "href": line.address,
                    "look": line.look,
                    "cells": [_as_data(cell) for cell in line.cells],
                }
                for line in lines
            ],
        },
        on_opened_change=lambda: None,
        on_sorted_change=sort,
    )
    opened: str | None = happened.opened
    return opened


def status_cell(status: str, tone: Tone, note: str = "") -> Cell:
    """A status with its mark and its colour."""
    return Cell(f"{MARKS[tone]} {status}", note, tone)


def drift_bar(drift: Decimal, bounds: Sequence[Decimal], tone: Tone) -> dict[str, Any]:
    """A bar of a drift against the bounds of the bands; its full width is three times the last bound."""
    full = 3 * max(bounds) if bounds else max(drift, Decimal("0.01"))
    return {
        "width": float(min(drift / full, Decimal(1)) * 100),
        "ticks": [float(bound / full * 100) for bound in bounds],
        "tone": tone,
    }


def status_part(status: str, tone: Tone, number: int) -> dict[str, Any]:
    """The part of a strip that stands for the portfolios in a status."""
    return {"size": number, "tone": tone, "label": f"{number:,} {status}"}


def page_of(key: str, row_count: int, rows: object = None) -> int:
    """The number of rows to pass over for the page of a long table that its reader is on; draws the page numbers.

    When ``rows``, which tells what is listed, becomes another, the reader is on the first page again. The ``key`` is
    one list's alone, in all of the dashboards: Streamlit hands its number from page to page.
    """
    pages = max(1, -(-row_count // ROWS_OF_A_PAGE))
    listed = f"{key}_lists"
    if st.session_state.setdefault(listed, rows) != rows:
        st.session_state[listed] = rows
        if key in st.session_state:  # Streamlit forgets it when the list is left, and then the address says
            st.session_state[key] = 1
    if pages == 1:
        return 0
    chosen = st.pagination(pages, key=key, bind="query-params")
    return (min(chosen, pages) - 1) * ROWS_OF_A_PAGE


def _as_data(cell: Cell | str) -> dict[str, Any]:
    if isinstance(cell, str):
        return {"text": cell}
    return {"text": cell.text, "note": cell.note, "tone": cell.tone, "bar": cell.bar, "mix": cell.mix}
