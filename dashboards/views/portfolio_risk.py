"""What may come next for a portfolio: the probability of a breach, what speaks for it, and how it came to be."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards import words
from dashboards.book import Book, Row
from dashboards.look import chart, draw, literal, palette
from dashboards.risk import IN_BREACH, Levels
from dashboards.table import Cell, Column, Line, show_table

_REASONS = (1, 2, 3)


def show(book: Book, portfolio_id: str) -> None:
    """Draw the scores of the portfolio: those of its last scored day with their reasons, and all through time."""
    rows = book.rows(
        "select * from marts.portfolio_risk_scores where portfolio_id = $id order by as_of_date, horizon_days desc",
        id=portfolio_id,
    )
    if not rows:
        return
    st.header("How likely is it to be out of bounds soon?", anchor=False)
    latest = [row for row in rows if row["as_of_date"] == rows[-1]["as_of_date"]]
    scored = [row for row in latest if row["breach_probability"] is not None]
    if not scored:
        _say_why_not(latest[0])
    levels = Levels.of(book)
    if scored:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _reasons(scored, levels)
        with right:
            _through_time(rows)
    elif any(row["breach_probability"] is not None for row in rows):
        _through_time(rows)


def _say_why_not(row: Row) -> None:
    if row["ml_risk_level"] == IN_BREACH:
        st.markdown("It is over the rebalance band already: nothing is left to be foreseen.")
    else:
        st.info(f"There is no score: {words.escaped(row['unscored_reason'])}.", icon="ⓘ")


def _reasons(scored: list[Row], levels: Levels) -> None:
    told = " and ".join(
        f"**{words.percent(row['breach_probability'], 1)}** within {words.days(row['horizon_days'])}"
        f" ({words.escaped(row['ml_risk_level'])})"
        for row in scored
    )
    st.markdown(
        f"The probability that its drift first closes over the rebalance band, if nobody trades: {told},"
        f" as of {words.day(scored[0]['as_of_date'])}."
    )
    first = scored[0]
    lines = [
        Line((row_of, _speaks(weight), _weight(weight)))
        for row_of, weight in (
            ("What all portfolios have in common", first["baseline_log_odds"]),
            *((first[f"reason_{place}"], first[f"contribution_{place}"]) for place in _REASONS),
            ("Everything else", first["contribution_of_the_rest"]),
        )
        if row_of and weight is not None
    ]
    lines.append(
        Line(
            (
                f"Score for {words.days(first['horizon_days'])}",
                levels.cell(first["ml_risk_level"], first["breach_probability"]),
                _weight(first["log_odds"]),
            ),
            look="total",
        )
    )
    show_table(
        "reasons",
        "What makes the score",
        (Column("Reason", "wrap"), Column("Speaks"), Column("Weight", "number")),
        lines,
    )
    st.caption(
        "Weights are log-odds: they add up to the score exactly, and 0 is a probability of one half. "
        f"Model {words.escaped(first['model_version'])}."
    )


def _speaks(weight: Any) -> Cell | str:
    return "for a breach" if weight > 0 else "against" if weight < 0 else words.MISSING


def _weight(weight: Any) -> str:
    return words.number_change(weight)


def _through_time(rows: list[Row]) -> None:
    colours = palette()
    horizons = sorted({row["horizon_days"] for row in rows}, reverse=True)
    traces = []
    for place, horizon in enumerate(horizons):
        of_horizon = [row for row in rows if row["horizon_days"] == horizon]
        traces.append(
            go.Scatter(
                x=[row["as_of_date"] for row in of_horizon],
                y=[
                    None if row["breach_probability"] is None else float(row["breach_probability"])
                    for row in of_horizon
                ],
                customdata=[literal(row["ml_risk_level"] or "no score") for row in of_horizon],
                name=f"Within {words.days(horizon)}",
                mode="lines+markers",
                line={
                    "width": 1.8,
                    "color": colours.accent if place == 0 else colours.muted,
                    "dash": "solid" if place == 0 else "dot",
                },
                marker={"size": 6},
                connectgaps=False,
                hovertemplate="%{y:.1%}, %{customdata}",
            )
        )
    figure = chart(*traces, height=260)
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    draw(figure, "risk", "Probability of a breach on each scored day, a line for each horizon; a gap where it had none")
