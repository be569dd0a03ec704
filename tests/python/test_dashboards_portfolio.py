"""The portfolio page adds up, from the score down to the landed lines, for every kind of portfolio that there is."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

import pytest
from dashboard_book import (
    AS_OF,
    MARKUP,
    NEW_BANDS_FROM,
    NEW_PROFILE_FROM,
    NEW_TARGETS_FROM,
    RESENT,
    RESENT_QUANTITY,
    Published,
    landed_fields,
)
from dashboard_pages import (
    Page,
    bp,
    close,
    columns_of,
    day,
    floats,
    number,
    plain_number,
    plus,
    rendered,
    seen,
    share,
    trading_days,
    usd,
)

MARKS = {"first": "●", "between": "▲", "last": "■"}
# one of each kind; the last ones have no value today
VALUED = ("P01", RESENT, "P13", "P33", "CHANGED", "LATER", "YOUNG", "OVERDRAWN", "NOBONDS", "GOLD", "GAPS", "R&D 1/2?")
WITH_A_HISTORY = (*VALUED, "UNPRICED", "CLOSED")


def opened(portfolio_id: str) -> Page:
    return seen("portfolio", {"portfolio": portfolio_id})


def amount(text: str) -> Decimal:
    """A printed amount, read back."""
    return Decimal(re.sub(r"[$,%\s]", "", text).replace("\N{MINUS SIGN}", "-"))


def latest(book: Published, portfolio_id: str, columns: str) -> tuple[Any, ...]:
    (row,) = book.ask(
        f"select {columns} from marts.fct_portfolio_daily where portfolio_id = ? order by as_of_date desc limit 1",
        portfolio_id,
    )
    return row


def status_shown(book: Published, portfolio_id: str) -> str:
    status, when = latest(book, portfolio_id, "drift_status, as_of_date")
    position = book.one(
        "select band_position from marts.dim_drift_status"
        " where drift_status = ? and valid_from <= ? and coalesce(valid_to > ?, true)",
        *(status, when, when),
    )
    return f"{MARKS[position]} {status}"


@pytest.mark.parametrize("portfolio_id", WITH_A_HISTORY)
def test_the_tiles_are_its_latest_valued_day(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    value, drift, days, positions, when, action, level, snapshot, stale = latest(
        book,
        portfolio_id,
        "market_value, drift_score, days_in_status, position_count, as_of_date, recommended_action, risk_level,"
        " snapshot_date, stale_position_count",
    )
    monitor = book.ask(
        "select alert_rank, drift_score_change_5d from marts.drift_monitor where portfolio_id = ?", portfolio_id
    )
    wanted = {
        "Value": usd(value),
        "Drift": share(drift),
        "Status": status_shown(book, portfolio_id),
        "In this status": trading_days(days),
        **({"Rank": f"# {number(monitor[0][0])}"} if monitor else {}),
        "Positions": number(positions),
    }
    assert {label: figure for label, (figure, _) in page.metrics.items()} == wanted
    change = monitor[0][1] if monitor else None
    captions = [str(caption.value) for caption in page.test.caption]
    assert f"on {day(when)}" in captions
    assert (f"{bp(change)} in five days" if change is not None else "no figure five days ago") in captions
    assert action in captions
    assert f"risk level {level}" in captions
    assert f"held since {day(snapshot)}" + (f", {stale} on an old price" if stale else "") in captions
    assert ("of all open portfolios" in captions) == bool(monitor)


@pytest.mark.parametrize("portfolio_id", WITH_A_HISTORY)
def test_classes_have_the_marts_weights_targets_and_drifts_and_sum_to_the_portfolio(
    book: Published, portfolio_id: str
) -> None:
    table = opened(portfolio_id).tables["classes"]
    value, worst, when = latest(book, portfolio_id, "market_value, drift_asset_class, as_of_date")
    rows = book.ask(
        """
        select asset_class, market_value, actual_weight, target_weight, signed_drift
        from marts.fct_asset_class_daily inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = ? and as_of_date = ? order by display_order
        """,
        *(portfolio_id, when),
    )
    sides = {1: "over", -1: "under", 0: "on target"}
    assert table.rows == [
        *(
            [name, usd(worth, 2), share(weight), share(target), plus(share(drift)), sides[(drift > 0) - (drift < 0)]]
            for name, worth, weight, target, drift in rows
        ),
        ["Portfolio", usd(value, 2), "", "", "", ""],
    ]
    printed = [amount(text) for text in table.column("Value")]
    assert sum(printed[:-1]) == printed[-1]
    assert table.marked == [[name for name, *_ in rows].index(worst)]
    assert sum(row[2] for row in rows) == pytest.approx(1)


@pytest.mark.parametrize("portfolio_id", VALUED)
def test_positions_of_the_class_that_drifts_most_sum_to_it(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    (worst,) = latest(book, portfolio_id, "drift_asset_class")
    rows = book.ask(
        "select security_id, quantity, close_price, market_value, actual_weight, security_name"
        " from marts.latest_positions where portfolio_id = ? and asset_class = ?"
        " order by market_value desc, security_id",
        *(portfolio_id, worst),
    )
    if not rows:
        assert f"It holds no {worst} at all, so that the whole target is missing." in page.said
        assert "positions_of_class" not in page.tables
        return
    said = f"{worst} is made of {len(rows)} position{'s' if len(rows) > 1 else ''}:"
    assert said in page.said
    table = page.tables["positions_of_class"]
    total = usd(sum(row[3] for row in rows), 2)
    assert [row[:3] for row in table.rows] == [
        *(
            [security, f"{plain_number(quantity)} \N{MULTIPLICATION SIGN} {close(price)}", usd(value, 2)]
            for security, quantity, price, value, *_ in rows
        ),
        [worst, "", total],
    ]
    assert table.column("Weight")[:-1] == [share(row[4]) for row in rows]
    assert table.column("Position", "note")[:-1] == [row[5] for row in rows]
    classes = page.tables["classes"]
    assert dict(zip(classes.column("Class"), classes.column("Value"), strict=True))[worst] == total
    assert dict(zip(classes.column("Class"), classes.column("Weight"), strict=True))[worst] == table.rows[-1][3]
    for quantity, price, value in ((row[1], row[2], row[3]) for row in rows):
        assert usd(quantity * price, 2) == usd(value, 2)


def test_no_book_without_a_class_that_is_not_held(book: Published) -> None:
    """NOBONDS is there for that sentence; without it the test above would not see it."""
    assert latest(book, "NOBONDS", "drift_asset_class") == ("Bonds",)
    assert "made of" not in opened("NOBONDS").said


@pytest.mark.parametrize("portfolio_id", [name for name in VALUED if name != "NOBONDS"])
def test_landed_rows_are_what_stands_at_that_line_of_that_file(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    table = page.tables["landed_rows"]
    assert table.column("Position") == page.tables["positions_of_class"].column("Position")[:-1]
    assert table.rows
    for place, security in enumerate(table.column("Position")):
        for heading, owner, figure, when in (
            ("Quantity as it landed", {"portfolio_id": portfolio_id}, "quantity", "snapshot_date"),
            ("Price as it landed", {}, "close_price", "price_date"),
        ):
            file, line = table.column(heading, "note")[place].rsplit(", line ", 1)
            landed = landed_fields(book.landing, file, int(line.replace(",", "")))
            assert landed | {"security_id": security, **owner} == landed
            assert table.column(heading)[place] == f"{landed[figure]} on {landed[when]}"


def test_what_landed_is_shown_as_it_landed(book: Published) -> None:
    """A quantity of 0500.50 is 500.5 in the marts; of two files the second counts."""
    book_quantity = book.one(
        "select quantity from marts.latest_positions where portfolio_id = ? and security_id = 'EQ'", RESENT
    )
    assert book_quantity == Decimal(RESENT_QUANTITY)
    landed = opened(RESENT).tables["landed_rows"]
    shown = {
        name: (text, note)
        for name, text, note in zip(
            landed.column("Position"),
            landed.column("Quantity as it landed"),
            landed.column("Quantity as it landed", "note"),
            strict=True,
        )
    }
    (worst,) = latest(book, RESENT, "drift_asset_class")
    name = {"Equity": "EQ", "Bonds": "BD", "Cash": "CASH"}[worst]
    raw = {"EQ": RESENT_QUANTITY, "BD": "700", "CASH": "+2500"}[name]
    assert shown[name][0].startswith(f"{raw} on ")
    assert shown[name][1].startswith("holdings/0002.csv, line ")


@pytest.mark.parametrize("portfolio_id", [*VALUED, "UNPRICED"])
def test_holdings_are_all_positions_and_sum_to_its_value(book: Published, portfolio_id: str) -> None:
    table = opened(portfolio_id).tables["holdings"]
    rows = book.ask(
        """
        select security_id, security_name, asset_class, sector, quantity, close_price, price_date, price_age_days,
            market_value, actual_weight
        from marts.latest_positions inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = ? order by display_order, market_value desc, security_id
        """,
        portfolio_id,
    )
    (value,) = latest(book, portfolio_id, "market_value")
    assert table.rows == [
        *(
            [security, kind, plain_number(quantity), close(price), day(when), usd(worth, 2), share(weight)]
            for security, _, kind, _, quantity, price, when, _, worth, weight in rows
        ),
        ["All positions", "", "", "", "", usd(value, 2), ""],
    ]
    printed = [amount(text) for text in table.column("Value")]
    assert sum(printed[:-1]) == printed[-1]
    assert table.column("Security", "note")[:-1] == [row[1] for row in rows]
    assert table.column("Class", "note")[:-1] == [row[3] or "" for row in rows]
    assert table.column("Price of", "note")[:-1] == [f"{trading_days(row[7])} old" if row[7] else "" for row in rows]


def test_the_holdings_meet_old_prices_and_overdrawn_cash(book: Published) -> None:
    assert "3 days old" in opened("P13").tables["holdings"].column("Price of", "note")
    overdrawn = opened("OVERDRAWN").tables["holdings"]
    assert "\N{MINUS SIGN}4,321.55" in overdrawn.column("Quantity")
    assert "\N{MINUS SIGN}$4,321.55" in overdrawn.column("Value")


@pytest.mark.parametrize("portfolio_id", WITH_A_HISTORY)
def test_why_says_the_score_its_band_and_what_policy_asks(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    drift, worst, status, action, days, when, value, profile = latest(
        book,
        portfolio_id,
        "drift_score, drift_asset_class, drift_status, recommended_action, days_in_status, as_of_date, market_value,"
        " risk_profile",
    )
    above, until, position = book.ask(
        "select above_drift, max_drift, band_position from marts.dim_drift_status where drift_status = ?"
        " and valid_from <= ? and coalesce(valid_to > ?, true)",
        *(status, when, when),
    )[0]
    bounds = [f"above {share(above)}"] * (above is not None) + [f"at most {share(until)}"] * (until is not None)
    seen = rendered(page.said)
    assert f"{worst}, {share(drift)}. That is {' and '.join(bounds)}, which policy calls {status}: {action}." in seen
    assert f"It has been so for {trading_days(days)}." in seen
    (header, *_) = [str(header.value) for header in page.test.header]
    assert header == ("Why is it flagged?" if position == "last" else f"Why is it {status}?")
    worth, weight, target, signed = book.ask(
        "select market_value, actual_weight, target_weight, signed_drift from marts.fct_asset_class_daily"
        " where portfolio_id = ? and as_of_date = ? and asset_class = ?",
        *(portfolio_id, when, worst),
    )[0]
    assert (
        f"{worst} is worth {usd(worth, 2)} of {usd(value, 2)}: {share(weight)}, where policy for {profile} asks for "
        f"{share(target)}. The difference is {plus(share(signed))}."
    ) in seen


@pytest.mark.parametrize("portfolio_id", WITH_A_HISTORY)
def test_the_lists_of_its_history_are_the_marts(book: Published, portfolio_id: str) -> None:
    tables = opened(portfolio_id).tables
    positions = dict(book.ask("select drift_status, any_value(band_position) from marts.dim_drift_status group by 1"))
    ((today,),) = book.ask("select max(as_of_date) from marts.dim_date")
    spells = book.ask(
        "select drift_status, first_date, is_start_seen, last_date, is_over, status_days, peak_drift_score"
        " from marts.status_spells where portfolio_id = ? order by first_date desc",
        portfolio_id,
    )
    assert spells
    goes_on = {not over and last == today for *_, last, over, _, _ in spells}
    assert tables["spells"].rows == [
        [
            f"{MARKS[positions[status]]} {status}",
            day(first),
            "still" if not over and last == today else day(last),
            number(days),
            share(peak),
        ]
        for status, first, _, last, over, days, peak in spells
    ]
    notes = [] if True in goes_on else ["its last day with a value"]
    assert [note for note in tables["spells"].column("To", "note") if note] == notes
    assert tables["spells"].column("From", "note") == ["" if row[2] else "or earlier" for row in spells]
    snapshots = book.ask(
        "select snapshot_date, is_current, valid_to, position_count from marts.holdings_snapshots"
        " where portfolio_id = ? order by snapshot_date desc",
        portfolio_id,
    )
    assert tables["snapshots"].rows == [
        [day(when), "now" if current else day(until), number(count)] for when, current, until, count in snapshots
    ]
    versions = book.ask(
        "select risk_profile, valid_from, valid_to, is_current from marts.dim_portfolio"
        " where portfolio_id = ? order by valid_from desc",
        portfolio_id,
    )
    assert tables["profiles"].rows == [
        [profile, day(start), day(until) if until else "now" if current else ""]
        for profile, start, until, current in versions
    ]


@pytest.mark.parametrize("portfolio_id", ["P01", "GAPS", "CHANGED", "YOUNG", "CLOSED", "GOLD", "UNPRICED"])
def test_the_charts_are_the_marts_with_gaps_where_there_is_no_value(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    rows = book.ask(
        """
        select as_of_date, drift_score, drift_status from marts.dim_date
        left join (from marts.fct_portfolio_daily where portfolio_id = ?) using (as_of_date)
        where as_of_date between (select min(as_of_date) from marts.fct_portfolio_daily where portfolio_id = ?)
            and (select max(as_of_date) from marts.fct_portfolio_daily where portfolio_id = ?)
        order by as_of_date
        """,
        *(portfolio_id, portfolio_id, portfolio_id),
    )
    days, drifts, statuses = columns_of(rows)
    drawn = page.chart("drift")
    (line,) = drawn["data"]
    assert line["x"] == [str(when) for when in days]
    assert line["y"] == floats(drifts)
    assert line["connectgaps"] is False
    assert [said[0] for said in line["customdata"]] == statuses
    assert (None in drifts) == (portfolio_id == "GAPS")
    weights: dict[str, dict[Any, tuple[Any, Any]]] = {}
    for asset_class, when, weight, target in book.ask(
        """
        select asset_class, as_of_date, actual_weight, target_weight
        from marts.fct_asset_class_daily inner join marts.dim_asset_class using (asset_class)
        where portfolio_id = ? order by display_order, as_of_date
        """,
        portfolio_id,
    ):
        weights.setdefault(asset_class, {})[when] = (weight, target)
    of_weights = page.chart("weights")
    covered = [shape for shape in of_weights["layout"].get("shapes", []) if shape["type"] == "rect"]
    assert bool(covered) == (None in drifts)  # a stack has no gap of its own
    for when, drift in zip(days, drifts, strict=True):
        assert any(shape["x0"] < str(when) < shape["x1"] for shape in covered) == (drift is None)
    traces = of_weights["data"]
    areas = [trace for trace in traces if trace.get("stackgroup")]
    targets = [trace for trace in traces if not trace.get("stackgroup")]
    assert [area["name"] for area in areas] == list(weights)
    stacked: dict[Any, Decimal] = dict.fromkeys(days, Decimal(0))
    for place, (area, by_day) in enumerate(zip(areas, weights.values(), strict=True)):
        assert area["y"] == floats(by_day[when][0] if when in by_day else None for when in days)
        for when in by_day:
            stacked[when] += by_day[when][1]
        if place < len(areas) - 1:  # the last bound is 100 %, and not drawn
            drawn_targets = [targets[place]["y"][number] for number, when in enumerate(days) if when in by_day]
            assert drawn_targets == pytest.approx([float(stacked[when]) for when in days if when in by_day])
    assert {round(stacked[when], 6) for when, drift in zip(days, drifts, strict=True) if drift is not None} == {1}


def test_the_drift_stands_over_the_bands_of_its_days(book: Published) -> None:
    shapes = opened("P01").chart("drift")["layout"]["shapes"]
    drawn = {(shape["x0"], shape["x1"], shape["y0"], shape["y1"]) for shape in shapes if shape.get("layer") == "below"}
    first = str(book.one("select min(as_of_date) from marts.fct_portfolio_daily where portfolio_id = 'P01'"))
    bands = book.ask("select valid_from, valid_to, above_drift, max_drift from marts.dim_drift_status")
    seen = [band for band in bands if str(band[0]) <= AS_OF]
    assert len(drawn) == len(seen) == 7
    for start, until, above, bound in seen:
        x = max(str(start), first), min(str(until), AS_OF)
        (y1,) = (y1 for x0, x1, y0, y1 in drawn if (x0, x1) == x and y0 == float(above or 0))
        assert y1 == float(bound) if bound is not None else y1 > float(above)


def test_the_strip_below_the_drift_has_every_spell(book: Published) -> None:
    shapes = opened("P01").chart("drift")["layout"]["shapes"]
    strip = [
        (shape["x0"], shape["x1"]) for shape in shapes if shape["type"] == "rect" and shape.get("layer") != "below"
    ]
    spells = book.ask(
        "select first_date, last_date from marts.status_spells where portfolio_id = 'P01' order by first_date"
    )
    assert strip == [(str(first), str(last)) for first, last in spells]


@pytest.mark.parametrize(
    ("portfolio_id", "changes"),
    [
        ("P01", {NEW_BANDS_FROM: "new bands", NEW_TARGETS_FROM: "new targets for Moderate"}),
        ("P03", {NEW_BANDS_FROM: "new bands"}),  # another profile
        ("CHANGED", {NEW_PROFILE_FROM: "risk profile Moderate became Aggressive", NEW_BANDS_FROM: "new bands"}),
        ("YOUNG", {}),
    ],
)
def test_changes_of_policy_within_its_history_are_marked_and_told(
    book: Published, portfolio_id: str, changes: dict[str, str]
) -> None:
    page = opened(portfolio_id)
    for key in ("weights", "drift"):
        lines = [shape["x0"] for shape in page.chart(key)["layout"].get("shapes", []) if shape["type"] == "line"]
        assert lines == list(changes)
    captions = [rendered(str(caption.value)) for caption in page.test.caption]
    told = [caption for caption in captions if caption.startswith("Dotted lines are changes of policy. ")]
    days = {str(when): day(when) for (when,) in book.ask("select as_of_date from marts.dim_date")}
    wanted = "; ".join(f"{days[when]}: {what}" for when, what in changes.items())
    assert told == ([f"Dotted lines are changes of policy. {wanted}."] if changes else [])


@pytest.mark.parametrize(
    ("portfolio_id", "reason"),
    [
        ("UNPRICED", "unpriced_position"),
        ("NEVER", "no_holdings"),
        ("NOPROFILE", "no_risk_profile"),
        ("ZERO", "no_market_value"),
    ],
)
def test_no_value_today_is_told_with_its_reason_and_what_to_do(book: Published, portfolio_id: str, reason: str) -> None:
    found, last = book.ask(
        "select reason, last_valued_date from audit.unvalued_portfolios where portfolio_id = ?", portfolio_id
    )[0]
    assert found == reason
    page = opened(portfolio_id)
    (told,) = (text for text in page.warned if text.startswith("No value on"))
    assert told.startswith(f"No value on {day(book.one('select max(as_of_date) from marts.dim_date'))}: ")
    seen = rendered(told)
    assert reason.replace("_", " ") in seen
    description = book.one(
        "select description from audit.glossary where column_name = 'unvalued_reason' order by all limit 1"
    )
    (row,) = (row for row in description.splitlines() if row.startswith(f"| {reason} |"))
    for cell in row.strip("| ").split(" | ")[1:]:
        assert cell.lower() in seen.lower()
    if last is None:
        assert "It never had one, so there is nothing to show yet." in seen
        assert not page.metrics
        assert not page.tables
    else:
        assert f"Shown is what it was on {day(last)}, its last day with a value." in seen
        assert page.metrics


def test_a_closed_portfolio_shows_its_last_day_and_no_rank(book: Published) -> None:
    page = opened("CLOSED")
    closed = book.one("select any_value(closed_date) from marts.dim_portfolio where portfolio_id = 'CLOSED'")
    assert f"Closed on {day(closed)}." in rendered(page.said)
    assert "Rank" not in page.metrics
    assert "holdings" not in page.tables
    assert "This portfolio is closed; what it held is in the daily positions" in page.said
    still_open = opened("LATER")  # it will close this year
    assert "Closed on 31 Dec 2024." in rendered(still_open.said)
    assert "Rank" in still_open.metrics


@pytest.mark.parametrize("portfolio_id", ["NO SUCH", "", "' or true --", "[x](http://evil.example)", "<b>*x*"])
def test_an_unknown_portfolio_is_said_so_and_others_are_offered(book: Published, portfolio_id: str) -> None:
    page = opened(portfolio_id)
    assert page.tables["found"].ids[0] == "CHANGED"
    if portfolio_id:
        assert rendered(page.title) == f"Portfolio {portfolio_id}"
        assert "There is no portfolio of this name in the book." in page.said


@pytest.mark.parametrize("find", ["", "p0", "client ONE", "%", MARKUP, "closed", "no such at all"])
def test_the_search_finds_by_id_name_and_client_closed_ones_too(book: Published, find: str) -> None:
    page = Page("portfolio", {"find": find} if find else {})
    rows = book.ask(
        """
        select portfolio_id, any_value(client_name), any_value(advisor_name), arg_max(risk_profile, valid_from),
            any_value(closed_date)
        from marts.dim_portfolio inner join marts.dim_advisor using (advisor_id)
        where lower(portfolio_id || ' ' || portfolio_name || ' ' || client_name)
            like '%' || replace(replace(lower(?), '\\', '\\\\'), '%', '\\%') || '%' escape '\\'
        group by portfolio_id order by portfolio_id
        """,
        find,
    )
    if not rows:
        assert "found" not in page.tables
        assert any("No portfolio is called that." in text for text in page.warned)
        return
    found = page.tables["found"]
    assert found.rows == [[*row[:4], day(row[4])] for row in rows[:50]]
    assert [row["href"] for row in found.data["rows"]] == [f"./?portfolio={quote_plus(row[0])}" for row in rows[:50]]
    assert ("The first 50; say more of the name to see others." in page.said) == (len(rows) > 50)


def test_a_found_portfolio_opens(book: Published) -> None:
    page = Page("portfolio", {"find": "closed"})
    page.click_in_table("found", "opened", "CLOSED")
    assert page.address == {"portfolio": "CLOSED"}
    assert rendered(page.title) == "CLOSED name (CLOSED)"


def test_names_mean_themselves_and_no_markup(book: Published) -> None:
    page = opened("P07")
    assert rendered(page.title) == f"{MARKUP} (P07)"
    assert "$" not in page.title.replace("\\$", "")  # would be the beginning of a formula
    client, advisor, team, profile, since = book.ask(
        "select client_name, advisor_name, team, risk_profile, valid_from from marts.dim_portfolio"
        " inner join marts.dim_advisor using (advisor_id) where portfolio_id = 'P07'"
    )[0]
    (_, question, *_) = [None, *(str(caption.value) for caption in page.test.caption)]
    assert rendered(str(question)) == f"{client}. Looked after by {advisor}, {team}. {profile}, since {day(since)}."
    assert "$" not in str(question).replace("\\$", "")
