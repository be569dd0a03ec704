"""Planted defects: each is where the list says, and the contract's oracle makes of it what the list says."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from oracle import COLUMNS, Outcome, compute

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator import SimulatorError, SimulatorOptions, simulate
from scripts.simulator.options import POLICY_FOLDER

FACT = "marts.fct_portfolio_daily"
CLEAN = SimulatorOptions(portfolios=80, days=150)
# Nine tenths may be bad: every kind fits into even the smallest table.
PLANTED = replace(CLEAN, defects=2, max_rejected_share=0.9, max_price_age_days=5)
TIGHT = replace(CLEAN, defects=3, max_rejected_share=0.05, max_price_age_days=5)


def planted_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "planted_defects.json").read_text(encoding="utf-8"))
    return report


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    out = tmp_path_factory.mktemp("clean")
    simulate(CLEAN, out)
    return compute(out, POLICY_FOLDER)


@pytest.fixture(scope="module", params=["csv", "parquet"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param)
    simulate(replace(PLANTED, file_format=request.param), out)
    return out


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return compute(folder, POLICY_FOLDER)


def test_a_clean_book_is_clean_to_the_oracle(clean: Outcome) -> None:
    assert clean.rejected_rows == []
    assert clean.tables["audit.valuation_exceptions"] == {}
    assert clean.tables["audit.unvalued_portfolios"] == {}
    assert all(row[-1] for row in clean.tables["audit.reconciliation"].values())
    assert clean.as_of_date == date(2026, 6, 30)


def test_every_planted_row_is_rejected_with_its_reason_and_no_other_row(folder: Path, outcome: Outcome) -> None:
    expected = Counter(
        (
            row["table"],
            row["reason"],
            row["source_file"],
            json.dumps(row["fields"] or {"line": row["raw_line"]}, sort_keys=True),
        )
        for row in planted_in(folder)["planted"]
    )
    rejected = Counter(
        (row.table, row.reason, row.source_file, json.dumps(row.raw, sort_keys=True)) for row in outcome.rejected_rows
    )
    assert expected == rejected


def test_every_reason_of_the_contract_is_planted_in_every_table_that_has_it(tmp_path: Path) -> None:
    simulate(PLANTED, tmp_path)
    counts = Counter((row["table"], row["reason"]) for row in planted_in(tmp_path)["planted"])
    expected = {
        (table, reason)
        for table, columns in LANDING_TABLES.items()
        for reason in ["duplicate_key", "repeated_row", *(f"missing_{column}" for column in columns.required_columns)]
    }
    expected |= {(table, "malformed_line") for table in ("clients", "prices", "custodian_balances")}
    expected |= {(table, "superseded") for table in ("prices", "holdings")}
    expected |= {
        ("portfolios", "invalid_inception_date"),
        ("portfolios", "invalid_closed_date"),
        ("portfolios", "unknown_client"),
        ("portfolios", "unknown_advisor"),
        ("risk_profile_assignments", "invalid_effective_date"),
        ("risk_profile_assignments", "unknown_portfolio"),
        ("risk_profile_assignments", "unknown_risk_profile"),
        ("securities", "unknown_asset_class"),
        ("prices", "invalid_price_date"),
        ("prices", "invalid_close_price"),
        ("prices", "unknown_security"),
        ("prices", "not_a_trading_day"),
        ("prices", "non_positive_price"),
        ("prices", "after_as_of_date"),
        ("holdings", "invalid_snapshot_date"),
        ("holdings", "invalid_quantity"),
        ("holdings", "unknown_portfolio"),
        ("holdings", "unknown_security"),
        ("holdings", "negative_quantity"),
        ("holdings", "incomplete_snapshot"),
        ("custodian_balances", "invalid_balance_date"),
        ("custodian_balances", "invalid_market_value"),
        ("custodian_balances", "unknown_portfolio"),
    }
    assert set(counts) == expected
    assert min(counts.values()) >= 2
    assert planted_in(tmp_path)["not_planted"] == []


def test_lines_are_physical_lines(tmp_path: Path) -> None:
    simulate(PLANTED, tmp_path)
    for row in planted_in(tmp_path)["planted"]:
        lines = (tmp_path / row["source_file"]).read_bytes().split(b"\n")
        assert lines[row["line_number"] - 1].decode("utf-8", errors="replace") == row["raw_line"]


def test_missing_closes_leave_exactly_the_listed_positions_stale_and_unpriced(folder: Path, outcome: Outcome) -> None:
    gaps = planted_in(folder)["missing_closes"]
    assert Counter(gap["kind"] for gap in gaps) == {"stale_price": 2, "unpriced_position": 2}
    expected = {
        (row["portfolio_id"], date.fromisoformat(row["as_of_date"])): (row["reason"], row["security_ids"])
        for gap in gaps
        for row in gap["valuation_exceptions"]
    }
    assert expected
    assert outcome.tables["audit.valuation_exceptions"] == expected
    stale = {
        (portfolio, date.fromisoformat(row["as_of_date"]))
        for gap in gaps
        for row in gap["stale"]
        for portfolio in row["portfolio_ids"]
    }
    at = list_of_columns(FACT).index("stale_position_count")
    assert {key for key, values in outcome.tables[FACT].items() if values[at]} == stale


def test_custodian_breaks_are_the_listed_ones(folder: Path, outcome: Outcome) -> None:
    breaks = {
        f"{row['portfolio_id']} {row['balance_date']}": (
            Decimal(row["market_value"]),
            Decimal(row["computed"]),
            Decimal(row["difference"]),
        )
        for row in planted_in(folder)["custodian_breaks"]
    }
    controls = outcome.tables["audit.reconciliation"]
    assert len(breaks) == 2
    assert {key[1]: values[:3] for key, values in controls.items() if not values[-1]} == breaks


def test_the_facts_are_those_of_the_clean_book_where_no_close_is_missing(
    folder: Path, outcome: Outcome, clean: Outcome
) -> None:
    columns = list_of_columns(FACT)
    touched = {date.fromisoformat(day) for gap in planted_in(folder)["missing_closes"] for day in gap["missing_days"]}
    compared = [
        at for at, name in enumerate(columns) if name != "days_in_status"
    ]  # counts valued days: gaps shorten it

    def facts(of: Outcome) -> dict[object, list[object]]:
        return {
            key: [values[at] for at in compared] for key, values in of.tables[FACT].items() if key[1] not in touched
        }

    assert outcome.as_of_date == clean.as_of_date
    assert facts(outcome) == facts(clean)


def list_of_columns(table: str) -> tuple[str, ...]:
    return COLUMNS[table][1]


def test_bad_rows_stay_within_the_share_that_the_build_takes(tmp_path: Path) -> None:
    simulate(TIGHT, tmp_path)
    for table, counts in compute(tmp_path, POLICY_FOLDER).counts.items():
        assert counts.rejected <= 0.05 * (counts.landed - counts.superseded), table
    left_out = planted_in(tmp_path)["not_planted"]
    assert {"advisors", "securities"} <= {row["table"] for row in left_out}
    assert all(row["why"] and row["count"] > 0 for row in left_out)


def test_parquet_says_which_kinds_it_can_not_hold(tmp_path: Path) -> None:
    simulate(replace(PLANTED, file_format="parquet"), tmp_path)
    left_out = {row["reason"] for row in planted_in(tmp_path)["not_planted"]}
    assert left_out == {
        "malformed_line",
        "invalid_inception_date",
        "invalid_closed_date",
        "invalid_effective_date",
        "invalid_price_date",
        "invalid_close_price",
        "invalid_snapshot_date",
        "invalid_quantity",
        "invalid_balance_date",
        "invalid_market_value",
    }


def test_planting_is_repeatable(tmp_path: Path) -> None:
    simulate(TIGHT, tmp_path / "once")
    simulate(TIGHT, tmp_path / "again")
    for path in (tmp_path / "once").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(tmp_path / "once")).read_bytes(), path


def test_a_clean_book_replaces_a_spoilt_one_and_its_folders(tmp_path: Path) -> None:
    simulate(TIGHT, tmp_path)
    simulate(CLEAN, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*(f"{name}.csv" for name in LANDING_TABLES), "simulation.json"]
    )


@pytest.mark.parametrize(("portfolios", "days"), [(1, 1), (2, 30), (5, 3)])
def test_a_book_too_small_says_what_it_has_no_room_for(portfolios: int, days: int, tmp_path: Path) -> None:
    simulate(replace(PLANTED, portfolios=portfolios, days=days), tmp_path)
    assert planted_in(tmp_path)["not_planted"]
    rejected = compute(tmp_path, POLICY_FOLDER).rejected_rows
    expected = planted_in(tmp_path)["planted"]
    assert Counter((row.table, row.reason) for row in rejected) == Counter(
        (row["table"], row["reason"]) for row in expected
    )


def test_a_book_too_large_to_hold_in_memory_is_not_planted_in() -> None:
    with pytest.raises(SimulatorError, match="held in memory"):
        replace(PLANTED, portfolios=100_001)


def test_limits_are_needed_to_plant() -> None:
    with pytest.raises(SimulatorError, match="max_rejected_share"):
        SimulatorOptions(defects=1)
