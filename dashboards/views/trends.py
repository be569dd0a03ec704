"""Trends: how the book as a whole moves against policy."""

from typing import Final, Literal

import plotly.graph_objects as go
import streamlit as st

from dashboards import frame, words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.look import MARKS, UNVALUED, chart, draw, palette, status_area, whole_steps

Measure = Literal["Portfolios", "Value"]
_PALER: Final = 2  # the strongest cell has half of its colour, for the figure on it to be read
_MEASURES: Final[tuple[Measure, ...]] = ("Portfolios", "Value")


def show(book: Book) -> None:
    """Draw the page."""
    frame.head(book, "Trends", "Is the book getting closer to policy or further from it, where, and for how long?")
    profiles = [
        row["risk_profile"] for row in book.rows("select distinct risk_profile from marts.dim_risk_profile order by 1")
    ]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.pills("Risk profile", profiles, selection_mode="multi", key="profile", bind="query-params")
        measure: Measure = st.segmented_control(
            "Counted in", _MEASURES, default="Portfolios", required=True, key="in", bind="query-params"
        )
    bands = Bands.of(book)
    _status_mix(book, tuple(chosen), measure, bands)
    left, right = st.columns(2, gap="large")
    with left:
        _heat_map(book, tuple(chosen))
    with right:
        _distribution(book, tuple(chosen), measure, bands)
    _survival(book, bands)


def _status_mix(book: Book, profiles: tuple[str, ...], measure: Measure, bands: Bands) -> None:
    st.header("Status through time", anchor=False)
    rows = book.rows(
        """
        select as_of_date, drift_status, sum(portfolio_count) as portfolio_count, sum(aum) as aum
        from marts.drift_trend
        where len($profiles) = 0 or list_contains($profiles, risk_profile)
        group by as_of_date, drift_status order by as_of_date
        """,
        profiles=profiles,
    )
    if not rows:
        frame.empty("Nothing was valued yet.", "Land holdings and prices, then run `make build`.")
        return
    days = sorted({row["as_of_date"] for row in rows})
    figure = "portfolio_count" if measure == "Portfolios" else "aum"
    traces = []
    for status in bands.statuses:
        by_day = {row["as_of_date"]: row[figure] for row in rows if row["drift_status"] == status}
        if by_day and (measure == "Portfolios" or status != UNVALUED):
            # a status that nobody is in has no row: of portfolios, and of their value, none is a true zero
            traces.append(status_area(days, [float(by_day.get(day) or 0) for day in days], status, bands.tone(status)))
    drawn = chart(*traces, height=340)
    drawn.update_yaxes(tickformat=",d" if measure == "Portfolios" else "$.3s")
    draw(drawn, "status_mix", f"{measure} in each status through time, stacked")
    unvalued = [row for row in rows if row["drift_status"] == UNVALUED]
    today = sum(row["portfolio_count"] for row in unvalued if row["as_of_date"] == book.as_of_date)
    if not unvalued:
        st.caption("Every open portfolio had a value on every day.")
        return
    days_without = len({row["as_of_date"] for row in unvalued})
    st.caption(
        f"{words.of_things(int(today), 'open portfolio')} without a value today, and some on "
        f"{words.of_things(days_without, 'day')} in all. "
        + (
            "They are shown as Unvalued."
            if measure == "Portfolios"
            else "Their value is not known, so this chart can't have them: count in portfolios to see them."
        )
    )


def _heat_map(book: Book, profiles: tuple[str, ...]) -> None:
    st.header("Drift by profile and class", anchor=False)
    rows = book.rows(
        """
        select profile_class_drift.*
        from marts.profile_class_drift inner join marts.dim_asset_class using (asset_class)
        where len($profiles) = 0 or list_contains($profiles, risk_profile)
        order by display_order, risk_profile
        """,
        profiles=profiles,
    )
    if not rows:
        frame.empty("No portfolio of these profiles has a value today.", "Choose other profiles.")
        return
    classes = list(dict.fromkeys(row["asset_class"] for row in rows))
    names = sorted({row["risk_profile"] for row in rows})
    cells = {(row["risk_profile"], row["asset_class"]): row for row in rows}

    def of_cells(column: str) -> list[list[float | None]]:
        return [
            [float(cells[name, one][column]) if (name, one) in cells else None for one in classes] for name in names
        ]

    colours = palette()
    average = of_cells("average_signed_drift")
    widest = max(abs(number) for line in average for number in line if number is not None) or 0.01
    figure = chart(
        go.Heatmap(
            x=classes,
            y=names,
            z=average,
            text=[
                [
                    words.percent_change(cells[name, one]["average_signed_drift"]) if (name, one) in cells else ""
                    for one in classes
                ]
                for name in names
            ],
            customdata=of_cells("largest_drift"),
            texttemplate="%{text}",
            textfont={"color": colours.text},
            hovertemplate="%{y}, %{x}: %{text} on average, at most %{customdata:.2%} off<extra></extra>",
            colorscale=[[0, colours.under], [0.5, colours.ground], [1, colours.over]],
            zmid=0,
            zmin=-widest * _PALER,
            zmax=widest * _PALER,
            showscale=False,
            xgap=2,
            ygap=2,
        ),
        height=300,
        legend=False,
    )
    figure.update_layout(hovermode="closest")
    draw(figure, "heat_map", "Average drift of each asset class in each risk profile, over or under its target")
    st.caption("Average over the portfolios of a profile, weighted by their value: + is over the target, − under it.")  # noqa: RUF001


def _distribution(book: Book, profiles: tuple[str, ...], measure: Measure, bands: Bands) -> None:
    st.header("Drift now and a month ago", anchor=False)
    figure = "portfolio_count" if measure == "Portfolios" else "aum"
    rows = book.rows(
        f"""
        select as_of_date, is_as_of_date, bin_number, above_drift, max_drift, sum({figure}) as figure
        from marts.drift_distribution
        where len($profiles) = 0 or list_contains($profiles, risk_profile)
        group by all order by bin_number
        """,
        profiles=profiles,
    )
    if not rows:
        frame.empty("No portfolio of these profiles has a value today.", "Choose other profiles.")
        return
    colours = palette()
    bins = {row["bin_number"]: _bin_name(row) for row in rows}
    traces = []
    for is_now in (False, True):
        of_day = {row["bin_number"]: row for row in rows if row["is_as_of_date"] == is_now}
        if of_day:
            day = next(iter(of_day.values()))["as_of_date"]
            traces.append(
                go.Bar(
                    x=list(bins.values()),
                    y=[float(of_day[number]["figure"]) if number in of_day else 0 for number in bins],
                    name=words.day(day),
                    marker={
                        "color": colours.accent if is_now else colours.grid,
                        "line": {"color": colours.accent, "width": 1},
                    },
                )
            )
    drawn = chart(*traces, height=300)
    drawn.update_layout(barmode="group", bargap=0.15)
    drawn.update_yaxes(tickformat=",d" if measure == "Portfolios" else "$.3s")
    drawn.update_xaxes(title={"text": "Drift up to, in %", "font": {"size": 12}}, type="category")
    if measure == "Portfolios":
        whole_steps(drawn)
    draw(drawn, "distribution", f"{measure} by drift, today and a month ago")
    bounds = " and ".join(words.percent(bound) for bound in bands.bounds)
    st.caption(f"Each bar holds the drifts up to its bound. Policy's bands end at {bounds}.")


def _bin_name(row: Row) -> str:
    """The bound of a bin with as many decimals as it has: 0.5, 10, and the last one 10+."""
    is_last = row["max_drift"] is None
    return words.units((row["above_drift"] if is_last else row["max_drift"]) * 100) + ("+" if is_last else "")


def _survival(book: Book, bands: Bands) -> None:
    st.header("How long portfolios stay in a status", anchor=False)
    rows = book.rows("select * from marts.status_survival order by severity, drift_status, status_days")
    if not rows:
        frame.empty("No spell of a status has begun within the book yet.", "It takes some days of history.")
        return
    traces = []
    told = []
    for status in dict.fromkeys(row["drift_status"] for row in rows):
        of_status = [row for row in rows if row["drift_status"] == status]
        tone = bands.tone(status)
        traces.append(
            go.Scatter(
                x=[row["status_days"] for row in of_status],
                y=[float(row["surviving_share"]) for row in of_status],
                customdata=[row["at_risk_count"] for row in of_status],
                name=f"{MARKS[tone]} {status}",
                line={
                    "shape": "hv",
                    "width": 2,
                    "color": palette().tones[tone],
                    "dash": {"first": "solid", "between": "dash", "last": "solid"}.get(tone, "dot"),
                },
                hovertemplate="%{y:.1%} of %{customdata:,}",
            )
        )
        half = next((row["status_days"] for row in of_status if row["surviving_share"] <= 0.5), None)
        told.append(
            f"{status}: half are over after {words.days(half)}"
            if half
            else f"{status}: more than half last longer than seen"
        )
    drawn = chart(*traces, height=320)
    drawn.update_yaxes(tickformat=".0%", range=[0, 1.02])
    drawn.update_xaxes(title={"text": "Trading days in the status", "font": {"size": 12}})
    draw(drawn, "survival", "Share of spells that are still in their status after so many trading days")
    st.caption(
        f"{words.escaped('. '.join(told))}. Kaplan and Meier's estimate over all spells that began within the book; "
        "those that go on count for as long as they have lasted."
    )
