"""A portfolio through time: its weights against their targets, and its drift against the bands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards import words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.look import chart, draw, faded, literal, palette


def show(book: Book, history: list[Row], versions: list[Row], bands: Bands) -> None:
    """Draw both charts over all days of the portfolio, from its facts by day; a day without a value is a gap."""
    changes = _policy_changes(book, history, versions)
    days = _trading_days(book, history)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Weights and targets through time", anchor=False)
        _weights(book, history, days, changes)
    with right:
        st.header("Drift through time", anchor=False)
        _drift(book, history, days, changes, bands)
    if changes:
        told = "; ".join(f"{words.day(day)}: {what}" for day, what in changes)
        st.caption(f"Dotted lines are changes of policy. {words.escaped(told)}.")


def _trading_days(book: Book, history: list[Row]) -> list[date]:
    rows = book.rows(
        "select as_of_date from marts.dim_date where as_of_date between $first and $last order by as_of_date",
        first=history[0]["as_of_date"],
        last=history[-1]["as_of_date"],
    )
    return [row["as_of_date"] for row in rows]


def _weights(book: Book, history: list[Row], days: list[date], changes: list[tuple[date, str]]) -> None:
    rows = book.rows(
        """
        select
            as_of_date,
            asset_class,
            actual_weight,
            -- the targets are stacked as the weights are
            sum(target_weight) over (partition by as_of_date order by display_order) as stacked_target_weight
        from marts.fct_asset_class_daily inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = $id
        order by display_order, as_of_date
        """,
        id=history[-1]["portfolio_id"],
    )
    colours = palette()
    classes = list(dict.fromkeys(row["asset_class"] for row in rows))
    traces: list[Any] = []
    for place, asset_class in enumerate(classes):
        of_class = {row["as_of_date"]: row for row in rows if row["asset_class"] == asset_class}
        colour = colours.series[place % len(colours.series)]
        traces.append(
            go.Scatter(
                x=days,
                y=_by_day(of_class, "actual_weight", days),
                name=asset_class,
                stackgroup="weights",
                stackgaps="interpolate",
                line={"width": 0.5, "color": colour},
                fillcolor=faded(colour, 0.75),
                hovertemplate="%{y:.2%}",
            )
        )
        if place < len(classes) - 1:  # the last bound is 100 % always
            traces.append(
                go.Scatter(
                    x=days,
                    y=_by_day(of_class, "stacked_target_weight", days),
                    name="Target" if place == 0 else f"Target up to {asset_class}",
                    mode="lines",
                    line={"width": 1.6, "dash": "dash", "color": colours.text, "shape": "hv"},
                    showlegend=place == 0,
                    legendrank=1001,  # after the classes
                    hoverinfo="skip",
                )
            )
    figure = chart(*traces)
    figure.update_yaxes(tickformat=".0%")
    for before, after in _gaps([row["as_of_date"] for row in history], days):
        # plotly's stacks know no gap: they would go on from the one value to the other
        figure.add_shape(
            type="rect", x0=before, x1=after, y0=0, y1=1, line_width=0, fillcolor=colours.ground, layer="above"
        )
    _mark(figure, changes)
    draw(figure, "weights", "Weight of each asset class through time as a stacked area, its targets as dashed lines")


def _drift(book: Book, history: list[Row], days: list[date], changes: list[tuple[date, str]], bands: Bands) -> None:
    by_day = {row["as_of_date"]: row for row in history}
    first, last = days[0], days[-1]
    spells = book.rows(
        "select * from marts.status_spells where portfolio_id = $id order by first_date",
        id=history[-1]["portfolio_id"],
    )
    shading = book.rows(
        """
        select * from marts.dim_drift_status
        where valid_from <= $day and (valid_to is null or valid_to > $first) order by valid_from, severity
        """,
        day=last,
        first=first,
    )
    colours = palette()
    figure = chart(
        go.Scatter(
            x=days,
            y=_by_day(by_day, "drift_score", days),
            customdata=[
                (by_day[day]["drift_status"], by_day[day]["drift_asset_class"]) if day in by_day else (None, None)
                for day in days
            ],
            name="Drift",
            line={"width": 1.8, "color": colours.text},
            connectgaps=False,
            hovertemplate="%{y:.2%}, %{customdata[1]}: %{customdata[0]}",
        ),
        legend=False,
    )
    top = max(float(row["drift_score"]) for row in history)
    bounds = [float(band["max_drift"]) for band in shading if band["max_drift"] is not None]
    top = 1.1 * max([top, *(1.3 * bound for bound in bounds)])
    for band in shading:
        figure.add_shape(
            type="rect",
            layer="below",
            line_width=0,
            x0=max(band["valid_from"], first),
            x1=min(band["valid_to"] or last, last),
            y0=float(band["above_drift"] or 0),
            y1=float(band["max_drift"]) if band["max_drift"] is not None else top,
            fillcolor=faded(colours.tones[bands.tone(band["drift_status"])], 0.12),
        )
        if band["is_current"]:
            figure.add_annotation(
                text=literal(band["drift_status"]),
                x=0.005,
                xref="paper",
                xanchor="left",
                y=float(band["above_drift"] or 0),
                yanchor="bottom",
                showarrow=False,
                font={"size": 11, "color": colours.tones[bands.tone(band["drift_status"])]},
                bgcolor=faded(colours.ground, 0.7),  # the line may pass below it
                borderpad=0,
            )
    for spell in spells:  # a strip below the days: which status, from when to when
        figure.add_shape(
            type="rect",
            x0=spell["first_date"],
            x1=spell["last_date"],
            y0=-0.055 * top,
            y1=-0.02 * top,
            line={"width": 1, "color": colours.tones[bands.tone(spell["drift_status"])]},
            fillcolor=colours.tones[bands.tone(spell["drift_status"])],
        )
    figure.update_yaxes(tickformat=".0%", range=[-0.07 * top, top])
    _mark(figure, changes)
    draw(
        figure,
        "drift",
        "Drift of the portfolio through time over the shaded bands of policy, with a strip of its status",
    )


def _policy_changes(book: Book, history: list[Row], versions: list[Row]) -> list[tuple[date, str]]:
    """The days within the portfolio's history on which what is asked of it changed, and how."""
    first, last = history[0]["as_of_date"], history[-1]["as_of_date"]
    changes = [
        (after["valid_from"], f"risk profile {before['risk_profile']} became {after['risk_profile']}")
        for before, after in pairwise(versions)
    ]
    changes += [
        (row["valid_from"], f"new targets for {row['risk_profile']}")
        for row in book.rows("select distinct risk_profile, valid_from from marts.dim_risk_profile")
        if any(
            version["risk_profile"] == row["risk_profile"]
            and version["valid_from"] < row["valid_from"] < (version["valid_to"] or date.max)
            for version in versions
        )
    ]
    changes += [
        (row["valid_from"], "new bands") for row in book.rows("select distinct valid_from from marts.dim_drift_status")
    ]
    return sorted(change for change in changes if first < change[0] <= last)


def _mark(figure: go.Figure, changes: Iterable[tuple[date, str]]) -> None:
    for day, _ in changes:
        figure.add_vline(x=day, line={"dash": "dot", "width": 1.5, "color": palette().accent})


def _gaps(valued: Sequence[date], days: Sequence[date]) -> list[tuple[date, date]]:
    """The days with a value between which there is one without: the last before it, and the first after it."""
    place = {day: number for number, day in enumerate(days)}
    return [(before, after) for before, after in pairwise(valued) if place[after] - place[before] > 1]


def _by_day(rows: Mapping[date, Row], column: str, days: Iterable[date]) -> list[float | None]:
    """A column for the browser, which draws doubles; a day without a row is a gap."""
    return [float(rows[day][column]) if day in rows else None for day in days]
