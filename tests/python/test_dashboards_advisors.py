"""The advisors' page: every part of the book in the figures of its mart, and the lines through time."""

import html
from typing import Any

import pytest
from dashboard_book import AS_OF, FORMULA, MARKUP, Published
from dashboard_pages import Page, Query, Table, bp, floats, number, plus, seen, share, usd

SORTS = {
    **{"name": "coalesce(advisor_name, book_id)", "portfolios": "portfolio_count", "aum": "aum"},
    **{"flagged": "rebalance_count", "risk": "aum_rebalance", "drift": "average_drift_score"},
}


def parts(book: Published, level: str, condition: str = "true", order: str = "coalesce(advisor_name, book_id)") -> Any:
    return book.ask(
        f"""
        select coalesce(advisor_name, book_id), portfolio_count, unvalued_count, aum, normal_count, watch_count,
            rebalance_count, rebalance_count_change_5d, aum_rebalance, average_drift_score,
            average_drift_score_change_5d, book_id, team, book_level
        from marts.book_overview left join marts.dim_advisor on book_level = 'advisor' and book_id = advisor_id
        where book_level = ? and as_of_date = ? and {condition} order by {order}, book_id
        """,
        *(level, AS_OF),
    )


def said(table: Table) -> list[list[str]]:
    """Each row, its strips in figures, which stand below them."""
    strips = {table.headings.index("Status of portfolios"), table.headings.index("Profiles")}
    return [
        [cell["note" if place in strips else "text"] for place, cell in enumerate(row["cells"])]
        for row in table.data["rows"]
    ]


def line(book: Published, row: tuple[Any, ...]) -> list[str]:
    name, portfolios, unvalued, aum, normal, watch, flagged, _, at_risk, drift, _, book_id, _, level = row
    marks = zip((normal, watch, flagged, unvalued), "●▲■○", strict=True)
    profiles = book.ask(
        "select risk_profile, portfolio_count + unvalued_count from marts.book_profiles"
        " where book_level = ? and book_id = ? order by risk_profile nulls last",
        *(level, book_id),
    )
    return [
        *("The firm" if level == "firm" else name, number(portfolios), usd(aum)),
        ", ".join(f"{count} {mark}" for count, mark in marks if count),
        *(number(flagged), usd(at_risk), share(drift)),
        ", ".join(f"{count} {profile or 'without a profile'}" for profile, count in profiles),
    ]


def test_the_firm_and_its_teams_are_the_mart(book: Published) -> None:
    table = seen("advisors", {}).tables["teams"]
    rows = [*parts(book, "firm"), *parts(book, "team")]
    assert said(table) == [line(book, row) for row in rows]
    assert table.marked == [0]
    assert [row["href"] for row in table.data["rows"]][:2] == [
        "monitor",
        "monitor?team=%2ATeam%2A+%241+%5Bx%5D%28y%29+%242",
    ]


def test_a_profile_has_one_colour_in_every_row(book: Published) -> None:
    """Whichever profiles a row has: a strip without the first one does not begin with the first one's colour."""
    page = seen("advisors", {})
    strips = [strip for name in ("teams", "advisors") for strip in page.tables[name].column("Profiles", "mix")]
    coloured = {(part["name"], part["colour"]) for strip in strips for part in strip}
    assert len(coloured) == len({name for name, _ in coloured}) == len({colour for _, colour in coloured})
    assert len({tuple(part["name"] for part in strip) for strip in strips}) > 1


@pytest.mark.parametrize(
    ("query", "condition"),
    [({}, "true"), ({"team": "North"}, "team = 'North'"), ({"team": "no such"}, "true")],
    ids=str,
)
def test_the_advisors_are_the_mart(book: Published, query: Query, condition: str) -> None:
    table = seen("advisors", query).tables["advisors"]
    rows = parts(book, "advisor", condition)
    assert said(table) == [line(book, row) for row in rows]
    assert table.column("Advisor", "note") == [row[12] or row[11] for row in rows]
    assert table.column("Portfolios", "note") == [f"and {row[2]} without a value" if row[2] else "" for row in rows]
    assert table.column("Flagged", "note") == [f"{plus(number(row[7]))} in a week" for row in rows]
    assert table.column("Average drift", "note") == [f"{bp(row[10])} in a week" for row in rows]
    assert {MARKUP, FORMULA} & set(table.column("Advisor"))
    for row, strip in zip(rows, table.column("Status of portfolios", "mix"), strict=True):
        sizes = {part["tone"]: part["size"] for part in strip}
        wanted = {"first": row[4], "between": row[5], "last": row[6], "unvalued": row[2]}
        assert sizes == {tone: count for tone, count in wanted.items() if count}
    for strip, text in zip(table.column("Profiles", "mix"), table.column("Profiles", "note"), strict=True):
        assert ", ".join(part["label"] for part in strip) == text


def test_every_portfolio_is_in_one_strip_the_unvalued_too(book: Published) -> None:
    table = seen("advisors", {}).tables["advisors"]
    everyone = book.one("select portfolio_count + unvalued_count from marts.book_overview where book_level = 'firm'"
                        " and as_of_date = ?", AS_OF)  # fmt: skip
    for heading in ("Status of portfolios", "Profiles"):
        assert sum(part["size"] for strip in table.column(heading, "mix") for part in strip) == everyone


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("name", SORTS)
def test_each_column_sorts_both_ways(book: Published, name: str, direction: str) -> None:
    table = seen("advisors", {"sort": ("-" if direction == "desc" else "") + name}).tables["advisors"]
    order = f"{SORTS[name]} {direction} nulls last, coalesce(advisor_name, book_id)"
    assert said(table) == [line(book, row) for row in parts(book, "advisor", order=order)]


def test_a_click_on_a_heading_sorts_and_is_in_the_address(book: Published) -> None:
    page = Page("advisors", {"team": "North"})
    page.click_in_table("advisors", "sorted", "aum")
    assert page.address == {"team": "North", "sort": "-aum"}
    order = "aum desc nulls last, coalesce(advisor_name, book_id)"
    assert said(page.tables["advisors"]) == [line(book, row) for row in parts(book, "advisor", "team = 'North'", order)]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, [("firm", "firm", "The firm")]),
        ({"team": "South"}, [("firm", "firm", "The firm"), ("team", "South", "South")]),
        ({"advisor": "A6"}, [("firm", "firm", "The firm"), ("advisor", "A6", FORMULA)]),
        (
            {"team": "North", "advisor": "A1"},
            [("firm", "firm", "The firm"), ("team", "North", "North"), ("advisor", "A1", "Ada")],
        ),
        ({"advisor": "no such"}, [("firm", "firm", "The firm")]),
        ({"team": "South", "advisor": "A1"}, [("firm", "firm", "The firm"), ("team", "South", "South")]),
    ],
    ids=str,
)
def test_the_lines_through_time_are_the_mart(book: Published, query: Query, shown: list[tuple[str, str, str]]) -> None:
    page = seen("advisors", query)
    for key, figure in (("average_drift", "average_drift_score"), ("flagged", "rebalance_count")):
        traces = page.chart(key)["data"]
        assert [trace["name"] for trace in traces] == [name for *_, name in shown]
        for trace, (level, part, _) in zip(traces, shown, strict=True):
            rows = book.ask(
                f"select as_of_date, {figure} from marts.book_overview where book_level = ? and book_id = ? order by 1",
                *(level, part),
            )
            assert trace["x"] == [str(when) for when, _ in rows]
            assert trace["y"] == floats(value for _, value in rows)


def test_names_are_no_markup_in_a_legend(book: Published) -> None:
    """Plotly takes <b> for bold; the name shall be read as it is."""
    traces = seen("advisors", {"advisor": "A3"}).chart("average_drift")["data"]
    assert html.unescape(traces[-1]["name"]) == MARKUP
    assert "<" not in traces[-1]["name"]


@pytest.mark.parametrize(
    ("table", "value", "address"),
    [
        ("teams", "firm", {}),
        ("teams", "South", {"team": "South"}),
        ("advisors", "A4", {"advisor": "A4"}),
    ],
)
def test_a_row_leads_to_the_monitor_of_that_part(
    book: Published, table: str, value: str, address: dict[str, str]
) -> None:
    page = Page("advisors", {})
    page.click_in_table(table, "opened", value)
    assert page.title == "Drift monitor"
    assert page.address == address
