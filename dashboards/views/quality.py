"""Data quality and audit: what ran, what it was held against, what was left out, and why."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from dashboards import downloads, frame, links, words
from dashboards.book import Book, Row
from dashboards.choices import choose, choose_section
from dashboards.glossary import meanings
from dashboards.look import Tone
from dashboards.table import ROWS_OF_A_PAGE, Cell, Column, Line, page_of, show_table, status_cell
from dashboards.views import quality_model

_RUNS_SHOWN = 20
_SLOWEST_SHOWN = 10
# what a run or a control came to, and how that is toned
_RUN_TONES: Final[dict[str, Tone]] = {"published": "first", "running": "between", "blocked": "last", "failed": "last"}
_CONTROL_TONES: Final[dict[str, Tone]] = {
    "holds": "first",
    "warns": "between",
    "accepted": "between",
    "blocks": "last",
    "not_compared": "unvalued",
}


def show(book: Book) -> None:
    """Draw the page."""
    frame.head(
        book, "Data quality", "Did the runs go well, what was left out and why, and can these numbers be relied on?"
    )
    counts = book.row(
        """
        select
            (select count(*) from audit.controls where outcome in ('warns', 'blocks', 'accepted')) as controls,
            (select coalesce(sum(row_count), 0) from audit.rejection_counts) as rejected,
            (select count(*) from audit.unvalued_portfolios) as unvalued,
            (select count(*) from audit.reconciliation where not is_reconciled) as breaks,
            (select count(*) from audit.stale_prices)
            + (select count(*) from audit.price_jumps)
            + (select count(*) from audit.old_snapshots) as old,
            (select count(*) from audit.model_monitoring where rings) as alarms
        """
    )
    assert counts is not None
    sections: dict[str, tuple[str, Callable[[Book], None]]] = {
        "runs": ("Runs", _runs),
        "controls": (f"Controls ({counts['controls']:,} to look at)", _controls),
        "rejected": (f"Rows left out ({counts['rejected']:,})", _rejected),
        "unvalued": (f"Without a value ({counts['unvalued']:,})", _unvalued),
        "reconciliation": (f"Reconciliation ({counts['breaks']:,} breaks)", _reconciliation),
        "stale": (f"Prices and holdings ({counts['old']:,})", _stale),
        "model": (f"Risk model ({counts['alarms']:,} alarms)", quality_model.show),
    }
    section = choose_section("section", "Section", {name: label for name, (label, _) in sections.items()})
    sections[section][1](book)


def _runs(book: Book) -> None:
    runs = book.rows(
        f"""
        select *, epoch(ended_at - started_at) as seconds from audit.runs
        order by started_at desc, run_id desc limit {_RUNS_SHOWN}
        """
    )
    st.header("The last runs", anchor=False)
    columns = (
        Column("Run"),
        Column("What came of it"),
        Column("As of", "date"),
        Column("Started", "date"),
        Column("Took", "number"),
        Column("Rows landed", "number"),
        Column("Rejected", "number"),
        Column("Book", "wrap"),
    )
    lines = [
        Line(
            (
                row["run_id"],
                Cell(
                    status_cell(row["status"], _RUN_TONES.get(row["status"], "unvalued")).text,
                    row["message"] or "",
                    _RUN_TONES.get(row["status"], "unvalued"),
                ),
                words.day(row["as_of_date"]),
                words.moment(row["started_at"]),
                words.duration(row["seconds"]),
                words.count(row["rows_landed"]),
                words.count(row["rows_rejected"]),
                row["book"],
            ),
            look="marked" if row["run_id"] == book.run.run_id else "",
        )
        for row in runs
    ]
    show_table("runs", "Runs, the newest first", columns, lines)
    st.caption(
        "Marked is the run whose numbers you see. Runs that came after it and were not published are not in its book."
    )
    with st.expander("What took longest in this run"):
        steps = book.rows(
            f"""
            select node, kind, status, rows, seconds from audit.run_results
            where run_id = $run_id order by seconds desc, node limit {_SLOWEST_SHOWN}
            """,
            run_id=book.run.run_id,
        )
        show_table(
            "steps",
            "The slowest steps of the run",
            (Column("Step"), Column("Kind"), Column("Came to"), Column("Rows", "number"), Column("Took", "number")),
            [
                Line(
                    (row["node"], row["kind"], row["status"], words.count(row["rows"]), words.duration(row["seconds"]))
                )
                for row in steps
            ],
        )


def _controls(book: Book) -> None:
    st.header("What the run was held against", anchor=False)
    rows = book.rows(
        """
        select controls.*, control_limits.description
        from audit.controls left join policy.control_limits using (control)
        order by
            array_position(['blocks', 'accepted', 'warns', 'not_compared', 'holds'], outcome),
            control
        """
    )
    columns = (
        Column("Control"),
        Column("Outcome"),
        Column("Figure", "number"),
        Column("Warns above", "number"),
        Column("Blocks above", "number"),
        Column("Findings", "number"),
        Column("The worst", "wrap"),
    )
    lines = [
        Line(
            (
                Cell(words.heading(row["control"]), row["description"] or ""),
                status_cell(words.plain(row["outcome"]), _CONTROL_TONES.get(row["outcome"], "unvalued")),
                _of_unit(row["figure"], row["unit"]),
                _of_unit(row["warning_limit"], row["unit"]),
                _of_unit(row["blocking_limit"], row["unit"]),
                words.count(row["finding_count"]),
                row["worst_finding"] or "",
            )
        )
        for row in rows
    ]
    show_table("controls", "Controls, those that need a person first", columns, lines)


def _of_unit(figure: Any, unit: str) -> str:
    if figure is None:
        return words.MISSING
    return words.percent(figure) if unit == "share" else f"{words.units(figure)} {unit}"


def _rejected(book: Book) -> None:
    st.header("Rows that were left out", anchor=False)
    counts = book.rows("select * from audit.rejection_counts order by row_count desc, table_name, reason")
    if not counts:
        frame.empty("Every landed row was used.", "There is nothing to do here.")
        return
    opened = show_table(
        "reasons",
        "Rejected rows by table and reason",
        (Column("Table"), Column("Reason", opens=True), Column("Rows", "number"), Column("First seen", "date")),
        [
            Line(
                (
                    words.plain(row["table_name"]),
                    words.plain(row["reason"]),
                    words.count(row["row_count"]),
                    words.moment(row["first_seen_at"]),
                ),
                opens=f"{row['table_name']} {row['reason']}",
                address=links.address_of(links.QUALITY, {**_SECTION_REJECTED, **_of_reason(row)}),
            )
            for row in counts
        ],
        scrolls=True,
    )
    if opened:
        of_table, for_reason = opened.split(" ")
        links.go_to(links.QUALITY, {**_SECTION_REJECTED, "table": of_table, "reason": for_reason})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        table = choose(
            "table",
            "Table",
            {name: words.plain(name) for name in sorted({row["table_name"] for row in counts})},
            placeholder="All tables",
            width=220,
        )
        reasons = sorted({row["reason"] for row in counts if table in (None, row["table_name"])})
        reason = choose(
            "reason",
            "Reason",
            {name: words.plain(name) for name in reasons},
            placeholder="All reasons",
            width=260,
        )
    _listed(
        book,
        "rejected_rows",
        """
        from audit.rejected_rows
        where ($table is null or table_name = $table) and ($reason is null or reason = $reason)
        """,
        "table_name, reason, source_file, raw_row",
        (
            Column("Table"),
            Column("Reason"),
            Column("File", "mono"),
            Column("The row as it landed", "mono"),
            Column("First seen", "date"),
        ),
        lambda row: (
            words.plain(row["table_name"]),
            words.plain(row["reason"]),
            row["source_file"],
            _landed(row["raw_row"]),
            words.moment(row["first_seen_at"]),
        ),
        table=table,
        reason=reason,
    )


_SECTION_REJECTED: Final = {"section": "rejected"}


def _of_reason(row: Row) -> dict[str, str]:
    return {"table": row["table_name"], "reason": row["reason"]}


def _landed(raw_row: str) -> str:
    """The fields of a landed row as a person reads them."""
    fields = json.loads(raw_row)
    return ", ".join(f"{name}: {'' if value is None else value}" for name, value in fields.items())


def _unvalued(book: Book) -> None:
    st.header("Open portfolios without a value today", anchor=False)
    rows = book.rows(
        """
        select unvalued_portfolios.*, advisor_name
        from audit.unvalued_portfolios left join marts.dim_advisor using (advisor_id)
        order by last_valued_date nulls first, portfolio_id
        """
    )
    if rows:
        said = meanings(book, "unvalued_reason")
        opened = show_table(
            "unvalued",
            "Open portfolios without a value",
            (
                Column("Portfolio", opens=True),
                Column("Advisor"),
                Column("Reason"),
                Column("What to do"),
                Column("Last valued"),
            ),
            [
                Line(
                    (
                        row["portfolio_id"],
                        row["advisor_name"],
                        Cell(words.plain(row["reason"]), said[row["reason"]][0] if row["reason"] in said else ""),
                        said[row["reason"]][-1] if row["reason"] in said else "",
                        words.day(row["last_valued_date"]) if row["last_valued_date"] else "never",
                    ),
                    opens=row["portfolio_id"],
                    address=links.address_of(links.PORTFOLIO, {"portfolio": row["portfolio_id"]}),
                )
                for row in rows
            ],
        )
        if opened:
            links.go_to(links.PORTFOLIO, {"portfolio": opened})
    else:
        frame.empty("Every open portfolio has a value today.", "There is nothing to do here.")
    st.header("Days without a value", anchor=False)
    _listed(
        book,
        "valuation_exceptions",
        "from audit.valuation_exceptions",
        "as_of_date desc, portfolio_id",
        (
            Column("Portfolio", opens=True),
            Column("Day", "date"),
            Column("Reason"),
            Column("Securities without a price", "wrap"),
        ),
        lambda row: (
            row["portfolio_id"],
            words.day(row["as_of_date"]),
            words.plain(row["reason"]),
            row["security_ids"] or "",
        ),
    )


def _reconciliation(book: Book) -> None:
    st.header("Where the book does not agree", anchor=False)
    totals = book.rows(
        """
        select control, count(*) as compared, count(*) filter (not is_reconciled) as breaks
        from audit.reconciliation group by control order by control
        """
    )
    show_table(
        "reconciled",
        "What was compared",
        (Column("Control"), Column("Compared", "number"), Column("Do not agree", "number")),
        [
            Line((words.heading(row["control"]), words.count(row["compared"]), words.count(row["breaks"])))
            for row in totals
        ],
    )
    _listed(
        book,
        "reconciliation_breaks",
        "from audit.reconciliation where not is_reconciled",
        "abs(difference) desc nulls first, control, scope",
        (
            Column("Control"),
            Column("Of what"),
            Column("Expected", "number"),
            Column("Found", "number"),
            Column("Difference", "number"),
        ),
        lambda row: (
            words.heading(row["control"]),
            row["scope"],
            words.usd(row["expected"], 2) if row["control"] != "row_counts" else words.units(row["expected"]),
            (words.usd(row["actual"], 2) if row["control"] != "row_counts" else words.units(row["actual"]))
            if row["actual"] is not None
            else "no value",
            words.usd(row["difference"], 2) if row["control"] != "row_counts" else words.units(row["difference"]),
        ),
    )


def _stale(book: Book) -> None:
    st.header("Valued on an old price", anchor=False)
    _listed(
        book,
        "stale_prices",
        "from audit.stale_prices",
        "stale_days desc, security_id",
        (
            Column("Security"),
            Column("Price of"),
            Column("Old by", "number"),
            Column("Portfolios", "number"),
            Column("Value", "number"),
        ),
        lambda row: (
            row["security_id"],
            words.day(row["price_date"]),
            words.days(row["stale_days"]),
            words.count(row["portfolio_count"]),
            words.usd(row["market_value"]),
        ),
    )
    st.header("Prices that jump while holdings stand still", anchor=False)
    _listed(
        book,
        "price_jumps",
        "from audit.price_jumps",
        "price_date desc, security_id",
        (
            Column("Security"),
            Column("Day"),
            Column("Price before", "number"),
            Column("Price", "number"),
            Column("Change", "number"),
            Column("Portfolios", "number"),
        ),
        lambda row: (
            row["security_id"],
            words.day(row["price_date"]),
            words.price(row["previous_close_price"]),
            words.price(row["close_price"]),
            words.percent_change(row["price_change"]),
            words.count(row["portfolio_count"]),
        ),
    )
    st.header("Holdings confirmed long ago", anchor=False)
    _listed(
        book,
        "old_snapshots",
        "from audit.old_snapshots",
        "age_days desc, portfolio_id",
        (Column("Portfolio", opens=True), Column("Snapshot of"), Column("Old by", "number")),
        lambda row: (
            row["portfolio_id"],
            words.day(row["snapshot_date"]),
            f"{row['age_days']:,} calendar days",
        ),
    )


def _listed(
    book: Book,
    name: str,
    source: str,
    order: str,
    columns: Sequence[Column],
    cells_of: Callable[[Row], Sequence[Cell | str]],
    **parameters: Any,
) -> None:
    """A list of the audit schema, a page of it at a time, and all of it to download.

    Where a column opens something, that is the portfolio of the row.
    """
    counted = book.row(f"select count(*) as rows {source}", **parameters)
    assert counted is not None
    if not counted["rows"]:
        frame.empty("None.", "There is nothing to do here.")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(words.of_things(counted["rows"], "row"), width="content")
        downloads.buttons(name, book, f"select * {source} order by {order}", parameters)
    place = st.container()
    passed_over = page_of(f"{name}_page", counted["rows"], parameters)
    rows = book.rows(f"select * {source} order by {order} limit {ROWS_OF_A_PAGE} offset {passed_over}", **parameters)
    opens = any(column.opens for column in columns)
    with place:
        opened = show_table(
            name,
            words.plain(name),
            columns,
            [
                Line(
                    cells_of(row),
                    opens=row["portfolio_id"] if opens else None,
                    address=links.address_of(links.PORTFOLIO, {"portfolio": row["portfolio_id"]}) if opens else None,
                )
                for row in rows
            ],
        )
    if opened:
        links.go_to(links.PORTFOLIO, {"portfolio": opened})
