"""Features and labels of the risk score: nothing of a later day is in a feature, and plain Python finds the same.

The twin is written from the definition in words, day by day and without SQL; it takes the facts of the marts, which the
oracle holds against the landed files.
"""

import csv
import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from project import PROJECT, run_dbt

POLICY = PROJECT / "seeds" / "policy"
_FEATURES = (
    *("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
    *("--select", "+portfolio_features", "+portfolio_labels"),
)


def built(folder: Path, landing: Path | None, as_of_date: str = "") -> Path:
    """The database with features and labels of all month ends up to the as-of date."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = {"as_of_date": as_of_date} if landing is None else {"as_of_date": as_of_date, "landing": str(landing)}
    run = run_dbt(*_FEATURES, folder=folder, variables=variables)
    assert run.ok, run.output
    return run.database


@pytest.fixture(scope="module")
def seeds_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed seeds, whole."""
    return built(tmp_path_factory.mktemp("whole"), None)


# nothing of a later day -----------------------------------------------------------------------------------------------


def differing_features(whole: Path, cut: Path) -> tuple[int, int, int]:
    """Rows up to the day of the cut: those of the book built whole, and how many of either the other does not have."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{whole}' as whole (read_only); attach '{cut}' as cut (read_only)")
        connection.execute(
            "create temp table of_whole as from whole.ml.portfolio_features"
            " where as_of_date in (select as_of_date from cut.intermediate.int_score_dates)"
        )
        ((rows, too_many, too_few),) = connection.execute(
            "select (select count(*) from of_whole),"
            " (select count(*) from (from cut.ml.portfolio_features except all from of_whole)),"
            " (select count(*) from (from of_whole except all from cut.ml.portfolio_features))"
        ).fetchall()
    return rows, too_many, too_few


def month_end_in_the_middle(database: Path) -> str:
    with duckdb.connect(str(database), read_only=True) as connection:
        days = connection.execute("select distinct as_of_date from ml.portfolio_features order by 1").fetchall()
    return str(days[len(days) // 2][0])


def test_a_book_cut_at_a_day_has_the_same_features_of_that_day(seeds_book: Path, tmp_path: Path) -> None:
    """To the last bit, and of each month end before it."""
    rows, too_many, too_few = differing_features(seeds_book, built(tmp_path, None, month_end_in_the_middle(seeds_book)))
    assert rows > 1000
    assert (too_many, too_few) == (0, 0)


def test_the_real_market_cut_at_a_day_has_the_same_features(real_market: Path, tmp_path: Path) -> None:
    whole = built(tmp_path / "whole", real_market)
    rows, too_many, too_few = differing_features(
        whole, built(tmp_path / "cut", real_market, month_end_in_the_middle(whole))
    )
    assert rows > 0
    assert (too_many, too_few) == (0, 0)


def test_a_feature_of_the_morrow_would_be_seen(seeds_book: Path, tmp_path: Path) -> None:
    """The comparison itself: one bit of one row is a difference."""
    cut = tmp_path / "cut.duckdb"
    with duckdb.connect(str(cut)) as connection:
        connection.execute(f"attach '{seeds_book}' as whole (read_only); create schema ml; create schema intermediate")
        connection.execute("create table ml.portfolio_features as from whole.ml.portfolio_features")
        connection.execute("create table intermediate.int_score_dates as from whole.intermediate.int_score_dates")
        connection.execute(
            "update ml.portfolio_features set drift_score = nextafter(drift_score, 1) where rowid ="
            " (select min(rowid) from ml.portfolio_features)"
        )
    assert differing_features(seeds_book, cut)[1:] == (1, 1)


# the twin -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """What a portfolio was on a day; weight, value and signed drift by class."""

    snapshot_date: date
    portfolio_key: str
    drift_score: Decimal
    classes: dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Facts:
    """The valued days of each portfolio by number of the trading day, and the rebalance band of each day."""

    numbers: dict[date, int]
    days: dict[str, dict[int, Day]]
    bands: dict[int, Decimal]


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with (POLICY / f"{name}.csv").open(newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def facts(seeds_book: Path) -> Facts:
    with duckdb.connect(str(seeds_book), read_only=True) as connection:
        portfolio_days = connection.execute(
            "select portfolio_id, as_of_date, snapshot_date, portfolio_key, drift_score from marts.fct_portfolio_daily"
        ).fetchall()
        class_days = connection.execute(
            "select portfolio_id, as_of_date, asset_class, actual_weight, signed_drift from marts.fct_asset_class_daily"
        ).fetchall()
    last = max(row[1] for row in portfolio_days)
    calendar = sorted(date.fromisoformat(row["trading_date"]) for row in rows_of("trading_calendar"))
    numbers = {day: number for number, day in enumerate(calendar) if day <= last}
    days: dict[str, dict[int, Day]] = {}
    for portfolio, day, snapshot, key, drift in portfolio_days:
        days.setdefault(portfolio, {})[numbers[day]] = Day(snapshot, key, drift, {})
    for portfolio, day, asset_class, weight, drift in class_days:
        days[portfolio][numbers[day]].classes[asset_class] = (weight, drift)
    limits: dict[date, list[Decimal]] = {}
    for row in rows_of("drift_policy"):
        limits.setdefault(date.fromisoformat(row["effective_date"]), [])
        if row["max_drift"]:
            limits[date.fromisoformat(row["effective_date"])].append(Decimal(row["max_drift"]))
    sets = sorted(limits)
    bands = {
        number: max(limits[sets[bisect_right(sets, day) - 1]]) for day, number in numbers.items() if day >= sets[0]
    }
    return Facts(numbers, days, bands)


def label_of(facts: Facts, portfolio: str, number: int, horizon: int) -> tuple[bool | None, int | None]:
    """Whether it breaches within the horizon, and after how many days: nothing is known from a trade or a gap on."""
    days = facts.days[portfolio]
    today = days[number]
    if today.drift_score > facts.bands[number] or number + horizon > max(facts.bands):
        return None, None
    for ahead in range(1, horizon + 1):
        later = days.get(number + ahead)
        if later is None:
            return None, None
        if (later.snapshot_date, later.portfolio_key) != (today.snapshot_date, today.portfolio_key):
            return None, None
        if later.drift_score > facts.bands[number + ahead]:
            return True, ahead
    return False, None


def test_labels_are_what_the_definition_says(seeds_book: Path, facts: Facts) -> None:
    horizons = {int(row["horizon_days"]) for row in rows_of("risk_score_policy")}
    with duckdb.connect(str(seeds_book), read_only=True) as connection:
        labels = {
            row[:3]: row[3:]
            for row in connection.execute(
                "select portfolio_id, as_of_date, horizon_days, breaches, days_to_breach from ml.portfolio_labels"
            ).fetchall()
        }
        dates = [day for (day,) in connection.execute("select as_of_date from intermediate.int_score_dates").fetchall()]
    expected = {
        (portfolio, day, horizon): label_of(facts, portfolio, facts.numbers[day], horizon)
        for portfolio, days in facts.days.items()
        for day in dates
        if facts.numbers[day] in days
        for horizon in horizons
    }
    assert {label for label, _ in expected.values()} == {True, False, None}
    assert labels == expected


def moves_of(days: dict[int, Day], number: int, asset_class: str, window: int) -> list[float]:
    """The market's moves of the weight of a class within so many days, rounded to a hundred-millionth."""
    moves = []
    for later in range(number - window + 1, number + 1):
        before, after = days.get(later - 1), days.get(later)
        if before is None or after is None or asset_class not in before.classes or asset_class not in after.classes:
            continue
        if (before.snapshot_date, before.portfolio_key) == (after.snapshot_date, after.portfolio_key):
            move = after.classes[asset_class][0] - before.classes[asset_class][0]
            moves.append(float(move.quantize(Decimal("1e-8"), ROUND_HALF_UP)))
    return moves


def volatility_of(moves: list[float]) -> float | None:
    return math.sqrt(math.fsum(move * move for move in moves) / len(moves)) if moves else None


def test_volatility_and_the_nearest_class_are_what_the_definition_says(seeds_book: Path, facts: Facts) -> None:
    order = {row["asset_class"]: int(row["display_order"]) for row in rows_of("asset_classes")}
    with duckdb.connect(str(seeds_book), read_only=True) as connection:
        sample = connection.execute(
            "select portfolio_id, as_of_date, nearest_class, nearest_headroom, nearest_drift_volatility_5d,"
            " nearest_drift_volatility_20d, nearest_drift_volatility_60d, second_class, is_in_breach"
            " from ml.portfolio_features order by hash(portfolio_id, as_of_date) limit 2000"
        ).fetchall()
    assert len(sample) == 2000
    for portfolio, day, nearest, headroom, of_5, of_20, of_60, second, is_in_breach in sample:
        number = facts.numbers[day]
        days, band = facts.days[portfolio], facts.bands[number]
        places = []
        for asset_class, (_, drift) in days[number].classes.items():
            volatility = volatility_of(moves_of(days, number, asset_class, 60))
            left = float(band - abs(drift))
            deviations = left / volatility if volatility else math.inf
            # what differs by rounding alone is a tie
            places.append((float(f"{deviations:.9g}"), left, order[asset_class], asset_class))
        ranked = [place[-1] for place in sorted(places)]
        assert (nearest, second) == (ranked[0], ranked[1] if len(ranked) > 1 else None), (portfolio, day)
        assert headroom == pytest.approx(float(band - abs(days[number].classes[nearest][1])), abs=1e-12)
        assert is_in_breach == (days[number].drift_score > band)
        for window, found in ((5, of_5), (20, of_20), (60, of_60)):
            wanted = volatility_of(moves_of(days, number, nearest, window))
            assert (found is None) == (wanted is None), (portfolio, day, window)
            assert found is None or found == pytest.approx(wanted, rel=1e-9), (portfolio, day, window)
