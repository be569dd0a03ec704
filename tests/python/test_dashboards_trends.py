"""Trends: each series of each chart is its mart, and what has no value is told."""

from decimal import Decimal

import pytest
from dashboard_book import AS_OF, Published
from dashboard_pages import Query, columns_of, floats, plus, seen, share

from dashboards.look import LIGHT

MARKS = {"first": "●", "between": "▲", "last": "■"}
CHOICES: list[tuple[Query, str]] = [
    ({}, "true"),
    ({"profile": "Moderate"}, "risk_profile = 'Moderate'"),
    ({"profile": ["Aggressive", "Conservative"]}, "risk_profile in ('Aggressive', 'Conservative')"),
    ({"profile": "no such"}, "true"),
    ({"in": "no such", "nonsense": "1"}, "true"),
]
MEASURES = [("Portfolios", "portfolio_count"), ("Value", "aum")]


def positions(book: Published) -> dict[str, str]:
    return dict(book.ask("select drift_status, any_value(band_position) from marts.dim_drift_status group by 1"))


@pytest.mark.parametrize(("measure", "column"), MEASURES)
@pytest.mark.parametrize(("query", "condition"), CHOICES, ids=[str(query) for query, _ in CHOICES])
def test_the_statuses_through_time_are_the_mart(
    book: Published, query: Query, condition: str, measure: str, column: str
) -> None:
    page = seen("trends", {**query, **({"in": measure} if "in" not in query else {})})
    if "in" in query:
        column = "portfolio_count"  # as when nothing is said
    drawn = page.chart("status_mix")
    days = [
        when for (when,) in book.ask(f"select distinct as_of_date from marts.drift_trend where {condition} order by 1")
    ]
    found: dict[str, dict[object, object]] = {}
    for status, when, figure in book.ask(
        f"select drift_status, as_of_date, sum({column}) from marts.drift_trend where {condition} group by 1, 2"
    ):
        found.setdefault(status, {})[when] = figure
    known = positions(book)
    wanted = {
        f"{MARKS[known[status]]} {status}" if status in known else f"○ {status}": floats(
            by_day.get(when, 0) for when in days
        )
        for status, by_day in found.items()
        if column == "portfolio_count" or status != "Unvalued"
    }
    assert {trace["name"]: trace["y"] for trace in drawn["data"]} == wanted
    assert all(trace["x"] == [str(when) for when in days] for trace in drawn["data"])
    assert all(trace["stackgroup"] == "statuses" for trace in drawn["data"])
    # a status of the bands before is there, in the order of severity, and the unvalued come last
    names = [trace["name"].split(" ", 1)[1] for trace in drawn["data"]]
    assert names[:3] == ["Normal", "Watch", "Rebalance Flag"]
    assert "Look closer" in names[3:]
    assert ("○ Unvalued" in wanted) == (column == "portfolio_count" and "Unvalued" in found)


@pytest.mark.parametrize(("measure", "column"), MEASURES)
def test_what_has_no_value_is_told_in_figures(book: Published, measure: str, column: str) -> None:
    for condition, query in ((condition, query) for query, condition in CHOICES[:3]):
        page = seen("trends", {**query, "in": measure})
        where = f"where drift_status = 'Unvalued' and {condition}"
        today = book.one(
            f"select coalesce(sum(portfolio_count), 0) from marts.drift_trend {where} and as_of_date = ?", AS_OF
        )
        days = book.one(f"select count(distinct as_of_date) from marts.drift_trend {where}")
        told = (
            f"{today} open portfolio{'' if today == 1 else 's'} without a value today,"
            f" and some on {days} day{'' if days == 1 else 's'} in all."
        )
        assert (told if days else "Every open portfolio had a value on every day.") in page.said, query
        assert ("count in portfolios to see them" in page.said) == (column == "aum" and days > 0)
    assert book.one("select sum(portfolio_count) from marts.drift_trend where drift_status = 'Unvalued'") > 50


@pytest.mark.parametrize(("query", "condition"), CHOICES, ids=[str(query) for query, _ in CHOICES])
def test_the_heat_map_is_the_mart(book: Published, query: Query, condition: str) -> None:
    (trace,) = seen("trends", query).chart("heat_map")["data"]
    rows = book.ask(
        f"""
        select risk_profile, asset_class, average_signed_drift, largest_drift
        from marts.profile_class_drift inner join marts.dim_asset_class using (asset_class) where {condition}
        order by risk_profile, display_order
        """
    )
    drawn = {
        (profile, asset_class): (
            trace["z"][down][across],
            trace["text"][down][across],
            trace["customdata"][down][across],
        )
        for down, profile in enumerate(trace["y"])
        for across, asset_class in enumerate(trace["x"])
        if trace["z"][down][across] is not None
    }
    assert drawn == {
        (profile, asset_class): (float(average), plus(share(average)), float(largest))
        for profile, asset_class, average, largest in rows
    }
    assert list(dict.fromkeys(trace["y"])) == sorted({profile for profile, *_ in rows})
    assert trace["colorscale"][1] == [0.5, LIGHT.ground]
    assert trace["zmid"] == 0


def in_percent(bound: Decimal) -> str:
    """A bound with all the decimals that it has, and no more: a finer bin has a name of its own."""
    return f"{(bound * 100).normalize():f}"


@pytest.mark.parametrize(("measure", "column"), MEASURES)
@pytest.mark.parametrize(("query", "condition"), CHOICES[:4], ids=[str(query) for query, _ in CHOICES[:4]])
def test_the_distribution_is_the_mart_now_and_a_month_ago(
    book: Published, query: Query, condition: str, measure: str, column: str
) -> None:
    traces = seen("trends", {**query, "in": measure}).chart("distribution")["data"]
    assert len(traces) == 2
    rows = book.ask(
        f"select distinct bin_number, max_drift, above_drift from marts.drift_distribution where {condition} order by 1"
    )
    labels = [in_percent(until) if until is not None else f"{in_percent(above)}+" for _, until, above in rows]
    for trace, is_now in zip(traces, (False, True), strict=True):
        found = book.ask(
            f"select bin_number, sum({column}), any_value(as_of_date) from marts.drift_distribution"
            f" where {condition} and is_as_of_date = ? group by 1",
            is_now,
        )
        figures = {number: figure for number, figure, _ in found}
        assert trace["x"] == labels
        assert trace["y"] == floats(figures.get(number, 0) for number, *_ in rows)
        assert trace["name"] == found[0][2].strftime("%d %b %Y").removeprefix("0")


def test_the_distribution_names_the_bands_bounds(book: Published) -> None:
    bounds = book.ask(
        "select max_drift from marts.dim_drift_status where is_current and max_drift is not null order by 1"
    )
    wanted = " and ".join(share(bound, 2) for (bound,) in bounds)
    assert f"Policy's bands end at {wanted}." in seen("trends", {}).said


def test_the_survival_is_the_mart_and_its_half_lives_are_told(book: Published) -> None:
    page = seen("trends", {})
    known = positions(book)
    traces = page.chart("survival")["data"]
    rows = book.ask(
        "select drift_status, status_days, surviving_share, at_risk_count from marts.status_survival"
        " order by severity, drift_status, status_days"
    )
    statuses = list(dict.fromkeys(row[0] for row in rows))
    assert [trace["name"] for trace in traces] == [f"{MARKS[known[status]]} {status}" for status in statuses]
    for trace, status in zip(traces, statuses, strict=True):
        days, shares, at_risk = columns_of([row[1:4] for row in rows if row[0] == status])
        assert (trace["x"], trace["y"], trace["customdata"]) == (days, floats(shares), at_risk)
        half = [day for day, left in zip(days, shares, strict=True) if left <= 0.5]
        told = (
            f"{status}: half are over after {half[0]} day{'s' if half[0] > 1 else ''}"
            if half
            else f"{status}: more than half last longer than seen"
        )
        assert told in page.said.replace("\\", "")


def test_a_profile_that_nobody_has_a_value_in_is_said_so(book: Published) -> None:
    """Everybody has one in this book, so the sentence is looked for where it must not be."""
    page = seen("trends", {"profile": "Moderate"})
    assert not [text for text in page.warned if "of these profiles has a value" in text]
