"""The drift monitor: what needs me today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import streamlit as st

from dashboards import downloads, frame, links, words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.choices import choose, choose_amount, choose_section
from dashboards.look import Tone, load_ahead
from dashboards.risk import IN_BREACH, Levels
from dashboards.table import (
    ROWS_OF_A_PAGE,
    Cell,
    Column,
    Line,
    Sorting,
    drift_bar,
    page_of,
    show_table,
    status_cell,
)

_FIRM = ("firm", "firm")
# what a click on a heading sorts by; the rank is the order of urgency
_SORTS = {
    "rank": "alert_rank",
    "portfolio": "portfolio_name",
    "client": "client_name",
    "advisor": "advisor_name",
    "profile": "risk_profile",
    "value": "market_value",
    "drift": "drift_score",
    "days": "days_in_status",
    "change": "drift_score_change_5d",
    "risk": "breach_probability",
}
_COLUMNS = (
    Column("#", "number", "rank"),
    Column("Portfolio", sorts_by="portfolio", opens=True),
    Column("Client", sorts_by="client"),
    Column("Advisor", sorts_by="advisor"),
    Column("Profile", sorts_by="profile"),
    Column("Value", "number", "value"),
    Column("Status"),
    Column("Drift", sorts_by="drift"),
    Column("Over or under"),
    Column("In status", "number", "days"),
    Column("Change, 5 days", "number", "change"),
    Column("Breach ahead", sorts_by="risk"),
)
_CONDITIONS = {
    "team": "dim_advisor.team = $team",
    "advisor": "drift_monitor.advisor_id = $advisor",
    "status": "list_contains($status, drift_monitor.drift_status)",
    "profile": "list_contains($profile, drift_monitor.risk_profile)",
    "class": "list_contains($class, drift_monitor.drift_asset_class)",
    "from": "drift_monitor.market_value >= $from",
    "to": "drift_monitor.market_value <= $to",
    "stale": "drift_monitor.is_stale = $stale",
    "risk": "list_contains($risk, drift_monitor.ml_risk_level)",
    "find": """contains(
        lower(concat_ws(' ', drift_monitor.portfolio_id, portfolio_name, client_name, drift_monitor.advisor_name)),
        lower($find)
    )""",
}
# what a field holds while nothing is chosen; the advisor's follows the address
_EMPTY: dict[str, Any] = {
    **{
        "team": None,
        "status": [],
        "profile": [],
        "class": [],
        "from": None,
        "to": None,
        "stale": False,
        "risk": [],
        "find": "",
    },
}
_TABLES = "marts.drift_monitor inner join marts.dim_advisor using (advisor_id)"


@dataclass(frozen=True)
class View:
    """What the reader chose to see: a value for each condition that is set."""

    chosen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def part_of_book(self) -> tuple[str, str]:
        """The part of the book that the tiles speak of: its level and its id."""
        if "advisor" in self.chosen:
            return "advisor", self.chosen["advisor"]
        return ("team", self.chosen["team"]) if "team" in self.chosen else _FIRM

    @property
    def where(self) -> str:
        """The conditions as SQL; the chosen values are its parameters."""
        return " and ".join(_CONDITIONS[name] for name in self.chosen) or "true"


def show(book: Book) -> None:
    """Draw the page."""
    frame.head(book, "Drift monitor", "Which portfolios need me today, how far are they from policy, and since when?")
    tiles = st.container()
    levels = Levels.of(book)
    view = _filters(book, levels)
    with tiles:
        _tiles(book, view.part_of_book)
    links.keep_view(links.MONITOR)
    _alerts(book, view, levels)
    load_ahead()


def _filters(book: Book, levels: Levels) -> View:
    advisors = book.rows(
        "select advisor_id, advisor_name, team from marts.dim_advisor order by advisor_name, advisor_id"
    )
    teams = sorted({row["team"] for row in advisors if row["team"]})
    statuses = book.rows(
        "select drift_status from marts.drift_monitor group by drift_status, severity order by severity desc"
    )
    profiles = book.rows("select distinct risk_profile from marts.drift_monitor order by risk_profile")
    classes = book.rows("select asset_class from marts.dim_asset_class order by display_order")
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        find = st.text_input(
            "Find", key="find", bind="query-params", placeholder="Portfolio, client or advisor", width=230, live=True
        )
        team = st.selectbox(
            "Team", teams, index=None, key="team", bind="query-params", placeholder="All teams", width=170
        )
        advisor = choose(
            "advisor",
            "Advisor",
            {row["advisor_id"]: _advisor_name(row) for row in advisors if team in (None, row["team"])},
            placeholder="All advisors",
            width=230,
        )
        status = st.pills(
            "Status",
            [row["drift_status"] for row in statuses],
            selection_mode="multi",
            key="status",
            bind="query-params",
        )
        with st.popover("More filters"):
            profile = st.pills(
                "Risk profile",
                [row["risk_profile"] for row in profiles],
                selection_mode="multi",
                key="profile",
                bind="query-params",
            )
            asset_class = st.pills(
                "Class that drifts most",
                [row["asset_class"] for row in classes],
                selection_mode="multi",
                key="class",
                bind="query-params",
            )
            at_least = choose_amount("from", "Value from, USD")
            at_most = choose_amount("to", "Value to, USD")
            risk = st.pills(
                f"Breach ahead, within {words.days(levels.horizon_days)}",
                [*levels.names, IN_BREACH],
                selection_mode="multi",
                key="risk",
                bind="query-params",
            )
            stale = st.checkbox("Only what rests on old prices or holdings", key="stale", bind="query-params")
        st.button("Clear filters", type="tertiary", disabled=not st.query_params, on_click=_clear)
    chosen = {
        "team": team,
        "advisor": advisor,
        "status": tuple(status),
        "profile": tuple(profile),
        "class": tuple(asset_class),
        "from": at_least,
        "to": at_most,
        "stale": stale,
        "risk": tuple(risk),
        "find": find and find.strip(),
    }
    return View({name: value for name, value in chosen.items() if value or (value == 0 and name in ("from", "to"))})


def _clear() -> None:
    """Empty the fields, and the address follows: the other way a field keeps what it holds."""
    for name, empty in _EMPTY.items():
        st.session_state[name] = empty
    for name in ("advisor", "order", "sort"):
        st.query_params.pop(name, None)


def _advisor_name(row: Row) -> str:
    return f"{row['advisor_name']} ({row['advisor_id']})"


def _tiles(book: Book, part: tuple[str, str]) -> None:
    level, part_id = part
    now = book.row(
        "select * from marts.book_overview where book_level = $level and book_id = $id and as_of_date = $day",
        level=level,
        id=part_id,
        day=book.as_of_date,
    )
    if now is None:
        frame.empty("Nobody has a portfolio here today.", "Choose another team or advisor.")
        return
    with st.container(horizontal=True, key="tiles"):
        _tile("Portfolios", now, "portfolio_count", words.count, words.count_change)
        _tile("AUM", now, "aum", words.usd, words.usd_change)
        _tile("Flagged to rebalance", now, "rebalance_count", words.count, words.count_change, "less")
        _tile("On watch", now, "watch_count", words.count, words.count_change, "less")
        _tile("AUM at risk", now, "aum_rebalance", words.usd, words.usd_change, "less")
        _tile("Average drift", now, "average_drift_score", words.percent, words.basis_points, "less")
    if now["unvalued_count"]:
        st.warning(
            f"{words.of_things(now['unvalued_count'], 'open portfolio')} without a value today, counted in none of "
            "these figures. Data quality says which and why.",
            icon="⚠",
        )


def _tile(
    label: str, now: Row, name: str, say: Any, say_change: Any, better: Literal["less", "neither"] = "neither"
) -> None:
    """A figure, its change since yesterday, and since five trading days ago."""
    yesterday, last_week = now[f"{name}_change_1d"], now[f"{name}_change_5d"]
    explained = {
        "portfolio_count": "Open portfolios that have a value today.",
        "aum": "Assets under management: the value of these portfolios.",
        "rebalance_count": "Portfolios in the last band: policy says to rebalance.",
        "watch_count": "Portfolios above the first band and not in the last.",
        "aum_rebalance": "The value of the portfolios that are flagged to rebalance.",
        "average_drift_score": "Drift of the portfolios, weighted by their value. Changes in basis points.",
    }
    with st.container(border=True, gap=None, key=f"tile_{name}"):
        st.metric(
            label,
            say(now[name]),
            delta=None if yesterday is None else say_change(yesterday),
            delta_color=_colour(yesterday, better),
            delta_arrow=_arrow(yesterday),
            delta_description="in a day",
            help=explained[name],
        )
        st.caption(f"{say_change(last_week)} in a week" if last_week is not None else "no figure a week ago")


def _arrow(change: Decimal | int | None) -> Literal["off", "up", "down"]:
    return "off" if not change else "up" if change > 0 else "down"


def _colour(change: Decimal | int | None, better: Literal["less", "neither"]) -> Literal["gray", "red", "green"]:
    if not change or better == "neither":
        return "gray"
    return "red" if change > 0 else "green"


def _alerts(book: Book, view: View, levels: Levels) -> None:
    found = book.row(
        f"""
        select
            count(*) as portfolios,
            sum(market_value) as market_value,
            count(*) filter (drift_monitor.as_of_date < $day) as earlier_valued,
            (select count(*) from marts.drift_monitor) as all_portfolios
        from {_TABLES} where {view.where}
        """,
        **view.chosen,
        day=book.as_of_date,
    )
    assert found is not None
    if not found["all_portfolios"]:
        frame.empty("No open portfolio has ever had a value.", "Land holdings and prices, then run `make build`.")
        return
    if not found["portfolios"]:
        frame.empty("No portfolio is like that.", "Take a filter away, or clear them all.")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"**{words.count(found['portfolios'])}** of {words.of_things(found['all_portfolios'], 'portfolio')}, "
            f"{words.usd(found['market_value'])}{_of_an_earlier_day(found['earlier_valued'])}".replace("$", "\\$"),
            width="content",
        )
        downloads.buttons("drift_monitor", book, _everything_shown(view), dict(view.chosen))
    order = choose_section("order", "Order", {"urgent": "Most urgent first", "next": "Who is next"})
    sorting = Sorting.of_address(_SORTS)
    place = st.container()
    passed_over = page_of("page", found["portfolios"], view)
    bands = Bands.of(book)
    rows = book.rows(
        f"""
        select drift_monitor.* from {_TABLES} where {view.where}
        order by {_order(sorting, order)} limit {ROWS_OF_A_PAGE} offset {passed_over}
        """,
        **view.chosen,
    )
    with place:
        opened = show_table(
            "alerts",
            "Portfolios, those who may be out of bounds next first"
            if order == "next"
            else "Portfolios, the most urgent first",
            _COLUMNS,
            [_line(row, bands, levels, book.as_of_date) for row in rows],
            sorting,
        )
    if opened:
        links.go_to(links.PORTFOLIO, {"portfolio": opened})


def _order(sorting: Sorting, order: str) -> str:
    ranked = "next_rank nulls last, alert_rank" if order == "next" else "alert_rank"
    if not sorting.name:
        return ranked
    return f"{_SORTS[sorting.name]} {'desc' if sorting.descending else 'asc'} nulls last, {ranked}"


def _everything_shown(view: View) -> str:
    return f"select drift_monitor.*, dim_advisor.team from {_TABLES} where {view.where} order by alert_rank"


def _of_an_earlier_day(number: int) -> str:
    """What tells the sum of the list from the AUM of the tiles, which have no value of another day."""
    return f", {words.count(number)} of them at the value of an earlier day" if number else ""


def _why_stale(row: Row, as_of_date: date) -> str:
    if row["as_of_date"] < as_of_date:
        return f"no value since {words.day(row['as_of_date'])}"
    return "on old prices or holdings"


def _line(row: Row, bands: Bands, levels: Levels, as_of_date: date) -> Line:
    tone: Tone = bands.tone(row["drift_status"])
    change = row["drift_score_change_5d"]
    return Line(
        cells=(
            str(row["alert_rank"]),
            Cell(row["portfolio_id"], row["portfolio_name"]),
            row["client_name"],
            row["advisor_name"],
            row["risk_profile"],
            words.usd(row["market_value"]),
            status_cell(row["drift_status"], tone, row["recommended_action"]),
            Cell(words.percent(row["drift_score"]), bar=drift_bar(row["drift_score"], bands.bounds, tone)),
            Cell(
                f"{row['drift_asset_class']} {words.side(row['signed_drift'])}",
                _why_stale(row, as_of_date) if row["is_stale"] else "",
            ),
            words.days(row["days_in_status"]),
            words.basis_points(change),
            levels.cell(row["ml_risk_level"], row["breach_probability"]),
        ),
        opens=row["portfolio_id"],
        address=links.address_of(links.PORTFOLIO, {"portfolio": row["portfolio_id"]}),
    )
