"""Open a page of the dashboards as a browser would, and read what stands on it; and the tests' own way to say numbers.

The formats here are written anew, in whole numbers, so that they share nothing with dashboards/words.py.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
import streamlit as st
from markdown_it import MarkdownIt
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from dashboards import table
from scripts.warehouse import Warehouse

TODAY = "2024-03-04"  # the trading day after the book's last one: nothing is behind
_SCRIPT = "from dashboards.app import main\nmain({start!r})"
_NUMBERS = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "i2": "<i2", "i1": "i1", "u1": "u1", "u2": "<u2", "u4": "<u4"}

Query = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Table:
    """A table as it is handed to the browser."""

    id: str
    data: dict[str, Any]

    @property
    def caption(self) -> str:
        return str(self.data["caption"])

    @property
    def headings(self) -> list[str]:
        return [column["label"] for column in self.data["columns"]]

    @property
    def rows(self) -> list[list[str]]:
        """The text of each cell."""
        return [[cell["text"] for cell in row["cells"]] for row in self.data["rows"]]

    @property
    def ids(self) -> list[str | None]:
        return [row["id"] for row in self.data["rows"]]

    @property
    def marked(self) -> list[int]:
        return [place for place, row in enumerate(self.data["rows"]) if row["look"] == "marked"]

    def column(self, heading: str, part: str = "text") -> list[Any]:
        """The cells of a column: their text, or another part of each (note, tone, bar, mix)."""
        place = self.headings.index(heading)
        return [row["cells"][place].get(part) for row in self.data["rows"]]


class Page:
    """A page in a browser of its own."""

    def __init__(self, start: str, query: Query) -> None:
        table._component.clear()  # each browser registers it anew, as a server does once
        self.test = AppTest.from_string(_SCRIPT.format(start=start), default_timeout=120)
        for name, value in query.items():
            self.test.query_params[name] = value
        self.run()

    def run(self) -> "Page":
        """Run it again, with what was clicked since; a page never breaks."""
        self.test.run()
        assert [element.message for element in self.test.exception] == []
        return self

    @property
    def address(self) -> dict[str, Any]:
        return dict(self.test.query_params)

    @property
    def title(self) -> str:
        (title,) = self.test.title
        return str(title.value)

    @property
    def tables(self) -> dict[str, Table]:
        return {
            str(element.key): Table(element.proto.id, json.loads(element.proto.json))
            for element in self.test.get("bidi_component")
        }

    @property
    def metrics(self) -> dict[str, tuple[str, str]]:
        """Each tile by its label: the figure and its change since yesterday."""
        return {metric.label: (metric.value, metric.delta) for metric in self.test.metric}

    @property
    def said(self) -> str:
        """All running text of the page, Markdown as it was written."""
        kinds = (self.test.title, self.test.header, self.test.markdown, self.test.caption)
        return "\n".join(str(element.value) for kind in kinds for element in kind)

    @property
    def warned(self) -> list[str]:
        return [str(element.value) for element in (*self.test.error, *self.test.warning, *self.test.info)]

    def chart(self, key: str) -> dict[str, Any]:
        """The figure of a chart, its arrays as lists."""
        (element,) = (element for element in self.test.get("plotly_chart") if element.key == key)
        figure: dict[str, Any] = _decoded(json.loads(element.proto.spec))
        return figure

    def click_in_table(self, key: str, event: str, value: str) -> None:
        """What table.js tells Python when a row is opened or a heading is clicked."""
        state = WidgetState()
        state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.tables[key].id}__events"
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        states = self.test._tree.get_widget_states()
        states.widgets.append(state)
        self.test._run(states)
        assert [element.message for element in self.test.exception] == []


def seen(start: str, query: Query) -> Page:
    """A page to be read and not to be clicked on: opened once for all tests of the book."""
    return _seen(start, json.dumps(dict(query)))


@cache
def _seen(start: str, query: str) -> Page:
    return Page(start, json.loads(query))


def _decoded(part: Any) -> Any:
    if isinstance(part, dict):
        if set(part) >= {"dtype", "bdata"}:
            numbers = np.frombuffer(base64.b64decode(part["bdata"]), _NUMBERS[part["dtype"]])
            return numbers.reshape([int(size) for size in str(part.get("shape", numbers.size)).split(",")]).tolist()
        return {name: _decoded(value) for name, value in part.items()}
    return [_decoded(value) for value in part] if isinstance(part, list) else part


@contextmanager
def reading(warehouse: Warehouse, today: str = TODAY) -> Iterator[None]:
    """Dashboards that read a warehouse, on a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_DRIFT_WAREHOUSE", str(warehouse.folder))
        patch.setenv("PORTFOLIO_DRIFT_TODAY", today)
        yield


@dataclass(frozen=True)
class Download:
    """A button: the name of its file and what is in it when it is pressed."""

    file_name: str
    content: bytes


def downloads_of(start: str, query: Query) -> dict[str, Download]:
    """Every download that a page offers, by its key, each pressed once."""
    buttons: dict[str, tuple[str, Callable[[], bytes]]] = {}

    def button(label: str, data: Callable[[], bytes], file_name: str, key: str, **_looks: Any) -> bool:
        buttons[key] = (file_name, data)
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "download_button", button)
        Page(start, query)
    return {key: Download(file_name, data()) for key, (file_name, data) in buttons.items()}


def rendered(markdown: str) -> str:
    """What a reader sees of a line of Markdown: its text alone, without any formatting."""
    (line,) = MarkdownIt("commonmark").parseInline(markdown)
    return "".join(
        "\n" if token.type == "softbreak" else token.content for token in line.children or [] if token.type != "image"
    )


# how numbers are said ------------------------------------------------------------------------------------------------


def _digits(number: Any, places: int) -> tuple[bool, str]:
    """Whether the rounded number is below zero, and its digits with commas; half goes away from zero."""
    exact = Fraction(number) * 10**places
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    units, rest = divmod(whole, 10**places)
    text = f"{units:,}" + (f".{rest:0{places}}" if places else "")
    return exact < 0 and whole > 0, text


def usd(amount: Any, places: int = 0) -> str:
    if amount is None:
        return "\N{EN DASH}"
    is_below, text = _digits(amount, places)
    return ("\N{MINUS SIGN}$" if is_below else "$") + text


def share(part: Any, places: int = 2) -> str:
    if part is None:
        return "\N{EN DASH}"
    is_below, text = _digits(Fraction(part) * 100, places)
    return ("\N{MINUS SIGN}" if is_below else "") + text + " %"


def number(count: int | None) -> str:
    return "\N{EN DASH}" if count is None else ("\N{MINUS SIGN}" if count < 0 else "") + f"{abs(count):,}"


def bp(part: Any) -> str:
    if part is None:
        return "\N{EN DASH}"
    is_below, text = _digits(Fraction(part) * 10_000, 0)
    return ("\N{MINUS SIGN}" if is_below else "" if text == "0" else "+") + text + " bp"


def plus(text: str) -> str:
    """A change: with a sign, unless it is none."""
    is_none = not any(digit in text for digit in "123456789")
    return text if is_none or text[0] in "\N{MINUS SIGN}\N{EN DASH}" else f"+{text}"


def day(when: date | None) -> str:
    return "\N{EN DASH}" if when is None else when.strftime("%d %b %Y").removeprefix("0")


def moment(when: datetime | None) -> str:
    return "\N{EN DASH}" if when is None else f"{day(when)}, {when:%H:%M} UTC"


def trading_days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def plain_number(amount: Decimal) -> str:
    """As many decimals as it has."""
    text = f"{amount:,f}".replace("-", "\N{MINUS SIGN}")
    return text.rstrip("0").rstrip(".") if "." in text else text


def close(amount: Decimal) -> str:
    """A price: two decimals at least."""
    whole, _, rest = f"{amount:,f}".partition(".")
    return f"${whole}.{rest.rstrip('0'):0<2}"


def columns_of(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows of a query as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def floats(numbers: Iterable[Any]) -> list[float | None]:
    return [None if one is None else float(one) for one in numbers]
