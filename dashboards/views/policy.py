"""Policy: the targets and bands in force and before, what each status means, and where every figure is computed."""

from typing import Final

import streamlit as st

from dashboards import frame, words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.glossary import flowing
from dashboards.table import ROWS_OF_A_PAGE, Cell, Column, Line, page_of, show_table, status_cell

_SCHEMAS: Final = {
    "Marts": "marts",
    "Audit": "audit",
    "In between": "intermediate",
    "Staging": "staging",
    "Policy": "policy",
}


def show(book: Book) -> None:
    """Draw the page."""
    frame.head(book, "Policy", "What is asked of portfolios, since when, and where is each figure computed?")
    bands = Bands.of(book)
    left, right = st.columns(2, gap="large")
    with left:
        _bands_in_force(bands)
        _bands_before(book, bands)
    with right:
        _targets_in_force(book)
        _targets_before(book)
    _glossary(book)


def _bands_in_force(bands: Bands) -> None:
    st.header("What each status means", anchor=False)
    show_table(
        "bands",
        "The bands of drift in force",
        (Column("Status"), Column("Drift"), Column("What to do"), Column("Risk level")),
        [
            Line(
                (
                    status_cell(row["drift_status"], bands.tone(row["drift_status"])),
                    _range(row),
                    row["recommended_action"],
                    row["risk_level"],
                )
            )
            for row in bands.now
        ],
    )
    st.caption(
        "The drift of a portfolio is the largest difference between the weight of an asset class and its target. A "
        "bound itself belongs to the lower band. A portfolio without a value is Unvalued: it has no status, and every "
        "sum says how many of them it leaves out."
    )


def _range(row: Row) -> str:
    above = "" if row["above_drift"] is None else f"above {words.percent(row['above_drift'])}"
    until = "" if row["max_drift"] is None else f"up to {words.percent(row['max_drift'])}"
    return ", ".join(part for part in (above, until) if part) or "any"


def _bands_before(book: Book, bands: Bands) -> None:
    rows = book.rows("select * from marts.dim_drift_status where not is_current order by valid_from desc, severity")
    with st.expander(f"Bands at other times ({len({row['valid_from'] for row in rows})})"):
        if not rows:
            st.caption("The bands have never been others, and no others are planned.")
            return
        show_table(
            "bands_before",
            "Bands of drift at other times",
            (Column("From"), Column("Until"), Column("Status"), Column("Drift"), Column("What to do")),
            [
                Line(
                    (
                        words.day(row["valid_from"]),
                        words.day(row["valid_to"]),
                        status_cell(row["drift_status"], bands.tone(row["drift_status"])),
                        _range(row),
                        row["recommended_action"],
                    )
                )
                for row in rows
            ],
        )


def _targets_in_force(book: Book) -> None:
    st.header("Targets in force", anchor=False)
    rows = _targets(book, "is_current")
    if not rows:
        frame.empty("No targets are in force.", "Add them to seeds/policy/target_allocations.csv.")
        return
    classes = [
        row["asset_class"] for row in book.rows("select asset_class from marts.dim_asset_class order by display_order")
    ]
    profiles: dict[str, dict[str, Row]] = {}
    for row in rows:
        profiles.setdefault(row["risk_profile"], {})[row["asset_class"]] = row
    lines = []
    for profile, targets in profiles.items():
        since = min(row["valid_from"] for row in targets.values())
        cells = [words.percent(targets[one]["target_weight"]) if one in targets else words.MISSING for one in classes]
        lines.append(Line((profile, *cells, words.day(since))))
    columns = (Column("Profile"), *(Column(one, "number") for one in classes), Column("Since"))
    show_table("targets", "Target weight of each asset class by profile", columns, lines)


def _targets_before(book: Book) -> None:
    rows = _targets(book, "not is_current")
    with st.expander(f"Targets at other times ({len({(row['risk_profile'], row['valid_from']) for row in rows})})"):
        if not rows:
            st.caption("The targets have never been others, and no others are planned.")
            return
        show_table(
            "targets_before",
            "Targets at other times",
            (Column("Profile"), Column("From"), Column("Until"), Column("Class"), Column("Target", "number")),
            [
                Line(
                    (
                        row["risk_profile"],
                        words.day(row["valid_from"]),
                        words.day(row["valid_to"]),
                        row["asset_class"],
                        words.percent(row["target_weight"]),
                    )
                )
                for row in rows
            ],
        )


def _targets(book: Book, condition: str) -> list[Row]:
    return book.rows(
        f"""
        select dim_risk_profile.* from marts.dim_risk_profile inner join marts.dim_asset_class using (asset_class)
        where {condition} order by risk_profile, valid_from desc, display_order
        """
    )


def _glossary(book: Book) -> None:
    st.header("Where is it computed?", anchor=False)
    st.caption("Every column that a run makes, in the words of the project, and the file whose SQL computes it.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = st.text_input(
            "Find a term", key="find", bind="query-params", placeholder="drift score, AUM, stale", width=280, live=True
        )
        layer = st.pills(
            "Where",
            list(_SCHEMAS),
            default="Marts",
            key="layer",
            bind="query-params",
        )
    source = """
        from audit.glossary
        where ($layer is null or table_schema = $layer)
            and contains(
                lower(replace(concat_ws(' ', column_name, table_name, description), '_', ' ')),
                lower(replace($find, '_', ' '))
            )
    """
    chosen = {"find": (find or "").strip(), "layer": _SCHEMAS.get(layer or "")}
    counted = book.row(f"select count(*) as rows {source}", **chosen)
    if not counted or not counted["rows"]:
        frame.empty(
            "No column is described like that.", "Try another word, or look everywhere by taking the layer away."
        )
        return
    place = st.container()
    passed_over = page_of("glossary_page", counted["rows"], chosen)
    rows = book.rows(
        f"select * {source} order by table_schema, table_name, position limit {ROWS_OF_A_PAGE} offset {passed_over}",
        **chosen,
    )
    with place:
        show_table(
            "glossary",
            "Columns, what they mean and where they are computed",
            (Column("Term"), Column("Table"), Column("What it means", "wrap"), Column("Computed in", "mono")),
            [
                Line(
                    (
                        Cell(
                            words.plain(row["column_name"] or row["table_name"]),
                            f"{row['column_name']}, {row['data_type']}" if row["column_name"] else "the whole table",
                        ),
                        f"{row['table_schema']}.{row['table_name']}",
                        flowing(row["description"]),
                        row["path"],
                    ),
                    look="" if row["column_name"] else "marked",
                )
                for row in rows
            ],
        )
