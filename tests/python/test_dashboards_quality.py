"""Data quality: every list is its audit table, all of it, in figures that can be held against it."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from dashboard_book import AS_OF, REASON, Published
from dashboard_pages import (
    Page,
    close,
    day,
    downloads_of,
    moment,
    number,
    plain_number,
    plus,
    rendered,
    seen,
    share,
    trading_days,
    usd,
)

PAGE_ROWS = 50
SECTIONS = ("runs", "controls", "rejected", "unvalued", "reconciliation", "stale")
REJECTED = "table_name, reason, source_file, raw_row, first_seen_at from audit.rejected_rows"
REJECTED_ORDER = "order by table_name, reason, source_file, raw_row"


def section(name: str, **query: str) -> Page:
    return seen("quality", {"section": name, **query})


def spaced(name: str) -> str:
    return name.replace("_", " ")


def head(name: str) -> str:
    return "AUM" if name == "aum" else spaced(name).capitalize()


def figure(amount: Any, unit: str) -> str:
    if amount is None:
        return "\N{EN DASH}"
    return share(amount) if unit == "share" else f"{plain_number(amount)} {unit}"


def landed(raw_row: str) -> str:
    return ", ".join(f"{name}: {'' if value is None else value}" for name, value in json.loads(raw_row).items())


def test_the_sections_say_how_much_there_is_in_each(book: Published) -> None:
    (control,) = seen("quality", {}).test.segmented_control
    counts = [
        book.one(query)
        for query in (
            "select count(*) from audit.controls where outcome in ('warns', 'blocks', 'accepted')",
            "select count(*) from audit.rejected_rows",
            "select count(*) from audit.unvalued_portfolios",
            "select count(*) from audit.reconciliation where not is_reconciled",
            "select (select count(*) from audit.stale_prices) + (select count(*) from audit.price_jumps)"
            " + (select count(*) from audit.old_snapshots)",
        )
    ]
    alarms = book.one("select count(*) from audit.model_monitoring where rings")
    assert [option.content for option in control.proto.options] == [
        "Runs",
        f"Controls ({counts[0]} to look at)",
        f"Rows left out ({counts[1]})",
        f"Without a value ({counts[2]})",
        f"Reconciliation ({counts[3]} breaks)",
        f"Prices and holdings ({counts[4]})",
        f"Risk model ({alarms} alarms)",
    ]
    assert min(counts) > 0


@pytest.mark.parametrize("said", ["no such", "", "runs' --"])
def test_a_section_that_nobody_knows_is_the_first(book: Published, said: str) -> None:
    assert "runs" in section(said).tables


def test_a_section_goes_into_the_address_by_what_it_means(book: Published) -> None:
    page = Page("quality", {})
    page.test.segmented_control[0].set_value("controls")
    page.run()
    assert page.address == {"section": "controls"}
    assert "controls" in page.tables


def test_the_runs_are_the_audit_log(book: Published) -> None:
    table = section("runs").tables["runs"]
    rows = book.ask(
        "select run_id, status, message, as_of_date, started_at, rows_landed, rows_rejected, book,"
        " epoch(ended_at) - epoch(started_at) from audit.runs order by started_at desc"
    )
    marks = {"published": "●", "failed": "■"}
    took = table.headings.index("Took")
    assert [[text for place, text in enumerate(row) if place != took] for row in table.rows] == [
        [run, f"{marks[status]} {status}", day(of), moment(at), number(landed_rows), number(rejected), name]
        for run, status, _, of, at, landed_rows, rejected, name, _ in rows
    ]
    assert table.column("What came of it", "note") == [row[2] or "" for row in rows]
    assert [status for _, status, *_ in rows] == ["published", "failed", "published"]
    for text, seconds in zip(table.column("Took"), (row[-1] for row in rows), strict=True):
        parts = text.replace("min", "").replace("s", "").split()
        said = float(parts[0]) if len(parts) == 1 else 60 * int(parts[0]) + int(parts[1])
        assert said == pytest.approx(float(seconds), abs=0.05 if seconds < 10 else 0.51)
    assert [table.rows[place][0] for place in table.marked] == [book.run_id]


def test_the_slowest_steps_are_those_of_this_run(book: Published) -> None:
    table = section("runs").tables["steps"]
    rows = book.ask(
        "select node, kind, status, rows from audit.run_results where run_id = ? order by seconds desc, node limit 10",
        book.run_id,
    )
    assert [row[:4] for row in table.rows] == [
        [node, kind, status, number(count)] for node, kind, status, count in rows
    ]


def test_the_controls_are_their_table_with_what_needs_a_person_first(book: Published) -> None:
    table = section("controls").tables["controls"]
    order = ["blocks", "accepted", "warns", "not_compared", "holds"]
    rows = sorted(
        book.ask(
            "select control, outcome, figure, warning_limit, blocking_limit, unit, finding_count, worst_finding,"
            " (select description from policy.control_limits as policy where policy.control = controls.control)"
            " from audit.controls"
        ),
        key=lambda row: (order.index(row[1]), row[0]),
    )
    marks = {"holds": "●", "warns": "▲", "accepted": "▲", "blocks": "■", "not_compared": "○"}
    assert table.rows == [
        [
            head(control),
            f"{marks[outcome]} {spaced(outcome)}",
            *(figure(amount, unit) for amount in (found, warns, blocks)),
            number(findings),
            worst or "",
        ]
        for control, outcome, found, warns, blocks, unit, findings, worst, _ in rows
    ]
    assert table.column("Control", "note") == [row[-1] for row in rows]
    assert {row[1] for row in rows} >= {"accepted", "warns", "holds"}


def test_what_a_person_let_through_is_told_on_every_page_as_it_was_written(book: Published) -> None:
    rows = book.ask(
        "select accepted_by, finding from audit.accepted_controls where run_id = ? order by control", book.run_id
    )
    assert len(rows) == 2
    wanted = [f"Let through by {by}: {finding}. Reason given: {REASON}" for by, finding in rows]
    for page in (
        section("runs"),
        *(seen(name, {}) for name in ("monitor", "portfolio", "advisors", "trends", "policy")),
    ):
        told = [text for text in page.warned if text.startswith("Let through by")]
        assert [rendered(text) for text in told] == wanted
        assert all("$" not in text.replace("\\$", "") for text in told)


def test_rejected_rows_are_counted_by_table_and_reason(book: Published) -> None:
    table = section("rejected").tables["reasons"]
    rows = book.ask(
        "select table_name, reason, count(*) as rows, min(first_seen_at) from audit.rejected_rows"
        " group by all order by rows desc, table_name, reason"
    )
    assert table.rows == [[spaced(name), spaced(reason), number(count), moment(at)] for name, reason, count, at in rows]
    assert len({row[1] for row in rows}) >= 10
    for (name, reason, *_), row in zip(rows, table.data["rows"], strict=True):
        address = urlsplit(row["href"])
        assert address.path == "./"  # this page is the one that opens first here
        assert parse_qs(address.query) == {"section": ["rejected"], "table": [name], "reason": [reason]}


def rejected(book: Published, condition: str, *parameters: str) -> list[list[str]]:
    return [
        [spaced(table), spaced(reason), file, landed(raw), moment(at)]
        for table, reason, file, raw, at in book.ask(
            f"select {REJECTED} where {condition} {REJECTED_ORDER}", *parameters
        )
    ]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({}, "true"),
        ({"table": "prices"}, "table_name = 'prices'"),
        ({"reason": "duplicate_key"}, "reason = 'duplicate_key'"),
        ({"table": "prices", "reason": "duplicate_key"}, "table_name = 'prices' and reason = 'duplicate_key'"),
        ({"table": "holdings", "reason": "superseded"}, "table_name = 'holdings' and reason = 'superseded'"),
        ({"table": "no such"}, "true"),
        ({"reason": "no such"}, "true"),
        ({"table": "clients", "reason": "superseded"}, "table_name = 'clients'"),  # a reason of other tables
    ],
    ids=str,
)
def test_rejected_rows_are_listed_as_they_landed(book: Published, query: dict[str, str], condition: str) -> None:
    page = section("rejected", **query)
    rows = rejected(book, condition)
    assert page.tables["rejected_rows"].rows == rows[:PAGE_ROWS]
    assert f"{len(rows)} row{'' if len(rows) == 1 else 's'}" in page.said.split("\n")


def test_every_reason_opens_its_rows_and_they_are_all_there(book: Published) -> None:
    page = Page("quality", {"section": "rejected"})
    reasons = page.tables["reasons"]
    for opens, count in list(zip(reasons.ids, reasons.column("Rows"), strict=True))[:4]:
        page.click_in_table("reasons", "opened", str(opens))
        table, reason = str(opens).split(" ")
        assert page.address == {"section": "rejected", "table": table, "reason": reason}
        rows = rejected(book, "table_name = ? and reason = ?", table, reason)
        assert len(rows) == int(count)
        assert page.tables["rejected_rows"].rows == rows[:PAGE_ROWS]


def test_the_second_page_of_rejected_rows(book: Published) -> None:
    page = section("rejected", rejected_rows_page="2")
    assert page.tables["rejected_rows"].rows == rejected(book, "true")[PAGE_ROWS : 2 * PAGE_ROWS]


def test_portfolios_without_a_value_with_the_reason_and_what_to_do(book: Published) -> None:
    table = section("unvalued").tables["unvalued"]
    rows = book.ask(
        "select portfolio_id, (select advisor_name from marts.dim_advisor as advisor"
        " where advisor.advisor_id = unvalued.advisor_id), reason, last_valued_date"
        " from audit.unvalued_portfolios as unvalued order by last_valued_date nulls first, portfolio_id"
    )
    said = book.one("select description from audit.glossary where column_name = 'unvalued_reason' order by all limit 1")
    meanings = {
        cells[0]: cells[1:]
        for line in said.splitlines()
        if line.startswith("| ")
        for cells in [[cell.strip() for cell in line.strip("| ").split("|")]]
    }
    assert table.rows == [
        [portfolio, advisor, spaced(reason), meanings[reason][1], day(last) if last else "never"]
        for portfolio, advisor, reason, last in rows
    ]
    assert table.column("Reason", "note") == [meanings[row[2]][0] for row in rows]
    assert table.ids == [row[0] for row in rows]


def test_days_without_a_value_are_all_listed(book: Published) -> None:
    rows = [
        [portfolio, day(when), spaced(reason), securities or ""]
        for portfolio, when, reason, securities in book.ask(
            "select portfolio_id, as_of_date, reason, security_ids from audit.valuation_exceptions"
            " order by as_of_date desc, portfolio_id"
        )
    ]
    assert len(rows) > PAGE_ROWS
    first = section("unvalued")
    assert first.tables["valuation_exceptions"].rows == rows[:PAGE_ROWS]
    assert f"{len(rows)} rows" in first.said
    second = section("unvalued", valuation_exceptions_page="2")
    assert second.tables["valuation_exceptions"].rows == rows[PAGE_ROWS : 2 * PAGE_ROWS]


@pytest.mark.parametrize("name", ["unvalued", "valuation_exceptions"])
def test_a_portfolio_without_a_value_opens(book: Published, name: str) -> None:
    page = Page("quality", {"section": "unvalued"})
    assert "UNPRICED" in page.tables[name].ids
    page.click_in_table(name, "opened", "UNPRICED")
    assert page.address == {"portfolio": "UNPRICED"}
    assert "UNPRICED" in page.title


def test_the_reconciliation_is_its_table(book: Published) -> None:
    page = section("reconciliation")
    totals = book.ask(
        "select control, count(*), sum(case when is_reconciled then 0 else 1 end) from audit.reconciliation"
        " group by control order by control"
    )
    assert page.tables["reconciled"].rows == [[head(name), number(of), number(int(bad))] for name, of, bad in totals]
    rows = book.ask(
        "select control, scope, expected, actual, difference from audit.reconciliation where not is_reconciled"
        " order by abs(difference) desc nulls first, control, scope"
    )
    assert page.tables["reconciliation_breaks"].rows == [
        [
            head(name),
            scope,
            usd(expected, 2),
            usd(actual, 2) if actual is not None else "no value",
            usd(difference, 2),
        ]
        for name, scope, expected, actual, difference in rows
    ]
    assert [row for row in rows if row[3] is None]
    assert [row for row in rows if row[4] is not None and row[4] < 0]


LISTS: list[tuple[str, str, Callable[..., list[str]]]] = [
    (
        "stale_prices",
        "select security_id, price_date, stale_days, portfolio_count, market_value from audit.stale_prices"
        " order by stale_days desc, security_id",
        lambda security, when, old, count, value: [security, day(when), trading_days(old), number(count), usd(value)],
    ),
    (
        "price_jumps",
        "select security_id, price_date, previous_close_price, close_price, price_change, portfolio_count"
        " from audit.price_jumps order by price_date desc, security_id",
        lambda security, when, before, now, change, count: [
            *(security, day(when), close(before), close(now), plus(share(change)), number(count))
        ],
    ),
    (
        "old_snapshots",
        "select portfolio_id, snapshot_date, age_days from audit.old_snapshots order by age_days desc, portfolio_id",
        lambda portfolio, when, old: [portfolio, day(when), f"{old} calendar days"],
    ),
]


@pytest.mark.parametrize(("name", "query", "say"), LISTS, ids=[name for name, *_ in LISTS])
def test_old_prices_jumps_and_old_holdings_are_their_tables(
    book: Published, name: str, query: str, say: Callable[..., list[str]]
) -> None:
    rows = [say(*row) for row in book.ask(query)]
    assert rows
    assert section("stale").tables[name].rows == rows


DOWNLOADS = {
    **{
        "rejected": ["rejected_rows"],
        "unvalued": ["valuation_exceptions"],
        "reconciliation": ["reconciliation_breaks"],
    },
    "stale": ["stale_prices", "price_jumps", "old_snapshots"],
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_downloads_have_every_row_of_the_list(book: Published, name: str) -> None:
    files = downloads_of("quality", {"section": name})
    assert sorted(files) == sorted(f"{table}_{kind}" for table in DOWNLOADS[name] for kind in ("csv", "xlsx"))
    for table in DOWNLOADS[name]:
        source = {"reconciliation_breaks": "audit.reconciliation where not is_reconciled"}.get(table, f"audit.{table}")
        file = files[f"{table}_csv"]
        assert file.file_name == f"{table}_{AS_OF}.csv"
        header, *lines = csv.reader(StringIO(file.content.decode()))
        wanted = book.ask(f"select {', '.join(header)} from {source}")
        columns = [name for name, *_ in book.ask(f"describe {source.split(' where ')[0]}")]
        assert header == columns
        assert len(lines) == len(wanted)
        keys = [place for place, value in enumerate(wanted[0]) if isinstance(value, str)]
        assert sorted([line[place] for place in keys] for line in lines) == sorted(
            [row[place] or "" for place in keys] for row in wanted
        )


def test_a_filtered_download_has_the_filtered_rows(book: Published) -> None:
    query = {"section": "rejected", "table": "prices", "reason": "unknown_security"}
    file = downloads_of("quality", query)["rejected_rows_csv"]
    _, *lines = csv.reader(StringIO(file.content.decode()))
    assert (
        len(lines) == book.one("select count(*) from audit.rejected_rows where reason = 'unknown_security'") > PAGE_ROWS
    )
    assert {line[0] for line in lines} == {"prices"}
