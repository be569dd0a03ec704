"""The advisors: who looks after what, and where each stands against the firm."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards import frame, links, words
from dashboards.book import Book, Row
from dashboards.choices import choose
from dashboards.look import MARKS, chart, draw, literal, palette, whole_steps
from dashboards.table import ROWS_OF_A_PAGE, Cell, Column, Line, Sorting, page_of, show_table, status_part

_SORTS = {
    "name": "name",
    "portfolios": "portfolio_count",
    "aum": "aum",
    "flagged": "rebalance_count",
    "risk": "aum_rebalance",
    "drift": "average_drift_score",
}
_COLUMNS = (
    Column("Advisor", sorts_by="name", opens=True),
    Column("Portfolios", "number", "portfolios"),
    Column("AUM", "number", "aum"),
    Column("Status of portfolios"),
    Column("Flagged", "number", "flagged"),
    Column("AUM at risk", "number", "risk"),
    Column("Average drift", "number", "drift"),
    Column("Profiles"),
)


def show(book: Book) -> None:
    """Draw the page."""
    frame.head(
        book, "Advisors", "Who looks after what, how far is it from policy, and where do I stand against the firm?"
    )
    firm, teams = _parts(book, "firm"), _parts(book, "team")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # not bound to the address by Streamlit, which would forbid a row to lead to the monitor of its team
        team = choose(
            "team", "Team", {row["book_id"]: row["book_id"] for row in teams}, placeholder="All teams", width=200
        )
    profiles = _profiles(book, [*firm, *teams])
    coloured = _colours_of_profiles(profiles.get(("firm", "firm"), []))
    st.header("Firm and teams", anchor=False)
    opened = show_table(
        "teams",
        "The firm and its teams",
        (Column("Team", opens=True), *(Column(column.label, column.kind) for column in _COLUMNS[1:])),
        [_line(row, profiles, coloured, "team") for row in (*firm, *teams)],
    )
    if opened is not None:
        links.go_to(links.MONITOR, {"team": opened} if opened else {})
    st.header("Advisors" if team is None else f"Advisors of {words.escaped(team)}", anchor=False)
    sorting = Sorting.of_address(_SORTS)
    advisors = _parts(book, "advisor", team, sorting)
    place = st.container()
    first = page_of("advisors_page", len(advisors), team)
    shown = advisors[first : first + ROWS_OF_A_PAGE]
    profiles = _profiles(book, shown)
    with place:
        opened = show_table(
            "advisors",
            "Advisors and their portfolios",
            _COLUMNS,
            [_line(row, profiles, coloured, "advisor") for row in shown],
            sorting,
        )
    st.caption(
        f"{MARKS['first']} on target, {MARKS['between']} on watch, {MARKS['last']} flagged to rebalance, "
        f"{MARKS['unvalued']} without a value. A click on a row leads to the drift monitor of that team or advisor."
    )
    if opened:
        links.go_to(links.MONITOR, {"advisor": opened})
    _trend(book, team, advisors)


def _parts(book: Book, level: str, team: str | None = None, sorting: Sorting | None = None) -> list[Row]:
    order = "name"
    if sorting and sorting.name:
        order = f"{_SORTS[sorting.name]} {'desc' if sorting.descending else 'asc'} nulls last, name"
    return book.rows(
        f"""
        select book_overview.*, coalesce(advisor_name, book_id) as name, team
        from marts.book_overview
        left join marts.dim_advisor on book_level = 'advisor' and book_id = advisor_id
        where book_level = $level and as_of_date = $day and ($team is null or team = $team)
        order by {order}, book_id
        """,
        level=level,
        day=book.as_of_date,
        team=team,
    )


def _profiles(book: Book, parts: list[Row]) -> dict[tuple[str, str], list[Row]]:
    """The profiles of the portfolios of each part of the book."""
    found: dict[tuple[str, str], list[Row]] = {}
    rows = book.rows(
        "select * from marts.book_profiles where list_contains($ids, book_id) order by risk_profile nulls last",
        ids=tuple(row["book_id"] for row in parts),
    )
    for row in rows:
        found.setdefault((row["book_level"], row["book_id"]), []).append(row)
    return found


def _line(row: Row, profiles: dict[tuple[str, str], list[Row]], coloured: dict[str | None, str], level: str) -> Line:
    is_firm = row["book_level"] == "firm"
    in_profiles = _profile_mix(profiles.get((row["book_level"], row["book_id"]), []), coloured)
    parts = _that_are(
        status_part("on target", "first", row["normal_count"]),
        status_part("on watch", "between", row["watch_count"]),
        status_part("flagged", "last", row["rebalance_count"]),
        status_part("without a value", "unvalued", row["unvalued_count"]),
    )
    unvalued = f"and {row['unvalued_count']:,} without a value" if row["unvalued_count"] else ""
    return Line(
        cells=(
            Cell("The firm" if is_firm else row["name"], row["team"] or row["book_id"] if level == "advisor" else ""),
            Cell(words.count(row["portfolio_count"]), unvalued),
            words.usd(row["aum"]),
            Cell("", _said(parts, lambda part: MARKS[part["tone"]]), mix=parts),
            Cell(words.count(row["rebalance_count"]), _in_a_week(row["rebalance_count_change_5d"])),
            words.usd(row["aum_rebalance"]),
            Cell(words.percent(row["average_drift_score"]), _in_a_week_bp(row["average_drift_score_change_5d"])),
            Cell("", _said(in_profiles, lambda part: part["name"]), mix=in_profiles),
        ),
        opens="" if is_firm else row["book_id"],
        address=links.address_of(links.MONITOR, {} if is_firm else {level: row["book_id"]}),
        look="marked" if is_firm else "",
    )


def _that_are(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in parts if part["size"]]


def _said(parts: list[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]) -> str:
    """A strip in figures, for colour alone tells nothing."""
    return ", ".join(f"{part['size']:,} {name_of(part)}" for part in parts)


def _in_a_week(change: int | None) -> str:
    return "" if change is None else f"{words.count_change(change)} in a week"


def _in_a_week_bp(change: Any) -> str:
    return "" if change is None else f"{words.basis_points(change)} in a week"


def _colours_of_profiles(of_firm: list[Row]) -> dict[str | None, str]:
    """A colour for each profile of the firm, the same in every row, whichever profiles the row has."""
    colours = palette()
    names = [row["risk_profile"] for row in of_firm if row["risk_profile"]]
    coloured = {name: colours.series[place % len(colours.series)] for place, name in enumerate(names)}
    return {**coloured, None: colours.muted}


def _profile_mix(rows: list[Row], coloured: dict[str | None, str]) -> list[dict[str, Any]]:
    """The profiles of the portfolios, each in the colour that it has everywhere; those without a value count too."""
    parts = []
    for row in rows:
        size = row["portfolio_count"] + row["unvalued_count"]
        name = row["risk_profile"] or "without a profile"
        parts.append({"size": size, "colour": coloured[row["risk_profile"]], "name": name, "label": f"{size:,} {name}"})
    return parts


def _trend(book: Book, team: str | None, advisors: list[Row]) -> None:
    st.header("Through time, against the firm", anchor=False)
    names = {row["book_id"]: row["name"] for row in advisors}
    advisor = choose(
        "advisor",
        "Advisor",
        {row["book_id"]: f"{row['name']} ({row['book_id']})" for row in advisors},
        placeholder="Choose an advisor to compare",
        width=300,
    )
    shown = [("firm", "firm", "The firm")]
    if team:
        shown.append(("team", team, team))
    if advisor:
        shown.append(("advisor", advisor, names[advisor]))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Average drift, weighted by value", anchor=False)
        _lines(book, shown, "average_drift_score", ".1%", "average_drift")
    with right:
        st.subheader("Portfolios flagged to rebalance", anchor=False)
        _lines(book, shown, "rebalance_count", ",", "flagged")


def _lines(book: Book, shown: list[tuple[str, str, str]], figure: str, tick_format: str, key: str) -> None:
    colours = palette()
    traces = []
    for place, (level, part, name) in enumerate(shown):
        rows = book.rows(
            f"""
            select as_of_date, {figure} as figure from marts.book_overview
            where book_level = $level and book_id = $part order by as_of_date
            """,
            level=level,
            part=part,
        )
        traces.append(
            go.Scatter(
                x=[row["as_of_date"] for row in rows],
                y=[None if row["figure"] is None else float(row["figure"]) for row in rows],
                name=literal(name),
                line={
                    "width": 2,
                    "color": (colours.muted, *colours.series)[place],
                    "dash": ("solid", "dash", "dot")[place],
                },
                hovertemplate=f"%{{y:{tick_format}}}",
            )
        )
    drawn = chart(*traces, height=280)
    drawn.update_yaxes(tickformat=tick_format, rangemode="tozero")
    if tick_format == ",":
        whole_steps(drawn)
    draw(drawn, key, f"{words.plain(figure)} through time of {', '.join(name for _, _, name in shown)}")
