"""How files come must not matter, and a correction reaches as far as it can and no further.

Hypothesis draws small books and what is done to them, the same ones each time; ``PROPERTY_EXAMPLES=200`` in the
environment tries that many instead of a few.
"""

import csv
import functools
import itertools
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corner_sets.writing import HEADERS, all_trading_days, write_csv, write_parquet_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import run_dbt

from scripts.runs.output_hash import output_hash
from scripts.simulator import SimulatorOptions, simulate

MAX_PRICE_AGE_DAYS = 5
a_few_examples = settings(
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "3")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Row = list[str]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Book:
    """The rows of a book by table; shown is how it was drawn."""

    drawn: str
    rows: Tables = field(repr=False)

    def before_holes(self) -> list[Row]:
        """The closes after which the security's next one is missing."""
        sessions = sorted({row[1] for row in self.rows["prices"]})
        next_day = dict(itertools.pairwise(sessions))
        there = {(row[0], row[1]) for row in self.rows["prices"]}
        return [row for row in self.rows["prices"] if row[1] in next_day and (row[0], next_day[row[1]]) not in there]

    def in_one_drop(self) -> "Drops":
        """The book as it stands."""
        return Drops(self.drawn, {table: [rows] for table, rows in self.rows.items()})


@dataclass(frozen=True)
class Drops:
    """The rows of a book by table and drop, a later drop after an earlier one; shown is how it was drawn."""

    drawn: str
    rows: Mapping[str, Sequence[Sequence[Row]]] = field(repr=False)


# builds -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Build:
    """The content hash of a build, and the rows of its marts."""

    output_hash: str
    marts: Mapping[str, Sequence[Mapping[str, Any]]]


Builder = Callable[..., Build]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Builds the marts of drops that arrive in one way or another."""
    workshop = tmp_path_factory.mktemp("workshop")
    link = workshop / "landing"

    def build_marts(drops: Drops, arrival: Arrival | None = None) -> Build:
        with tempfile.TemporaryDirectory() as folder:
            write_drops(Path(folder), drops, arrival)
            for earlier in (link, *workshop.glob("dev.duckdb*")):
                earlier.unlink(missing_ok=True)
            link.symlink_to(folder)
            run = run_dbt(
                *("build", "--select", "+path:models/marts", "--exclude-resource-type", "test"),
                *("--exclude-resource-type", "unit_test"),
                folder=workshop,
                variables={"landing": str(link), "max_rejected_share": 1},
            )
        assert run.ok, run.output
        with duckdb.connect(str(run.database), read_only=True) as connection:
            return Build(output_hash(connection), dict(_marts(connection)))

    return build_marts


def _marts(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    tables = connection.execute("select table_name from information_schema.tables where table_schema = 'marts'")
    for (mart,) in tables.fetchall():
        found = connection.execute(f"from marts.{mart}")
        names = [column[0] for column in found.description or ()]
        yield mart, [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_WHERE_IT_LANDED = ("source_file", "source_line")


def differing(before: Build, after: Build, mart: str, *left_out: str) -> list[dict[str, Any]]:
    """The rows that only one of two builds has; where they landed and the columns left out do not count."""

    def rows(build: Build) -> set[tuple[tuple[str, Any], ...]]:
        return {
            tuple(item for item in row.items() if item[0] not in left_out and not item[0].endswith(_WHERE_IT_LANDED))
            for row in build.marts[mart]
        }

    return [dict(row) for row in rows(before) ^ rows(after)]


# books --------------------------------------------------------------------------------------------------------------


@functools.cache
def simulated(options: SimulatorOptions) -> Tables:
    with tempfile.TemporaryDirectory() as folder:
        simulate(options, Path(folder))
        return {table: rows_of(Path(folder) / f"{table}.csv") for table in HEADERS}


def rows_of(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


@st.composite
def books(draw: st.DrawFn) -> Book:
    """A simulated book whose portfolios trade more often, and whose closes have holes."""
    portfolios, days, seed = draw(st.integers(6, 12)), draw(st.integers(20, 30)), draw(st.integers(0, 9999))
    rows = simulated(SimulatorOptions(portfolios=portfolios, days=days, seed=seed))
    sessions = sorted({row[1] for row in rows["prices"]})
    ids = [row[0] for row in rows["portfolios"]]
    trades = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(sessions[5:])), min_size=3, max_size=8))
    holdings = list(rows["holdings"])
    for portfolio_id, day in trades:
        holdings += traded(holdings, portfolio_id, day)
    held = sorted({row[2] for row in holdings})
    hole = st.tuples(
        st.sampled_from(held), st.integers(1, len(sessions) - 1), st.sampled_from([MAX_PRICE_AGE_DAYS + 2, 6, 5, 2, 1])
    )
    holes = draw(st.lists(hole, min_size=2, max_size=6))
    missing = {(security_id, day) for security_id, first, length in holes for day in sessions[first : first + length]}
    prices = [row for row in rows["prices"] if (row[0], row[1]) not in missing]
    drawn = f"{portfolios} portfolios, {days} days, seed {seed}, trades {trades}, holes {holes}"
    return Book(drawn, {**rows, "holdings": holdings, "prices": prices})


def traded(holdings: Sequence[Row], portfolio_id: str, day: str) -> list[Row]:
    """The portfolio's next snapshot: a position sold, the others changed. None where there is one, or none before."""
    earlier = max((row[1] for row in holdings if row[0] == portfolio_id and row[1] <= day), default=day)
    before = [row for row in holdings if row[:2] == [portfolio_id, earlier]]
    return [] if earlier == day else [[portfolio_id, day, row[2], f"{float(row[3]) * 0.75:.2f}"] for row in before[1:]]


# how files come -----------------------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> tuple[Book, Drops]:
    """A book, and how it came about: wrong rows in the first drop, bad ones in the second, corrections in the last."""
    book = draw(books())
    drops: dict[str, list[list[Row]]] = {table: [list(rows)] for table, rows in book.rows.items()}
    closes = draw(st.lists(st.sampled_from(book.rows["prices"]), min_size=2, max_size=9, unique_by=tuple))
    drops["prices"] = [
        [[*row[:2], "1.23"] if row in closes else row for row in book.rows["prices"]],
        [["NOSUCH", "2026-06-01", "5"], [*closes[0][:2], "5"], [*closes[0][:2], "6"], ["", "x", "5"]],
        closes,
    ]
    portfolio_id, day = draw(st.sampled_from([row[:2] for row in book.rows["holdings"]]))
    corrected = [row for row in book.rows["holdings"] if row[:2] == [portfolio_id, day]]
    drops["holdings"] = [
        [row if row not in corrected else [*row[:3], "1"] for row in book.rows["holdings"]],
        [corrected[0], [portfolio_id, day, "NOSUCH", "5"], corrected[0]],
        corrected,
    ]
    return book, Drops(f"corrected {closes} and the snapshot {portfolio_id} {day}", drops)


@dataclass(frozen=True)
class Arrival:
    """How drops come: each in so many files, some of them twice, rows and files in a drawn order, CSV or Parquet."""

    files: int
    sent_again: int  # every so manieth file
    order: int
    parquet: bool


arrivals = st.builds(Arrival, st.integers(2, 3), st.integers(1, 4), st.integers(0, 2**32), st.booleans())


def write_drops(folder: Path, drops: Drops, arrival: Arrival | None) -> None:
    """Write each table as a folder of files whose names have the order of the drops."""
    files = [
        (table, str(number), rows) for table, of_table in drops.rows.items() for number, rows in enumerate(of_table)
    ]
    if arrival is not None:
        files = list(arriving(files, arrival))
    for table, name, rows in files:
        if arrival is not None and arrival.parquet and name.endswith(("a", "c_again")):
            write_parquet_text(folder / table / f"{name}.parquet", HEADERS[table], rows)
        else:
            write_csv(folder / table / f"{name}.csv", HEADERS[table], rows)


File = tuple[str, str, Sequence[Row]]  # table, name, rows


def arriving(files: Sequence[File], arrival: Arrival) -> list[File]:
    """The files split, sent again and shuffled, the rows in them too; names keep their order."""
    chance = random.Random(arrival.order)  # noqa: S311
    split = [
        (table, f"{name}{'abc'[part]}", chance.sample(rows, len(rows)))
        for table, name, whole in files
        for part, rows in enumerate(parts(table, whole, arrival.files, chance))
    ]
    again = [(table, f"{name}_again", rows) for table, name, rows in split[:: arrival.sent_again]]
    return chance.sample([*split, *again], len(split) + len(again))


# tables whose rows belong together, by key or as a set that is replaced as a whole, by their first two columns
BY_TWO = ("risk_profile_assignments", "prices", "holdings", "custodian_balances")


def parts(table: str, rows: Sequence[Row], count: int, chance: random.Random) -> list[list[Row]]:
    """Rows in so many parts: a holdings snapshot wholly in one, in other tables the rows of one key."""
    by_key: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(tuple(row[: 2 if table in BY_TWO else 1]), []).append(row)
    together = chance.sample(list(by_key.values()), len(by_key))
    return [[row for key in together[part::count] for row in key] for part in range(min(count, len(together)))]


@settings(a_few_examples, max_examples=1)
@given(history=histories())
def test_a_rerun_gives_the_same(build: Builder, history: tuple[Book, Drops]) -> None:
    assert build(history[1]).output_hash == build(history[1]).output_hash


@a_few_examples
@given(history=histories(), arrival=arrivals)
def test_how_files_come_does_not_matter(build: Builder, history: tuple[Book, Drops], arrival: Arrival) -> None:
    """Rows and files in any order, sent again, split under names of the same order: the book is what stands at last."""
    book, drops = history
    at_once, little_by_little = build(book.in_one_drop()), build(drops, arrival)
    assert [mart for mart in at_once.marts if differing(at_once, little_by_little, mart)] == []
    assert little_by_little.output_hash == at_once.output_hash


# a correction -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Correction:
    """A close of a book, and the text that a later drop has for it."""

    close: Row
    text: str


@st.composite
def corrections(draw: st.DrawFn) -> tuple[Book, Correction]:
    """A book, and a close that is corrected: doubled, changed a little, or turned into one that can't be used."""
    book = draw(books())
    held = {row[2] for row in book.rows["holdings"]}
    closes = [row for row in book.rows["prices"] if row[0] in held]
    close = draw(st.sampled_from(book.before_holes()) | st.sampled_from(closes))
    text = draw(st.sampled_from([str(Decimal(close[2]) * 2), str(Decimal(close[2]) + Decimal("0.01")), "0"]))
    return book, Correction(close, text)


def reach_of(book: Book, correction: Correction) -> set[tuple[str, date]]:
    """The portfolio-days that the close can reach: until the security's next one, at most some trading days, held."""
    security_id, day, _ = correction.close
    holdings, prices = book.rows["holdings"], book.rows["prices"]
    next_close = min((row[1] for row in prices if row[0] == security_id and row[1] > day), default="9999")
    as_of_date = max(row[1] for row in prices)
    not_too_old = [session for session in map(str, all_trading_days()) if session >= day][: MAX_PRICE_AGE_DAYS + 1]
    reached = set()
    for portfolio_id in {row[0] for row in holdings}:
        snapshots = {row[1] for row in holdings if row[0] == portfolio_id}
        for one in not_too_old:
            in_force = max((snapshot for snapshot in snapshots if snapshot <= one), default="")
            is_held = [portfolio_id, in_force, security_id] in [row[:3] for row in holdings]
            if is_held and one < next_close and one <= as_of_date:
                reached.add((portfolio_id, date.fromisoformat(one)))
    return reached


@a_few_examples
@given(drawn=corrections())
def test_a_correction_reaches_the_holders_until_the_next_close(build: Builder, drawn: tuple[Book, Correction]) -> None:
    """And a correction that is taken back leaves nothing behind."""
    book, correction = drawn
    first = build(book.in_one_drop())
    drops = with_close(book.in_one_drop(), [*correction.close[:2], correction.text])
    expect_only(reach_of(book, correction), correction, first, build(drops))
    taken_back = build(with_close(drops, correction.close))
    assert taken_back.output_hash == first.output_hash


def with_close(drops: Drops, close: Row) -> Drops:
    """One more drop of prices, with one close in it."""
    return replace(drops, rows={**drops.rows, "prices": [*drops.rows["prices"], [close]]})


def expect_only(reached: set[tuple[str, date]], correction: Correction, before: Build, after: Build) -> None:
    """Nothing but the reached portfolio-days differs, and what is summed or carried on from them."""
    days = {day for _, day in reached}
    first_day = {portfolio_id: min(day for one, day in reached if one == portfolio_id) for portfolio_id, _ in reached}
    valued = {portfolio_day(row) for one in (before, after) for row in one.marts["fct_portfolio_daily"]}
    changed = {portfolio_day(row) for row in differing(before, after, "fct_portfolio_daily", "days_in_status")}
    assert changed <= reached
    if correction.text == str(Decimal(correction.close[2]) * 2):
        assert changed == reached & valued
    for mart in ("fct_asset_class_daily", "position_daily"):
        assert {portfolio_day(row) for row in differing(before, after, mart)} <= reached
    for row in differing(before, after, "fct_portfolio_daily"):
        assert portfolio_day(row) in reached or row["as_of_date"] > first_day[row["portfolio_id"]]
    for mart in ("advisor_overview", "drift_trend", "drift_distribution", "profile_class_drift"):
        assert {row["as_of_date"] for row in differing(before, after, mart)} <= days
    for mart in ("drift_monitor", "latest_positions", "status_spells"):
        assert {row["portfolio_id"] for row in differing(before, after, mart, "alert_rank")} <= first_day.keys()
    changes = [column for column in before.marts["book_overview"][0] if "_change_" in column]
    assert {row["as_of_date"] for row in differing(before, after, "book_overview", *changes)} <= days
    for mart in before.marts:
        if mart.startswith("dim_") or mart == "holdings_snapshots":
            assert differing(before, after, mart) == []


def portfolio_day(row: Mapping[str, Any]) -> tuple[str, date]:
    return row["portfolio_id"], row["as_of_date"]
