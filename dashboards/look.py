"""Colours and the bare look of charts: one accent, a colour and a mark for each kind of status, light and dark."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import plotly.graph_objects as go
import streamlit as st

Tone = Literal["first", "between", "last", "unvalued"]

# beside every colour stands a mark, for those who see no colour; each has a contrast of at least 4.5:1 on its ground
MARKS: Final[dict[Tone, str]] = {"first": "●", "between": "▲", "last": "■", "unvalued": "○"}
_PATTERNS: Final[dict[Tone, str]] = {"first": "", "between": "/", "last": "x", "unvalued": "."}
UNVALUED: Final = "Unvalued"
_CHARTS_AFTER: Final = 3  # seconds
_FEW: Final = 6  # of which a chart numbers each one


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, each a CSS colour."""

    tones: dict[Tone, str]
    accent: str
    text: str
    muted: str
    grid: str
    ground: str
    series: tuple[str, ...]
    under: str
    over: str


LIGHT: Final = Palette(
    tones={"first": "#2E6E6A", "between": "#8A5A00", "last": "#B3261E", "unvalued": "#5C6670"},
    accent="#1F5A8C",
    text="#1C2733",
    muted="#5C6670",
    grid="#E3E8EC",
    ground="#FFFFFF",
    series=("#1F5A8C", "#6C9A8B", "#C9A227", "#8E6C8A", "#B07156", "#4F6D7A"),
    under="#8A5A00",
    over="#1F5A8C",
)
DARK: Final = Palette(
    tones={"first": "#7CC5BE", "between": "#E2B04A", "last": "#FF9A8F", "unvalued": "#A5B0BA"},
    accent="#7DB7E8",
    text="#E4EAF0",
    muted="#A5B0BA",
    grid="#2A3540",
    ground="#12181F",
    series=("#7DB7E8", "#8FBFAF", "#D9B84A", "#BE9BBA", "#D69A80", "#8FABB8"),
    under="#E2B04A",
    over="#7DB7E8",
)


def palette() -> Palette:
    """The colours of the theme that the reader sees."""
    return DARK if is_dark() else LIGHT


def is_dark() -> bool:
    """Whether the reader sees the dark theme; light where the browser does not say."""
    return st.context.theme.type == "dark"


def chart(*traces: Any, height: int = 320, legend: bool = True) -> go.Figure:
    """A figure in the look of the pages: no frame, a quiet grid, one label for all series of a day."""
    colours = palette()
    figure = go.Figure(list(traces))
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 13, "family": '"Source Sans", sans-serif'},
        hovermode="x unified",
        hoverlabel={"bgcolor": colours.ground, "font": {"color": colours.text}},
        showlegend=legend,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 12},
            "traceorder": "normal",
        },
    )
    figure.update_xaxes(showgrid=False, linecolor=colours.grid, tickfont={"color": colours.muted}, automargin=True)
    figure.update_yaxes(
        gridcolor=colours.grid, zerolinecolor=colours.grid, tickfont={"color": colours.muted}, automargin=True
    )
    return figure


def whole_steps(figure: go.Figure) -> None:
    """Number the vertical axis of a count in ones where it is low: nobody has half a portfolio."""
    highest = max((y for trace in figure.data for y in trace.y if y is not None), default=0)
    if highest < _FEW:
        figure.update_yaxes(dtick=1)


def draw(figure: go.Figure, key: str, alt: str) -> None:
    """Put a figure on the page; ``alt`` says in a sentence what it shows to those who can't see it."""
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        alt=alt,
        config={"displaylogo": False, "displayModeBar": False, "scrollZoom": False},
    )


def load_ahead() -> None:
    """Let the browser fetch what draws charts, half of all that it ever fetches, while a list is read.

    A chart that is in no sight does it: the name of the file to fetch changes with every version of Streamlit. Not at
    once, for reading the file takes the browser a second in which it does nothing else: the list comes first.
    """
    shown_since: float = st.session_state.setdefault("list_shown_since", time.monotonic())

    def is_read() -> bool:
        return time.monotonic() - shown_since >= _CHARTS_AFTER

    def chart_in_no_sight() -> None:
        if is_read():
            with st.container(key="load_ahead"):
                st.plotly_chart(go.Figure(), key="no_chart", height=1)

    # until then it waits for its time; afterwards there is nothing to wait for
    st.fragment(chart_in_no_sight, run_every=None if is_read() else _CHARTS_AFTER)()


def status_area(days: Sequence[Any], values: Sequence[Any], status: str, tone: Tone) -> go.Scatter:
    """The area of one status in a stack, told by colour and by pattern."""
    colour = palette().tones[tone]
    return go.Scatter(
        x=list(days),
        y=list(values),
        name=f"{MARKS[tone]} {status}",
        stackgroup="statuses",
        mode="lines",
        line={"width": 0.5, "color": colour},
        fillcolor=colour,
        fillpattern={
            "shape": _PATTERNS[tone],
            "bgcolor": colour,
            "fgcolor": palette().ground,
            "fgopacity": 0.4,
            "size": 8,
        },
    )


def literal(name: str) -> str:
    """A name in a chart that means itself: Plotly takes <b> for bold and &lt; for <."""
    return name.replace("&", "&amp;").replace("<", "&lt;")


def faded(colour: str, opacity: float) -> str:
    """A colour of #RRGGBB, let through: rgba(...)."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
