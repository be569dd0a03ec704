"""The model behind the risk scores: which it is, and whether it still holds."""

from typing import Final

import streamlit as st

from dashboards import downloads, frame, words
from dashboards.book import Book, Row
from dashboards.table import Cell, Column, Line, show_table, status_cell

_MONITORS: Final = {
    "population_stability_index": "Distribution: stability index",
    "kolmogorov_smirnov": "Distribution: largest difference",
    "expected_breaches": "Breaches against expectation",
    "brier_loss": "Worse than a simpler model",
}


def show(book: Book) -> None:
    """Draw the section."""
    st.header("The model that scores", anchor=False)
    model = book.row("select * from ml.model_in_use")
    assert model is not None
    if model["refusal"]:
        frame.empty("No model is in use, so no portfolio has a risk score.", f"{model['refusal'].capitalize()}.")
        return
    st.markdown(
        f"**{words.escaped(model['model_version'])}**, method {words.plain(model['method'])}, trained on"
        f" {words.escaped(model['trained_at'])} on {words.escaped(model['training_data'])}."
    )
    alarms = book.rows(
        """
        select model_monitoring.*, model_monitoring_policy.description
        from audit.model_monitoring inner join policy.model_monitoring_policy using (monitor)
        order by rings desc nulls last, monitor desc, subject, horizon_days
        """
    )
    ringing = [row for row in alarms if row["rings"]]
    if ringing:
        st.warning(
            f"{words.of_things(len(ringing), 'alarm')}: the book is no longer what the model was trained on, or it no"
            " longer holds. Train it anew with `drift ml retrain`.",
            icon="⚠",
        )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(words.of_things(len(alarms), "check"), width="content")
        downloads.buttons("model_monitoring", book, "select * from audit.model_monitoring order by all", {})
    show_table(
        "model_alarms",
        "Checks of the model, those that ring first",
        (
            Column("Check"),
            Column("Of what", "wrap"),
            Column("Outcome"),
            Column("Figure", "number"),
            Column("Rings above", "number"),
            Column("Scored days", "number"),
        ),
        [_line(row) for row in alarms],
    )
    st.header("Foreseen and come true", anchor=False)
    deciles = book.rows(
        """
        select horizon_days, subject, expected, figure, row_count from audit.model_monitoring
        where monitor = 'breaches_by_decile' order by horizon_days desc, expected
        """
    )
    if not deciles:
        frame.empty("No horizon is over yet.", "Scores are held against what came once their days have passed.")
        return
    show_table(
        "model_deciles",
        "Portfolios by their probability, and how many of them breached",
        (
            Column("Horizon"),
            Column("Portfolios by probability"),
            Column("Expected", "number"),
            Column("Came true", "number"),
            Column("Scores", "number"),
        ),
        [
            Line(
                (
                    words.days(row["horizon_days"]),
                    words.heading(row["subject"]),
                    words.percent(row["expected"], 1),
                    words.percent(row["figure"], 1),
                    words.count(row["row_count"]),
                )
            )
            for row in deciles
        ],
    )


def _line(row: Row) -> Line:
    outcome = (
        status_cell("Rings", "last")
        if row["rings"]
        else status_cell("Too little to tell", "unvalued")
        if row["rings"] is None
        else status_cell("Quiet", "first")
    )
    of_horizon = f", {words.days(row['horizon_days'])}" if row["horizon_days"] is not None else ""
    return Line(
        (
            Cell(_MONITORS.get(row["monitor"], words.heading(row["monitor"])), row["description"]),
            f"{words.heading(row['subject'])}{of_horizon}",
            outcome,
            words.number(row["figure"]),
            words.number(row["alarm_limit"]),
            words.count(row["day_count"]),
        )
    )
