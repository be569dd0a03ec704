"""Why is it flagged: the drift unfolded, from the score to the class, its positions, and the landed rows."""

import streamlit as st

from dashboards import words
from dashboards.bands import Bands
from dashboards.book import Book, Row
from dashboards.table import Cell, Column, Line, drift_bar, show_table, status_cell


def show(book: Book, latest: Row, bands: Bands) -> None:
    """Draw the section, for the portfolio's latest valued day."""
    tone = bands.tone(latest["drift_status"])
    st.header(
        "Why is it flagged?" if tone == "last" else f"Why is it {words.escaped(latest['drift_status'])}?", anchor=False
    )
    classes = book.rows(
        """
        select fct_asset_class_daily.*
        from marts.fct_asset_class_daily inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = $id and as_of_date = $day order by display_order
        """,
        id=latest["portfolio_id"],
        day=latest["as_of_date"],
    )
    worst = next(row for row in classes if row["asset_class"] == latest["drift_asset_class"])
    st.markdown(f"**1. The score.** {_of_the_score(book, latest, worst)}")
    st.markdown(f"**2. The classes.** {_of_the_class(worst, latest)}")
    _classes(classes, latest, bands)
    positions = book.rows(
        """
        select * from marts.latest_positions
        where portfolio_id = $id and as_of_date = $day and asset_class = $class order by market_value desc, security_id
        """,
        **{"id": latest["portfolio_id"], "day": latest["as_of_date"], "class": worst["asset_class"]},
    )
    if not latest["is_open"]:
        return
    name = words.escaped(worst["asset_class"])
    if not positions:
        st.markdown(f"**3. The positions.** It holds no {name} at all, so that the whole target is missing.")
        return
    st.markdown(f"**3. The positions.** {name} is made of {words.of_things(len(positions), 'position')}:")
    _positions(positions, worst)
    with st.expander("4. The landed rows that these figures were read from"):
        _landed_rows(book, latest, worst["asset_class"])


def _of_the_score(book: Book, latest: Row, worst: Row) -> str:
    band = book.row(
        """
        select * from marts.dim_drift_status
        where drift_status = $status and valid_from <= $day and (valid_to is null or valid_to > $day)
        """,
        status=latest["drift_status"],
        day=latest["as_of_date"],
    )
    bounds = []
    if band and band["above_drift"] is not None:
        bounds.append(f"above {words.percent(band['above_drift'])}")
    if band and band["max_drift"] is not None:
        bounds.append(f"at most {words.percent(band['max_drift'])}")
    return (
        f"The drift of a portfolio is that of the class which is furthest from its target: "
        f"**{words.escaped(worst['asset_class'])}**, {words.percent(latest['drift_score'])}. That is "
        f"{' and '.join(bounds) or 'any drift'}, which policy calls **{words.escaped(latest['drift_status'])}**: "
        f"{words.escaped(latest['recommended_action'])}. "
        f"It has been so for {words.days(latest['days_in_status'])}."
    )


def _of_the_class(worst: Row, latest: Row) -> str:
    return (
        f"{words.escaped(worst['asset_class'])} is worth {_money(worst['market_value'])} of {_money(latest['market_value'])}: "
        f"{words.percent(worst['actual_weight'])}, where policy for {words.escaped(latest['risk_profile'])} asks for "
        f"{words.percent(worst['target_weight'])}. The difference is {words.percent_change(worst['signed_drift'])}."
    )


def _money(amount: object) -> str:
    return words.escaped(words.usd(amount, 2))  # type: ignore[arg-type]


def _classes(classes: list[Row], latest: Row, bands: Bands) -> None:
    lines = [
        Line(
            (
                row["asset_class"],
                words.usd(row["market_value"], 2),
                words.percent(row["actual_weight"]),
                words.percent(row["target_weight"]),
                words.percent_change(row["signed_drift"]),
                Cell(words.side(row["signed_drift"]), bar=drift_bar(row["drift"], bands.bounds, _tone(row, bands))),
            ),
            look="marked" if row["asset_class"] == latest["drift_asset_class"] else "",
        )
        for row in classes
    ]
    total = Line(("Portfolio", words.usd(latest["market_value"], 2), "", "", "", ""), look="total")
    columns = (
        Column("Class"),
        Column("Value", "number"),
        Column("Weight", "number"),
        Column("Target", "number"),
        Column("Drift", "number"),
        Column("Over or under"),
    )
    show_table("classes", "Weight and target of each class", columns, [*lines, total])


def _tone(row: Row, bands: Bands) -> object:
    return next(
        (
            bands.tone(band["drift_status"])
            for band in bands.now
            if band["max_drift"] is None or row["drift"] <= band["max_drift"]
        ),
        "last",
    )


def _positions(positions: list[Row], worst: Row) -> None:
    lines = [
        Line(
            (
                Cell(row["security_id"], row["security_name"]),
                f"{words.units(row['quantity'])} × {words.price(row['close_price'])}",  # noqa: RUF001 (times)
                words.usd(row["market_value"], 2),
                words.percent(row["actual_weight"]),
            )
        )
        for row in positions
    ]
    total = Line(
        (worst["asset_class"], "", words.usd(worst["market_value"], 2), words.percent(worst["actual_weight"])),
        look="total",
    )
    columns = (
        Column("Position"),
        Column("Quantity × price", "number"),  # noqa: RUF001 (times)
        Column("Value", "number"),
        Column("Weight", "number"),
    )
    show_table("positions_of_class", "Positions of the class that drifts most", columns, [*lines, total])


def _landed_rows(book: Book, latest: Row, asset_class: str) -> None:
    rows = book.rows(
        """
        select
            positions.security_id, holding_source_file, holding_source_line, price_source_file, price_source_line,
            holdings.snapshot_date, holdings.quantity, prices.price_date, prices.close_price
        from marts.latest_positions as positions
        inner join raw.holdings as holdings
            on positions.holding_source_file = holdings.source_file
            and positions.holding_source_line = holdings.source_line
        inner join raw.prices as prices
            on positions.price_source_file = prices.source_file and positions.price_source_line = prices.source_line
        where positions.portfolio_id = $id and positions.as_of_date = $day and positions.asset_class = $class
        order by positions.market_value desc, positions.security_id
        """,
        **{"id": latest["portfolio_id"], "day": latest["as_of_date"], "class": asset_class},
    )
    lines = [
        Line(
            (
                row["security_id"],
                Cell(f"{row['quantity']} on {row['snapshot_date']}", _place(row, "holding")),
                Cell(f"{row['close_price']} on {row['price_date']}", _place(row, "price")),
            )
        )
        for row in rows
    ]
    columns = (Column("Position"), Column("Quantity as it landed", "wrap"), Column("Price as it landed", "wrap"))
    show_table("landed_rows", "Landed rows behind the positions", columns, lines)


def _place(row: Row, kind: str) -> str:
    return f"{row[f'{kind}_source_file']}, line {row[f'{kind}_source_line']:,}"
