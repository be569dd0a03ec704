"""What a guarded run hands to dbt, by hand: changes since the run before, the history of rejected rows, outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corner_sets import DAYS, Book
from project import DbtRun, run_dbt

# what the run before found that is handed over
HANDED_OVER = {
    "earlier_book_totals": "select as_of_date, portfolio_count, aum from audit.book_totals",
    "earlier_rejected_rows": "select * from audit.rejected_row_history",
}
DATA_TESTS = ("build", "--exclude-resource-type", "unit_test")
NO_TESTS = (*DATA_TESTS, "--exclude-resource-type", "test")
STARTED = {f"run_{number}": datetime(2024, 2, number, 6) for number in range(1, 5)}


def hand_over(folder: Path, run_id: str, before: Path) -> Path:
    """What a guarded run would hand over, after the run of the file ``before``; no rows after a plain build."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(before), read_only=True) as connection:
        for name, query in HANDED_OVER.items():
            rows = f"{query} where (select run_id from audit.this_run) is not null"
            connection.execute(f"copy ({rows}) to '{folder}/{name}.parquet' (format parquet)")
    this_run = f"select '{run_id}' as run_id, timestamp '{STARTED[run_id]}' as started_at"
    duckdb.execute(f"copy ({this_run}) to '{folder}/this_run.parquet' (format parquet)")
    return folder


@dataclass
class Runs:
    """Runs one after the other, each handed what the one before found."""

    folder: Path
    landing: Path
    database: Path

    def build(self, run_id: str, variables: Mapping[str, object] | None = None, tests: bool = False) -> DbtRun:
        folder = self.folder / run_id
        context = hand_over(folder / "context", run_id, self.database)
        given = {
            "landing": str(self.landing),
            "run_context": str(context),
            "max_rejected_share": 1,
            **(variables or {}),
        }
        run = run_dbt(*(DATA_TESTS if tests else NO_TESTS), folder=folder, variables=given)
        self.database = run.database
        return run

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def control(self, name: str) -> tuple[Any, ...]:
        ((*row,),) = self.query(f"select outcome, figure, worst_finding from audit.controls where control = '{name}'")
        return tuple(row)


def book(portfolios: int, equity: str = "600", last_price: str = "100", bad_prices: tuple[str, ...] = ()) -> Book:
    made = Book()
    for number in range(1, portfolios + 1):
        made.portfolio(f"P{number:02}", EQ=equity, BD="700", CASH="5000")
    for text in bad_prices:
        made.add("prices", "EQ", DAYS[-1], text)
    made.unprice("EQ", [DAYS[-2]])
    made.price("EQ", [DAYS[-2]], last_price)
    return made


@pytest.fixture(scope="module")
def plain_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a plain `dbt build`: the first run comes after it, and takes nothing from it."""
    folder = tmp_path_factory.mktemp("plain")
    landing = book(10).write(folder / "landing")
    run = run_dbt(*NO_TESTS, folder=folder, variables={"landing": str(landing)})
    assert run.ok, run.output
    return run.database


@pytest.fixture
def runs(plain_build: Path, tmp_path: Path) -> Runs:
    return Runs(tmp_path, landing=book(10).write(tmp_path / "landing"), database=plain_build)


def test_a_plain_build_knows_no_run(runs: Runs) -> None:
    ((run_id, started_at),) = runs.query("select run_id, started_at from audit.this_run")
    assert run_id is None
    assert started_at.year >= 2026
    assert runs.query("select count(*) from audit.earlier_book_totals") == [(0,)]
    assert runs.query("select outcome from audit.controls where control in ('aum', 'portfolio_count')") == [
        ("not_compared",),
        ("not_compared",),
    ]


def test_what_changed_since_the_run_before(runs: Runs) -> None:
    assert runs.build("run_1").ok
    assert runs.control("portfolio_count") == ("not_compared", None, None)
    assert runs.query("select run_id, started_at from audit.this_run") == [("run_1", STARTED["run_1"])]

    # 10 % more and no more: the band itself still holds; the price of a past day moves the value of that day by 6 %
    book(11, last_price="110").write(runs.landing)
    assert runs.build("run_2").ok
    assert runs.control("portfolio_count") == ("holds", Decimal("0.1"), f"{DAYS[-1]}: 10 portfolios before, 11 now")
    outcome, figure, worst = runs.control("aum")
    assert (outcome, figure) == ("blocks", Decimal("0.166"))
    assert worst == f"{DAYS[-2]}: 1000000.00 USD before, 1166000.00 now"
    changes = "portfolio_count, earlier_portfolio_count, earlier_aum, portfolio_count_change, aum_change"
    assert runs.query(f"select {changes} from audit.book_totals where as_of_date = '{DAYS[-2]}'") == [
        (11, 10, Decimal(1000000), Decimal("0.1"), Decimal("0.166"))
    ]

    # a book that loses three of eleven is blocked, and so it stays unless a person lets it through
    book(8, last_price="110").write(runs.landing)
    assert runs.build("run_3", {"accepted_controls": "portfolio_count"}).ok
    assert runs.control("portfolio_count")[:2] == ("accepted", Decimal("0.2727272727"))
    assert runs.control("aum")[0] == "blocks"


def test_rejected_rows_keep_their_history(runs: Runs) -> None:
    def history() -> dict[str, tuple[Any, ...]]:
        rows = runs.query(
            "select json_extract_string(raw_row, '$.close_price'), row_count,"
            " first_seen_run_id, last_seen_run_id, resolved_by_run_id from audit.rejected_row_history"
        )
        return {text: tuple(values) for text, *values in rows}

    def first_seen(text: str) -> list[tuple[Any, ...]]:
        like = f"raw_row like '%\"{text}\"%'"
        return runs.query(f"select first_seen_at from audit.rejected_rows where {like}")

    book(10, bad_prices=("none", "n/a", "n/a")).write(runs.landing)
    assert runs.build("run_1").ok
    assert history() == {"none": (1, "run_1", "run_1", None), "n/a": (2, "run_1", "run_1", None)}

    book(10, bad_prices=("n/a", "?")).write(runs.landing)
    assert runs.build("run_2").ok
    assert history() == {
        "none": (1, "run_1", "run_1", "run_2"),
        "n/a": (1, "run_1", "run_2", None),
        "?": (1, "run_2", "run_2", None),
    }
    assert runs.query("select resolved_at from audit.rejected_row_history where resolved_at is not null") == [
        (STARTED["run_2"],)
    ]
    assert first_seen("n/a") == [(STARTED["run_1"],)]
    assert first_seen("?") == [(STARTED["run_2"],)]

    book(10, bad_prices=("none",)).write(runs.landing)
    assert runs.build("run_3").ok
    assert history() == {
        "none": (1, "run_1", "run_3", None),
        "n/a": (1, "run_1", "run_2", "run_3"),
        "?": (1, "run_2", "run_2", "run_3"),
    }
    assert first_seen("none") == [(STARTED["run_1"],)]

    book(10).write(runs.landing)
    assert runs.build("run_4").ok
    assert history() == {
        "none": (1, "run_1", "run_3", "run_4"),
        "n/a": (1, "run_1", "run_2", "run_3"),
        "?": (1, "run_2", "run_2", "run_3"),
    }


def test_a_share_of_rejected_rows_may_be_let_through(runs: Runs, plain_build: Path) -> None:
    book(10, bad_prices=tuple("?" * 10)).write(runs.landing)
    limit = {"max_rejected_share": 0.05}
    stopped = runs.build("run_1", limit, tests=True)
    assert not stopped.ok
    assert "more than max_rejected_share allows" in stopped.output
    runs.database = plain_build
    let_through = runs.build("run_2", {**limit, "accepted_controls": "rejected_rows"}, tests=True)
    assert let_through.ok, let_through.output
    assert runs.control("rejected_rows")[0] == "accepted"


def test_a_law_is_let_through_by_nobody(runs: Runs) -> None:
    run = runs.build("run_1", {"accepted_controls": "aum, row_counts"}, tests=True)
    assert run.failed() == {"accepted_controls_may_be_accepted"}
    assert "row_counts" in run.output


def test_a_day_that_is_missing_blocks(runs: Runs) -> None:
    assert runs.build("run_1", {"expect_date": "2024-02-02"}).ok
    assert runs.control("freshness") == ("blocks", 2, "as of 2024-01-31, expected 2024-02-02")
    assert runs.build("run_2").ok
    assert runs.control("freshness") == ("not_compared", None, "as of 2024-01-31, 2 calendar days before the run")


def test_a_file_that_is_not_handed_over_stops_the_build(runs: Runs, tmp_path: Path) -> None:
    context = hand_over(tmp_path / "context", "run_1", runs.database)
    (context / "earlier_book_totals.parquet").unlink()
    given = {"landing": str(runs.landing), "run_context": str(context)}
    run = run_dbt("run", "--select", "earlier_book_totals", folder=tmp_path / "run", variables=given)
    assert run.failed() == {"earlier_book_totals"}
    assert "earlier_book_totals.parquet" in run.output
