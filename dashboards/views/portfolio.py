"""One portfolio: where it stands, how it came there, and why it is flagged, down to the landed rows."""

from typing import Any

import streamlit as st

from dashboards import frame, links, words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.glossary import meanings
from dashboards.table import Cell, Column, Line, show_table, status_cell
from dashboards.views import portfolio_charts, portfolio_risk, portfolio_why

_FOUND_AT_MOST = 50


def show(book: Book) -> None:
    """Draw the page of the portfolio that the address names, or help to find one."""
    portfolio_id = st.query_params.get("portfolio")
    if not portfolio_id:
        _find(book)
        return
    _back()
    versions = book.rows(
        """
        select dim_portfolio.*, advisor_name, team
        from marts.dim_portfolio inner join marts.dim_advisor using (advisor_id)
        where portfolio_id = $id order by valid_from
        """,
        id=portfolio_id,
    )
    unvalued = book.row("select * from audit.unvalued_portfolios where portfolio_id = $id", id=portfolio_id)
    if not versions and not unvalued:
        frame.head(book, f"Portfolio {words.escaped(portfolio_id)}", "There is no portfolio of this name in the book.")
        _find(book, with_head=False)
        return
    _head(book, portfolio_id, versions)
    if unvalued:
        said = meanings(book, "unvalued_reason").get(unvalued["reason"], ["", ""])
        st.warning(
            f"No value on {words.day(book.as_of_date)}: **{words.plain(unvalued['reason'])}**. "
            f"{words.escaped('; '.join(said).capitalize())}. "
            + (
                f"Shown is what it was on {words.day(unvalued['last_valued_date'])}, its last day with a value."
                if unvalued["last_valued_date"]
                else "It never had one, so there is nothing to show yet."
            ),
            icon="⚠",
        )
    # all of its days at once: the facts are stored by day, so that asking for one portfolio reads them all
    history = book.rows(
        "select * from marts.fct_portfolio_daily where portfolio_id = $id order by as_of_date", id=portfolio_id
    )
    if not history:
        if not unvalued:
            frame.empty("This portfolio never had a value.", "Land holdings and prices of it, then run `make build`.")
        return
    latest = history[-1] | _in_the_monitor(book, portfolio_id)
    bands = Bands.of(book)
    _tiles(latest, bands)
    portfolio_why.show(book, latest, bands)
    portfolio_risk.show(book, portfolio_id)
    portfolio_charts.show(book, history, versions, bands)
    _holdings(book, latest)
    left, right = st.columns(2, gap="large")
    with left:
        _spells(book, portfolio_id, bands)
    with right:
        _snapshots(book, portfolio_id)
        _profiles(versions)


def _in_the_monitor(book: Book, portfolio_id: str) -> Row:
    """What the drift monitor adds to the latest day of an open portfolio."""
    found = book.row(
        "select alert_rank, drift_score_change_5d from marts.drift_monitor where portfolio_id = $id", id=portfolio_id
    )
    nothing = {"alert_rank": None, "drift_score_change_5d": None}
    return (found or nothing) | {"is_open": found is not None}


def _back() -> None:
    links.link_to(links.MONITOR, "← Back to the drift monitor", links.kept_view(links.MONITOR))


def _find(book: Book, with_head: bool = True) -> None:
    """A search over all portfolios, closed ones too."""
    if with_head:
        frame.head(book, "Portfolio", "Where does one portfolio stand, how did it come there, and why is it flagged?")
    find = st.text_input(
        "Find a portfolio", key="find", bind="query-params", placeholder="Id, name or client", width=360, live=True
    )
    found = book.rows(
        f"""
        select portfolio_id, portfolio_name, client_name, advisor_name, risk_profile, closed_date
        from marts.dim_portfolio inner join marts.dim_advisor using (advisor_id)
        where contains(lower(concat_ws(' ', portfolio_id, portfolio_name, client_name)), lower($find))
        qualify row_number() over (partition by portfolio_id order by valid_from desc) = 1
        order by portfolio_id limit {_FOUND_AT_MOST}
        """,
        find=find or "",
    )
    if not found:
        frame.empty("No portfolio is called that.", "Try a part of its id, its name or its client's.")
        return
    opened = show_table(
        "found",
        "Portfolios found",
        (Column("Portfolio", opens=True), Column("Client"), Column("Advisor"), Column("Profile"), Column("Closed")),
        [
            Line(
                cells=(
                    Cell(row["portfolio_id"], row["portfolio_name"]),
                    row["client_name"],
                    row["advisor_name"],
                    row["risk_profile"],
                    words.day(row["closed_date"]),
                ),
                opens=row["portfolio_id"],
                address=links.address_of(links.PORTFOLIO, {"portfolio": row["portfolio_id"]}),
            )
            for row in found
        ],
    )
    if len(found) == _FOUND_AT_MOST:
        st.caption(f"The first {_FOUND_AT_MOST}; say more of the name to see others.")
    if opened:
        links.go_to(links.PORTFOLIO, {"portfolio": opened})


def _head(book: Book, portfolio_id: str, versions: list[Row]) -> None:
    if not versions:
        frame.head(book, f"Portfolio {words.escaped(portfolio_id)}", "No risk profile was ever assigned to it.")
        return
    now = next((version for version in versions if version["is_current"]), versions[-1])
    team = f", {now['team']}" if now["team"] else ""
    closed = f" Closed on {words.day(now['closed_date'])}." if now["closed_date"] else ""
    frame.head(
        book,
        words.escaped(f"{now['portfolio_name']} ({portfolio_id})"),
        words.escaped(
            f"{now['client_name']}. Looked after by {now['advisor_name']}{team}. {now['risk_profile']}, "
            f"since {words.day(now['valid_from'])}.{closed}"
        ),
    )


def _tiles(latest: Row, bands: Bands) -> None:
    tone = bands.tone(latest["drift_status"])
    with st.container(horizontal=True, key="tiles"):
        _tile("Value", words.usd(latest["market_value"]), f"on {words.day(latest['as_of_date'])}")
        _tile("Drift", words.percent(latest["drift_score"]), _change(latest))
        _tile("Status", status_cell(latest["drift_status"], tone).text, latest["recommended_action"])
        _tile("In this status", words.days(latest["days_in_status"]), f"risk level {latest['risk_level']}")
        if latest["is_open"]:
            _tile("Rank", f"# {words.count(latest['alert_rank'])}", "of all open portfolios")
        _tile(
            "Positions",
            words.count(latest["position_count"]),
            f"held since {words.day(latest['snapshot_date'])}"
            + (f", {latest['stale_position_count']} on an old price" if latest["stale_position_count"] else ""),
        )


def _change(latest: Row) -> str:
    if latest["drift_score_change_5d"] is None:
        return "no figure five days ago"
    return f"{words.basis_points(latest['drift_score_change_5d'])} in five days"


def _tile(label: str, value: str, note: str) -> None:
    with st.container(border=True, gap=None, key=f"tile_{label}"):
        st.metric(label, value)
        st.caption(note)


def _holdings(book: Book, latest: Row) -> None:
    st.header("Holdings", anchor=False)
    if not latest["is_open"]:
        st.caption("This portfolio is closed; what it held is in the daily positions (position_daily).")
        return
    rows = book.rows(
        """
        select latest_positions.* from marts.latest_positions inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = $id order by display_order, market_value desc, security_id
        """,
        id=latest["portfolio_id"],
    )
    columns = (
        Column("Security"),
        Column("Class"),
        Column("Quantity", "number"),
        Column("Price", "number"),
        Column("Price of"),
        Column("Value", "number"),
        Column("Weight", "number"),
    )
    lines = [
        Line(
            (
                Cell(row["security_id"], row["security_name"]),
                Cell(row["asset_class"], row["sector"] or ""),
                words.units(row["quantity"]),
                words.price(row["close_price"]),
                Cell(
                    words.day(row["price_date"]),
                    f"{words.days(row['price_age_days'])} old" if row["price_age_days"] else "",
                ),
                words.usd(row["market_value"], 2),
                words.percent(row["actual_weight"]),
            )
        )
        for row in rows
    ]
    total = Line(("All positions", "", "", "", "", words.usd(latest["market_value"], 2), ""), look="total")
    show_table("holdings", "Holdings on the latest valued day", columns, [*lines, total])


def _spells(book: Book, portfolio_id: str, bands: Bands) -> None:
    st.header("Status through time", anchor=False)
    spells = book.rows(
        "select * from marts.status_spells where portfolio_id = $id order by first_date desc", id=portfolio_id
    )
    is_valued = any(row["last_date"] == book.as_of_date for row in spells)
    show_table(
        "spells",
        "Spells of one status, the newest first",
        (Column("Status"), Column("From"), Column("To"), Column("Days", "number"), Column("Highest drift", "number")),
        [
            Line(
                (
                    status_cell(row["drift_status"], bands.tone(row["drift_status"])),
                    Cell(words.day(row["first_date"]), "" if row["is_start_seen"] else "or earlier"),
                    _end_of_spell(row, is_valued),
                    words.count(row["status_days"]),
                    words.percent(row["peak_drift_score"]),
                )
            )
            for row in spells
        ],
        scrolls=True,
    )


def _end_of_spell(row: Row, is_valued: bool) -> Cell | str:
    """A status of a portfolio that has no value now is neither over nor known to go on."""
    if row["is_over"]:
        return words.day(row["last_date"])
    return "still" if is_valued else Cell(words.day(row["last_date"]), "its last day with a value")


def _snapshots(book: Book, portfolio_id: str) -> None:
    st.header("Holdings snapshots", anchor=False)
    snapshots = book.rows(
        "select * from marts.holdings_snapshots where portfolio_id = $id order by snapshot_date desc", id=portfolio_id
    )
    lines = [
        Line(
            (
                words.day(row["snapshot_date"]),
                "now" if row["is_current"] else words.day(row["valid_to"]),
                words.count(row["position_count"]),
            ),
            look="marked" if row["is_current"] else "",
        )
        for row in snapshots
    ]
    show_table(
        "snapshots",
        "The custodian's lists of positions, the newest first",
        (Column("Snapshot of"), Column("In force until"), Column("Positions", "number")),
        lines,
        scrolls=True,
    )


def _profiles(versions: list[dict[str, Any]]) -> None:
    st.header("Risk profiles", anchor=False)
    show_table(
        "profiles",
        "Risk profiles through time, the newest first",
        (Column("Profile"), Column("From"), Column("Until")),
        [
            Line(
                (
                    version["risk_profile"],
                    words.day(version["valid_from"]),
                    words.day(version["valid_to"]) if version["valid_to"] else "now" if version["is_current"] else "",
                ),
                look="marked" if version["is_current"] else "",
            )
            for version in reversed(versions)
        ],
    )
