"""A portfolio through time: its weights against their targets, and its drift against the bands."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards import words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.look import chart, draw, faded, palette


def show(book: Book, latest: Row, versions: list[Row], bands: Bands) -> None:
    """Draw both charts over all days of the portfolio; a day without a value is a gap."""
    changes = _policy_changes(book, latest, versions)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Weights and targets through time", anchor=False)
        _weights(book, latest, changes)
    with right:
        st.header("Drift through time", anchor=False)
        _drift(book, latest, changes, bands)
    if changes:
        told = "; ".join(f"{words.day(day)}: {what}" for day, what in changes)
        st.caption(f"Dotted lines are changes of policy. {words.escaped(told)}.")


def _weights(book: Book, latest: Row, changes: list[tuple[date, str]]) -> None:
    # a gap in the days is a gap in the chart; the targets are stacked as the weights are
    rows = book.rows(
        """
        with days as (
            select dim_date.as_of_date from marts.dim_date
            where dim_date.as_of_date between
                (select min(as_of_date) from marts.fct_portfolio_daily where portfolio_id = $id) and $day
        ),

        weights as (
            select as_of_date, asset_class, actual_weight, target_weight
            from marts.fct_asset_class_daily where portfolio_id = $id
        ),

        classes as (
            select asset_class, display_order from marts.dim_asset_class
            where asset_class in (select asset_class from weights)
        )

        select
            days.as_of_date,
            classes.asset_class,
            weights.actual_weight,
            sum(weights.target_weight) over (
                partition by days.as_of_date order by classes.display_order
            ) as stacked_target_weight
        from days
        cross join classes
        left join weights on days.as_of_date = weights.as_of_date and classes.asset_class = weights.asset_class
        order by classes.display_order, days.as_of_date
        """,
        id=latest["portfolio_id"],
        day=latest["as_of_date"],
    )
    colours = palette()
    classes = list(dict.fromkeys(row["asset_class"] for row in rows))
    traces: list[Any] = []
    for place, asset_class in enumerate(classes):
        of_class = [row for row in rows if row["asset_class"] == asset_class]
        colour = colours.series[place % len(colours.series)]
        days = [row["as_of_date"] for row in of_class]
        traces.append(
            go.Scatter(
                x=days,
                y=_floats(row["actual_weight"] for row in of_class),
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
                    y=_floats(row["stacked_target_weight"] for row in of_class),
                    name="Target" if place == 0 else f"Target up to {asset_class}",
                    mode="lines",
                    line={"width": 1.6, "dash": "dash", "color": colours.text, "shape": "hv"},
                    showlegend=place == 0,
                    hoverinfo="skip",
                )
            )
    figure = chart(*traces)
    figure.update_yaxes(tickformat=".0%")
    _mark(figure, changes)
    draw(figure, "weights", "Weight of each asset class through time as a stacked area, its targets as dashed lines")


def _drift(book: Book, latest: Row, changes: list[tuple[date, str]], bands: Bands) -> None:
    rows = book.rows(
        """
        select dim_date.as_of_date, drift_score, drift_status, drift_asset_class
        from marts.dim_date
        left join marts.fct_portfolio_daily
            on dim_date.as_of_date = fct_portfolio_daily.as_of_date and portfolio_id = $id
        where dim_date.as_of_date between
            (select min(as_of_date) from marts.fct_portfolio_daily where portfolio_id = $id) and $day
        order by dim_date.as_of_date
        """,
        id=latest["portfolio_id"],
        day=latest["as_of_date"],
    )
    spells = book.rows(
        "select * from marts.status_spells where portfolio_id = $id order by first_date", id=latest["portfolio_id"]
    )
    shading = book.rows(
        """
        select * from marts.dim_drift_status
        where valid_from <= $day and (valid_to is null or valid_to > $first) order by valid_from, severity
        """,
        day=latest["as_of_date"],
        first=rows[0]["as_of_date"],
    )
    colours = palette()
    figure = chart(
        go.Scatter(
            x=[row["as_of_date"] for row in rows],
            y=_floats(row["drift_score"] for row in rows),
            customdata=[(row["drift_status"], row["drift_asset_class"]) for row in rows],
            name="Drift",
            line={"width": 1.8, "color": colours.text},
            connectgaps=False,
            hovertemplate="%{y:.2%}, %{customdata[1]}: %{customdata[0]}",
        ),
        legend=False,
    )
    top = max(float(row["drift_score"]) for row in rows if row["drift_score"] is not None)
    bounds = [float(band["max_drift"]) for band in shading if band["max_drift"] is not None]
    top = 1.1 * max([top, *(1.3 * bound for bound in bounds)])
    for band in shading:
        figure.add_shape(
            type="rect",
            layer="below",
            line_width=0,
            x0=max(band["valid_from"], rows[0]["as_of_date"]),
            x1=min(band["valid_to"] or latest["as_of_date"], latest["as_of_date"]),
            y0=float(band["above_drift"] or 0),
            y1=float(band["max_drift"]) if band["max_drift"] is not None else top,
            fillcolor=faded(colours.tones[bands.tone(band["drift_status"])], 0.12),
        )
        if band["is_current"]:
            figure.add_annotation(
                text=words.escaped(band["drift_status"]).replace("\\", ""),
                x=0.005,
                xref="paper",
                xanchor="left",
                y=float(band["above_drift"] or 0),
                yanchor="bottom",
                showarrow=False,
                font={"size": 11, "color": colours.tones[bands.tone(band["drift_status"])]},
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


def _policy_changes(book: Book, latest: Row, versions: list[Row]) -> list[tuple[date, str]]:
    """The days within the portfolio's history on which what is asked of it changed, and how."""
    first = book.row(
        "select min(as_of_date) as day from marts.fct_portfolio_daily where portfolio_id = $id",
        id=latest["portfolio_id"],
    )
    begins = first["day"] if first else latest["as_of_date"]
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
    return sorted(change for change in changes if begins < change[0] <= latest["as_of_date"])


def _mark(figure: go.Figure, changes: Iterable[tuple[date, str]]) -> None:
    for day, _ in changes:
        figure.add_vline(x=day, line={"dash": "dot", "width": 1.5, "color": palette().accent})


def _floats(numbers: Iterable[Any]) -> list[float | None]:
    """For the browser, which draws doubles; a number that is not there is a gap."""
    return [None if number is None else float(number) for number in numbers]
