"""The drift monitor says what the marts say: each tile, each row, each filter alone and combined."""

import csv
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from dashboard_book import AS_OF, FORMULA, MARKUP, MINUS, Published
from dashboard_pages import Page, Query, bp, day, downloads_of, number, plus, reading, seen, share, trading_days, usd

PAGE_ROWS = 50
_SIDES = ((1, "over"), (-1, "under"), (0, "on target"))
_MONITOR = "marts.drift_monitor inner join marts.dim_advisor using (advisor_id)"
# how an address filters, and the same as a condition written here
FILTERS: list[tuple[Query, str]] = [
    ({}, "true"),
    ({"team": "North"}, "team = 'North'"),
    ({"team": "*Team* $1 [x](y) $2"}, "team = '*Team* $1 [x](y) $2'"),
    ({"advisor": "A2"}, "advisor_id = 'A2'"),
    ({"status": "Watch"}, "drift_status = 'Watch'"),
    ({"status": ["Normal", "Watch"]}, "drift_status in ('Normal', 'Watch')"),
    ({"profile": ["Aggressive"]}, "risk_profile = 'Aggressive'"),
    ({"class": ["Bonds", "Gold"]}, "drift_asset_class in ('Bonds', 'Gold')"),
    ({"from": "100000"}, "market_value >= 100000"),
    ({"to": "100000"}, "market_value <= 100000"),
    ({"from": "99000", "to": "103000"}, "market_value between 99000 and 103000"),
    ({"stale": "true"}, "is_stale"),
    ({"risk": ["High", "In breach"]}, "ml_risk_level in ('High', 'In breach')"),
    ({"risk": "Moderate"}, "ml_risk_level = 'Moderate'"),
    ({"find": "p0"}, "portfolio_id like 'P0%'"),
    ({"find": "  CLIENT one "}, "client_name = 'Client One'"),
    ({"find": "%"}, "false"),
    ({"find": MARKUP}, f"'{MARKUP}' in (portfolio_name, client_name, drift_monitor.advisor_name)"),
    (
        {"team": "North", "advisor": "A1", "status": ["Watch", "Normal"], "profile": "Moderate", "find": "0"},
        "advisor_id = 'A1' and drift_status in ('Watch', 'Normal') and risk_profile = 'Moderate'"
        " and concat(portfolio_id, portfolio_name) like '%0%'",
    ),
]


def line(row: tuple[Any, ...]) -> list[str]:
    """A row of the mart as the page should say it."""
    (rank, portfolio, client, advisor, profile, value, status, mark, drift, asset_class, signed, days, change, risk) = (
        row
    )
    side = next(said for sign, said in _SIDES if (signed > 0) - (signed < 0) == sign)
    return [
        *(str(rank), portfolio, client, advisor, profile, usd(value), f"{mark} {status}", share(drift)),
        *(f"{asset_class} {side}", trading_days(days), bp(change), risk),
    ]


def expected(book: Published, condition: str, order: str = "alert_rank") -> list[list[str]]:
    return [
        line(row)
        for row in book.ask(
            f"""
            select alert_rank, portfolio_id, client_name, drift_monitor.advisor_name, risk_profile, market_value,
                drift_status, case severity when 0 then '●' when 1 then '▲' else '■' end, drift_score,
                drift_asset_class, signed_drift, days_in_status, drift_score_change_5d,
                coalesce(
                    case when ml_risk_level = 'Low' then '●' when ml_risk_level in ('Moderate', 'Elevated') then '▲'
                        else '■' end || ' ' || ml_risk_level,
                    '\u2013'
                )
            from {_MONITOR} where {condition} order by {order}
            """
        )
    ]


@pytest.mark.parametrize(("query", "condition"), FILTERS, ids=[str(query) for query, _ in FILTERS])
def test_each_filter_lists_what_the_mart_has(book: Published, query: Query, condition: str) -> None:
    page = seen("monitor", query)
    rows = expected(book, condition)
    if not rows:
        assert "alerts" not in page.tables
        assert "**No portfolio is like that.** Take a filter away, or clear them all." in page.warned
        return
    assert page.tables["alerts"].rows == rows[:PAGE_ROWS]
    ((value, everything, earlier),) = book.ask(
        "select sum(market_value), (select count(*) from marts.drift_monitor), count(*) filter (as_of_date < ?)"
        f" from {_MONITOR} where {condition}",
        AS_OF,
    )
    told = f", {earlier} of them at the value of an earlier day" if earlier else ""
    assert f"**{len(rows)}** of {everything} portfolios, \\{usd(value)}{told}" in page.said.splitlines()


def test_the_filters_are_no_dead_ones(book: Published) -> None:
    """Each condition of the list takes some and leaves some, or a filter that does nothing would pass."""
    everything = len(expected(book, "true"))
    for query, condition in FILTERS[1:]:
        if condition != "false":
            assert 0 < len(expected(book, condition)) < everything, query


@pytest.mark.parametrize(
    ("query", "level", "part"),
    [
        ({}, "firm", "firm"),
        ({"status": "Watch", "find": "P1"}, "firm", "firm"),  # tiles speak of a part of the book, whatever is listed
        ({"team": "South"}, "team", "South"),
        ({"advisor": "A4"}, "advisor", "A4"),
        ({"team": "North", "advisor": "A6"}, "advisor", "A6"),
    ],
)
def test_each_tile_is_the_mart_to_the_last_digit(book: Published, query: Query, level: str, part: str) -> None:
    page = seen("monitor", query)
    names = "portfolio_count", "aum", "rebalance_count", "watch_count", "aum_rebalance", "average_drift_score"
    labels = "Portfolios", "AUM", "Flagged to rebalance", "On watch", "AUM at risk", "Average drift"
    figures = ", ".join(f"{name}, {name}_change_1d, {name}_change_5d" for name in names)
    ((*found, unvalued),) = book.ask(
        f"select {figures}, unvalued_count from marts.book_overview"
        " where book_level = ? and book_id = ? and as_of_date = ?",
        *(level, part, AS_OF),
    )
    assert list(page.metrics) == list(labels)
    says: dict[str, Callable[[Any], str]] = {"aum": usd, "aum_rebalance": usd, "average_drift_score": share}
    for place, (name, label) in enumerate(zip(names, labels, strict=True)):
        now, yesterday, last_week = found[3 * place : 3 * place + 3]
        say = says.get(name, number)
        in_a_day, in_a_week = (
            bp(change) if name == "average_drift_score" else plus(say(change)) for change in (yesterday, last_week)
        )
        assert page.metrics[label] == (say(now), in_a_day), label
        assert f"{in_a_week} in a week" in page.said, label
    told = [text for text in page.warned if "without a value" in text]
    assert len(told) == (1 if unvalued else 0)
    if unvalued:
        assert told[0].startswith(f"{unvalued} open portfolio{'s' if unvalued > 1 else ''} without a value today")


def test_pages_follow_each_other_and_lose_nobody(book: Published) -> None:
    everything = expected(book, "true")
    assert PAGE_ROWS < len(everything) <= 2 * PAGE_ROWS
    second = Page("monitor", {"page": "2"})
    assert second.tables["alerts"].rows == everything[PAGE_ROWS:]
    assert second.address == {"page": "2"}
    second.test.pagination[0].select(1)
    assert second.run().tables["alerts"].rows == everything[:PAGE_ROWS]
    beyond = Page("monitor", {"page": "99"})
    assert beyond.tables["alerts"].rows in (everything[:PAGE_ROWS], everything[PAGE_ROWS:])


def test_a_filter_on_the_last_page_shows_what_is_left(book: Published) -> None:
    page = seen("monitor", {"page": "2", "status": "Watch"})
    assert page.tables["alerts"].rows == expected(book, "drift_status = 'Watch'")


SORTS = {
    **{"rank": "alert_rank", "portfolio": "portfolio_name", "client": "client_name", "profile": "risk_profile"},
    **{"advisor": "drift_monitor.advisor_name", "value": "market_value", "drift": "drift_score"},
    **{"days": "days_in_status", "change": "drift_score_change_5d", "risk": "breach_probability"},
}


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("name", SORTS)
def test_each_column_sorts_both_ways_over_all_pages(book: Published, name: str, direction: str) -> None:
    sign = "-" if direction == "desc" else ""
    rows = expected(book, "true", f"{SORTS[name]} {direction} nulls last, alert_rank")
    first = seen("monitor", {"sort": sign + name})
    assert first.tables["alerts"].rows == rows[:PAGE_ROWS]
    assert first.tables["alerts"].data["sort"] == {"name": name, "descending": direction == "desc"}


def test_every_heading_that_can_be_clicked_sorts(book: Published) -> None:
    columns = Page("monitor", {}).tables["alerts"].data["columns"]
    assert {column["name"] for column in columns if column["sorts"]} == set(SORTS)
    assert [column["label"] for column in columns if not column["sorts"]] == ["Status", "Over or under"]


def test_who_is_next_is_an_order_of_its_own_and_sorts_ties(book: Published) -> None:
    by_rank = expected(book, "true", "next_rank nulls last, alert_rank")
    assert by_rank != expected(book, "true")
    page = seen("monitor", {"order": "next"})
    assert page.tables["alerts"].rows == by_rank[:PAGE_ROWS]
    by_profile = expected(book, "true", "risk_profile desc nulls last, next_rank nulls last, alert_rank")
    assert seen("monitor", {"order": "next", "sort": "-profile"}).tables["alerts"].rows == by_profile[:PAGE_ROWS]


def test_the_probability_stands_below_its_level(book: Published) -> None:
    probabilities = book.ask("select breach_probability from marts.drift_monitor order by alert_rank limit 50")
    notes = seen("monitor", {}).tables["alerts"].column("Breach ahead", "note")
    assert notes == ["" if found is None else share(found, 1) for (found,) in probabilities]
    assert len({note for note in notes if note}) > 3


def test_a_sorted_second_page_goes_on_where_the_first_ended(book: Published) -> None:
    rows = expected(book, "true", "market_value desc, alert_rank")
    assert seen("monitor", {"sort": "-value", "page": "2"}).tables["alerts"].rows == rows[PAGE_ROWS:]


def test_clicks_on_a_heading_go_down_then_up_then_back(book: Published) -> None:
    page = Page("monitor", {"status": "Watch"})
    for wanted in ("-value", "value", None):
        page.click_in_table("alerts", "sorted", "value")
        assert page.address == {"status": "Watch", **({"sort": wanted} if wanted else {})}
        way = {"-value": "market_value desc,", "value": "market_value,", None: ""}[wanted]
        assert page.tables["alerts"].rows == expected(book, "drift_status = 'Watch'", f"{way} alert_rank")


@pytest.mark.parametrize(
    "query",
    [
        *({name: "no such"} for name in ("team", "advisor", "status", "profile", "class", "stale", "sort", "page")),
        *({"from": text} for text in ("-5", "NaN", "no such", "1e999", "9" * 40, "1.5")),
        {"status": ["no such", "neither"]},
        {"advisor": ""},
        {"sort": "-market_value; drop table"},
        {"nonsense": "1"},
        {"team": "Idle team' or true --"},
    ],
    ids=str,
)
def test_what_an_address_says_and_nobody_knows_is_ignored(book: Published, query: Query) -> None:
    assert seen("monitor", query).tables["alerts"].rows == expected(book, "true")[:PAGE_ROWS]


def test_choices_go_into_the_address_by_what_they_mean(book: Published) -> None:
    page = Page("monitor", {})
    selects = {select.label: select for select in page.test.selectbox}
    ada = selects["Advisor"].options.index("Ada (A2)")  # two are called so
    selects["Advisor"].select_index(ada)
    page.run()
    assert page.address == {"advisor": "A2"}
    page.test.pills[0].set_value(["Normal"])
    page.run()
    assert page.tables["alerts"].rows == expected(book, "advisor_id = 'A2' and drift_status = 'Normal'")


def test_an_advisor_of_another_team_is_not_offered(book: Published) -> None:
    page = seen("monitor", {"team": "South", "advisor": "A1"})
    (advisors,) = (select for select in page.test.selectbox if select.label == "Advisor")
    assert advisors.options == ["Ada (A2)"]
    assert page.tables["alerts"].rows == expected(book, "team = 'South'")


def test_a_team_without_portfolios_is_told(book: Published) -> None:
    page = seen("monitor", {"team": "Idle team"})
    assert not page.metrics
    assert "**Nobody has a portfolio here today.** Choose another team or advisor." in page.warned


def test_a_row_opens_its_portfolio_and_the_way_back_keeps_the_filters(book: Published) -> None:
    page = Page("monitor", {"status": "Watch", "sort": "-value"})
    wanted = page.tables["alerts"].ids[0]
    assert page.tables["alerts"].data["rows"][0]["href"] == f"portfolio?portfolio={wanted}"
    page.click_in_table("alerts", "opened", str(wanted))
    assert page.title.endswith(rf"\({wanted}\)")
    (back,) = page.test.get("page_link")
    assert back.proto.query_string == "status=Watch&sort=-value"


def test_an_id_that_no_address_can_hold_as_it_is_is_quoted(book: Published) -> None:
    table = seen("monitor", {"find": "R&D"}).tables["alerts"]
    assert [row["href"] for row in table.data["rows"]] == ["portfolio?portfolio=R%26D+1%2F2%3F"]


def test_clear_filters_leaves_a_bare_address(book: Published) -> None:
    page = Page("monitor", {"status": "Watch", "find": "P"})
    (clear,) = (button for button in page.test.button if button.label == "Clear filters")
    clear.click()
    assert page.run().address == {}
    assert page.tables["alerts"].rows == expected(book, "true")[:PAGE_ROWS]


def test_bars_stand_for_the_drift_and_their_ticks_for_the_bands(book: Published) -> None:
    bounds = [bound for (bound,) in book.ask(
        "select max_drift from marts.dim_drift_status where is_current and max_drift is not null order by 1"
    )]  # fmt: skip
    table = seen("monitor", {}).tables["alerts"]
    drifts = [row[0] for row in book.ask("select drift_score from marts.drift_monitor order by alert_rank limit 50")]
    for bar, drift in zip(table.column("Drift", "bar"), drifts, strict=True):
        assert bar["width"] == pytest.approx(min(100, float(drift / (3 * bounds[-1])) * 100))
        assert bar["ticks"] == pytest.approx([float(bound / (3 * bounds[-1])) * 100 for bound in bounds])


def test_old_data_is_told_in_its_row(book: Published) -> None:
    """What rests on old prices or holdings, and a portfolio whose last value is of an earlier day."""
    stale = book.ask("select portfolio_id, as_of_date from marts.drift_monitor where is_stale order by alert_rank")
    latest = max(when for _, when in stale)
    table = seen("monitor", {"stale": "true"}).tables["alerts"]
    assert table.ids == [portfolio_id for portfolio_id, _ in stale]
    assert table.column("Over or under", "note") == [
        f"no value since {day(when)}" if when < latest else "on old prices or holdings" for _, when in stale
    ]
    assert len({when for _, when in stale}) == 2
    everyone = seen("monitor", {}).tables["alerts"]
    notes = everyone.column("Over or under", "note")
    assert {one for one, note in zip(everyone.ids, notes, strict=True) if note} == {one for one, _ in stale} & set(
        everyone.ids
    )


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({}, "true"),
        (
            {"status": ["Watch", "Normal"], "sort": "-value", "find": "p5"},
            "drift_status in ('Normal', 'Watch') and portfolio_id like 'P5%'",
        ),
    ],
    ids=["all", "filtered"],
)
def test_downloads_have_all_rows_of_all_pages_and_harmless_text(book: Published, query: Query, condition: str) -> None:
    files = downloads_of("monitor", query)
    assert {file.file_name for file in files.values()} == {f"drift_monitor_{AS_OF}.{end}" for end in ("csv", "xlsx")}
    rows = book.ask(f"select drift_monitor.*, team from {_MONITOR} where {condition} order by alert_rank")
    assert rows
    csv_rows = list(csv.reader(StringIO(files["drift_monitor_csv"].content.decode())))
    columns = [name for name, *_ in book.ask("describe marts.drift_monitor")]
    assert csv_rows[0] == [*columns, "team"]
    assert csv_rows[1:] == [[as_csv(value) for value in row] for row in rows]
    (sheet,) = openpyxl.load_workbook(BytesIO(files["drift_monitor_xlsx"].content)).worksheets
    cells = list(sheet.iter_rows(values_only=True))
    assert list(cells[0]) == csv_rows[0]
    for cell_row, row in zip(cells[1:], rows, strict=True):
        for cell, value in zip(cell_row, row, strict=True):
            assert cell == as_cell(value)
    if not query:
        flat = [field for row in csv_rows for field in row]
        assert f"'{FORMULA}" in flat
        assert f"'{MINUS}" in flat
        assert MARKUP in flat


def as_csv(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in "=+-@" else value
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def as_cell(value: Any) -> Any:
    if isinstance(value, str):
        return as_csv(value)
    if isinstance(value, date):
        return datetime.combine(value, time())
    return float(value) if isinstance(value, Decimal) else value


def test_nothing_is_shown_as_markup(book: Published) -> None:
    """Names reach the table as text; what the page says around it is Markdown that means itself."""
    table = seen("monitor", {"find": MARKUP}).tables["alerts"]
    assert MARKUP in {text for row in table.rows for text in row}


def test_numbers_of_another_day_are_told_by_the_calendar(book: Published) -> None:
    """The book ends on Friday, 1 March 2024; Monday's close is missing from Tuesday on."""
    for today, said in (
        ("2024-03-01", ":green-badge[● Up to date]"),
        ("2024-03-04", ":green-badge[● Up to date]"),
        ("2024-03-05", ":orange-badge[▲ 1 trading day behind today]"),
        ("2024-03-12", ":orange-badge[▲ 6 trading days behind today]"),
        ("2024-04-01", ":orange-badge[▲ 19 trading days behind today]"),  # Good Friday, 29 March, is none
    ):
        with reading(book.warehouse, today):
            assert said in Page("monitor", {}).said, today
