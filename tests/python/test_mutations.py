"""Every dbt data test can fail: break what it guards, and it must go red.

A small book with planted defects is built once. For each kind of test its database is broken in the way that kind is
there to notice, for all tests of the kind at once, and `dbt test` must name every one of them. Each mutation begins
with the database as it was built. The folder stays the same, for then dbt need not parse anew.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from champions import small_champion
from project import DbtRun, begin_with, run_dbt

from scripts.simulator import SimulatorOptions, simulate

# a hundredth is a jump here, and a month old, so that there are some
VARIABLES = {
    "max_rejected_share": 1,
    "price_jump_share": 0.01,
    "max_snapshot_age_days": 30,
    "accepted_controls": "aum",
}
EVERY_NODE = ("build", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class DataTest:
    """A data test of the manifest: its kind, the relation that it looks at, and its arguments."""

    name: str
    kind: str
    relation: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Book:
    """A built book, and the tests that guard it."""

    run: DbtRun
    as_built: Path
    landing: Path
    tests: list[DataTest]

    def broken(self, *mutations: str) -> Path:
        """Break the database, as it was built, in these ways; returns its folder."""
        folder = self.as_built.parent
        begin_with(self.as_built, folder)
        with duckdb.connect(str(self.run.database)) as connection:
            for mutation in mutations:
                connection.execute(mutation)
        return folder

    def variables(self) -> dict[str, Any]:
        """Those that it was built with."""
        return {**VARIABLES, "landing": str(self.landing)}


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A model in use, so that there are scores to break."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_DRIFT_CHAMPION", str(small_champion(tmp_path_factory.mktemp("champion"))))
        yield


@pytest.fixture(scope="module")
def book(champion: None, tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("book")
    landing = folder / "landing"
    simulate(SimulatorOptions(portfolios=60, days=80, defects=2, max_rejected_share=0.9, max_price_age_days=5), landing)
    with (landing / "portfolios.csv").open("a") as portfolios:
        portfolios.write("EMPTY,Nothing landed yet,C00001,A001,2026-06-01,\n")
    without_the_last_close_of_cash(landing / "prices" / "0001.csv")
    run = run_dbt(*EVERY_NODE, folder=folder, variables={**VARIABLES, "landing": str(landing)})
    assert run.ok, run.output
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    tests = [_data_test(node, manifest) for node in _test_nodes(manifest)]
    as_built = folder / "as_built.duckdb"
    shutil.copy(run.database, as_built)
    return Book(run, as_built, landing, tests)


def without_the_last_close_of_cash(prices: Path) -> None:
    """Take it away, so that on the as-of date a security is valued with an older close."""
    lines = prices.read_bytes().splitlines(keepends=True)
    prices.write_bytes(b"".join(line for line in lines if not line.startswith(b"USD,2026-06-30,")))


def _test_nodes(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]


def _data_test(node: dict[str, Any], manifest: dict[str, Any]) -> DataTest:
    attached = manifest["nodes"].get(node.get("attached_node") or "")
    return DataTest(
        name=node["name"],
        kind=(node.get("test_metadata") or {}).get("name") or node["name"],
        relation=f"{attached['schema']}.{attached['name']}" if attached else "",
        arguments=(node.get("test_metadata") or {}).get("kwargs") or {},
    )


def first_row(relation: str) -> str:
    return f"rowid = (select min(rowid) from {relation})"


def row_twice(test: DataTest) -> str:
    return f"insert into {test.relation} select * from {test.relation} limit 1"


def value_nobody_knows(test: DataTest) -> str:
    if test.relation == "marts.position_daily":  # a view: break what it looks at
        tables = ("intermediate.int_positions_in_force", "intermediate.int_prices_of_the_day")
        return "; ".join(f"update {table} set security_id = security_id || '?'" for table in tables)
    column = test.arguments["column_name"]
    value = {"date": "date '1900-01-01'", "number": "-1"}.get(column.rpartition("_")[2], "'nobody'")
    return f"update {test.relation} set {column} = {value} where {first_row(test.relation)}"


def no_value(test: DataTest) -> str:
    return f"update {test.relation} set {test.arguments['column_name']} = null where {first_row(test.relation)}"


def value_too_high(test: DataTest) -> str:
    column, highest = test.arguments["column_name"], test.arguments["highest"]
    return f"update {test.relation} set {column} = {highest} + 1 where {first_row(test.relation)}"


def version_without_a_day(test: DataTest) -> str:
    return f"update {test.relation} set valid_to = valid_from where {first_row(test.relation)}"


def control_that_does_not_hold(test: DataTest) -> str:
    return f"update {test.relation} set is_reconciled = false where control = '{test.arguments['control']}'"


def everything_rejected(test: DataTest) -> str:
    return f"update {test.relation} set reject_reason = 'malformed_line'"


def something_in_the_list(test: DataTest) -> str:
    if test.relation == "staging.stg_holdings":
        return f"update {test.relation} set reject_reason = 'malformed_line' where {first_row(test.relation)}"
    if test.relation == "ml.model_in_use":
        return f"update {test.relation} set refusal = 'gone'"
    return row_twice(test)


FACT = "marts.fct_portfolio_daily"
CLASS_FACT = "marts.fct_asset_class_daily"
SPELLS = "marts.status_spells"
DISTRIBUTION = "marts.drift_distribution"
POSITIONS = "marts.latest_positions"
SCORES = "marts.portfolio_risk_scores"
MUTATIONS: dict[str, Callable[[DataTest], str]] = {
    # generic tests
    "unique": row_twice,
    "key_is_unique": row_twice,
    "not_null": no_value,
    "relationships": value_nobody_knows,
    "accepted_values": value_nobody_knows,
    "accepted_policy_values": value_nobody_knows,
    "lies_within": value_too_high,
    "versions_do_not_overlap": version_without_a_day,
    "control_holds": control_that_does_not_hold,
    "rejected_share_is_small": everything_rejected,
    "is_empty": something_in_the_list,
    "sums_to_one": lambda test: (
        f"update {test.relation} set target_weight = target_weight + 0.0000000001 where {first_row(test.relation)}"
    ),
    "agrees_with": lambda _: f"update {POSITIONS} set actual_weight = actual_weight + 0.0000000001",
    "bands_leave_no_gap": lambda test: f"update {test.relation} set max_drift = 0.05 where severity = 0",
    # laws
    "class_values_sum_to_the_portfolio": lambda _: (
        f"update {CLASS_FACT} set market_value = market_value + 0.01 where {first_row(CLASS_FACT)}"
    ),
    "weights_sum_to_one": lambda _: (
        f"update {CLASS_FACT} set actual_weight = actual_weight + 0.0000000003 where {first_row(CLASS_FACT)}"
    ),
    "drift_score_is_the_largest_drift": lambda _: (
        f"update {FACT} set drift_score = drift_score + 0.0000000001 where {first_row(FACT)}"
    ),
    "every_portfolio_day_is_valued_or_explained": lambda _: f"delete from {FACT} where {first_row(FACT)}",
    "sums_over_portfolios_agree": lambda _: (
        "update marts.advisor_overview set aum = aum + 0.01 where rowid ="
        " (select min(rowid) from marts.advisor_overview where aum is not null)"
    ),
    "parts_of_the_book_add_up": lambda _: (
        "update marts.book_overview set aum = aum + 0.01 where book_level = 'team' and as_of_date = '2026-06-29'"
    ),
    "profiles_sum_to_their_part_of_the_book": lambda _: (
        "update marts.book_profiles set aum = aum + 0.01 where book_level = 'firm'"
    ),
    "rejection_counts_agree": lambda _: "update audit.rejection_counts set row_count = row_count + 1",
    "alert_ranks_follow_urgency": lambda _: "update marts.drift_monitor set severity = 9 where alert_rank = 3",
    "some_controls_are_never_accepted": lambda _: (
        "update policy.control_limits set may_be_accepted = true where control = 'laws'"
    ),
    "accepted_controls_may_be_accepted": lambda _: (
        "update policy.control_limits set may_be_accepted = false where control = 'aum'"
    ),
    "drift_policy_covers_the_book": lambda _: "update policy.drift_policy set effective_date = date '2030-01-01'",
    "drift_bins_leave_no_gap": lambda _: "update policy.drift_bins set max_drift = 0.01 where bin_number = 1",
    "spells_cover_the_valued_days": lambda _: f"delete from {SPELLS} where {first_row(SPELLS)}",
    "survival_counts_every_spell": lambda _: (
        "update marts.status_survival set surviving_share = surviving_share - 0.0000000002 where status_days = 1"
    ),
    "distribution_counts_every_portfolio": lambda _: (
        f"update {DISTRIBUTION} set aum = aum + 0.01 where {first_row(DISTRIBUTION)}"
    ),
    "drifts_of_a_profile_sum_to_zero": lambda _: (
        "update marts.profile_class_drift set average_signed_drift = average_signed_drift + 0.0000000004"
    ),
    "latest_positions_sum_to_the_portfolio": lambda _: (
        f"update {POSITIONS} set market_value = market_value + 0.01 where {first_row(POSITIONS)}"
    ),
    "contributions_sum_to_the_log_odds": lambda _: (
        f"update {SCORES} set contribution_1 = contribution_1 + 0.0000000001 where log_odds is not null"
    ),
    "every_scored_day_is_scored_or_says_why": lambda _: f"delete from {SCORES} where {first_row(SCORES)}",
    "next_ranks_follow_the_score": lambda _: (
        "update marts.drift_monitor set breach_probability = 0 where next_rank = 1"
    ),
    "risk_score_levels_leave_no_gap": lambda _: (
        "update policy.risk_score_policy set max_probability = 0.05 where severity = 1 and horizon_days = 20"
    ),
}


# laws with several ways to be broken
FURTHER_MUTATIONS = [
    (
        "sums_over_portfolios_agree",
        "delete from marts.advisor_overview where as_of_date = '2026-06-29';"
        " delete from marts.drift_trend where as_of_date = '2026-06-29'",
    ),
    (
        "sums_over_portfolios_agree",
        "update marts.advisor_overview set unvalued_count = unvalued_count + 1 where as_of_date = '2026-06-29'",
    ),
    (
        "sums_over_portfolios_agree",
        "update marts.advisor_overview set watch_count = watch_count + 1 where as_of_date = '2026-06-29'",
    ),
    (
        "sums_over_portfolios_agree",
        "update marts.book_overview set portfolio_count = portfolio_count + 1 where book_level = 'firm'",
    ),
    (
        "sums_over_portfolios_agree",
        "update marts.book_overview set aum = null where book_level = 'firm' and as_of_date = '2026-06-29'",
    ),
    (
        "sums_over_portfolios_agree",
        "update marts.book_overview set unvalued_count = 0 where book_level = 'firm'",
    ),
    ("parts_of_the_book_add_up", "delete from marts.book_overview where book_level = 'advisor' and book_id = 'A001'"),
    ("parts_of_the_book_add_up", "update marts.book_overview set book_id = 'Nowhere' where book_level = 'team'"),
    (
        "parts_of_the_book_add_up",
        "update marts.book_overview set normal_count = normal_count - 1, watch_count = watch_count + 1"
        " where book_level = 'firm' and as_of_date = '2026-06-29'",
    ),
    ("profiles_sum_to_their_part_of_the_book", "delete from marts.book_profiles where book_level = 'team'"),
    (
        "profiles_sum_to_their_part_of_the_book",
        "update marts.book_profiles set unvalued_count = unvalued_count + 1 where book_level = 'advisor'",
    ),
    ("rejection_counts_agree", "delete from audit.rejection_counts where reason = 'superseded'"),
    (
        "rejection_counts_agree",
        "update audit.rejection_counts set reason = 'superseded' where reason = 'unknown_security'",
    ),
    ("every_portfolio_day_is_valued_or_explained", "delete from audit.valuation_exceptions"),
    (
        "weights_sum_to_one",
        f"update {CLASS_FACT} set signed_drift = signed_drift + 0.0000000003 where {first_row(CLASS_FACT)}",
    ),
    ("bands_leave_no_gap_drift_policy_", "update policy.drift_policy set max_drift = 0.02 where severity = 1"),
    ("bands_leave_no_gap_drift_policy_", "update policy.drift_policy set max_drift = null where severity = 1"),
    ("bands_leave_no_gap_drift_policy_", "delete from policy.drift_policy where severity < 2"),
    ("bands_leave_no_gap_drift_policy_", "update policy.drift_policy set drift_status = 'Unvalued' where severity = 0"),
    (
        "some_controls_are_never_accepted",
        "update policy.control_limits set may_be_accepted = true where control = 'row_counts'",
    ),
    (
        "some_controls_are_never_accepted",
        "update policy.control_limits set blocking_limit = null where control = 'position_values'",
    ),
    (
        "some_controls_are_never_accepted",
        "update policy.control_limits set blocking_limit = 0.5 where control = 'rejected_rows'",
    ),
    ("accepted_controls_may_be_accepted", "delete from policy.control_limits where control = 'aum'"),
    ("drift_bins_leave_no_gap", "delete from policy.drift_bins where max_drift is null"),
    ("drift_bins_leave_no_gap", "update policy.drift_bins set max_drift = null where bin_number = 2"),
    ("spells_cover_the_valued_days", f"update {SPELLS} set status_days = status_days + 1 where {first_row(SPELLS)}"),
    ("spells_cover_the_valued_days", f"update {SPELLS} set next_status = drift_status where next_status is not null"),
    ("spells_cover_the_valued_days", f"update {SPELLS} set is_over = not is_over where {first_row(SPELLS)}"),
    (
        "spells_cover_the_valued_days",
        f"update {SPELLS} set is_start_seen = not is_start_seen where {first_row(SPELLS)}",
    ),
    ("spells_cover_the_valued_days", f"update {SPELLS} set last_date = date '2026-06-30' where is_over"),
    (
        "survival_counts_every_spell",
        "update marts.status_survival set at_risk_count = at_risk_count + 1 where status_days = 0",
    ),
    (
        "survival_counts_every_spell",
        "update marts.status_survival set ended_count = ended_count + 1 where status_days = 1",
    ),
    ("distribution_counts_every_portfolio", f"delete from {DISTRIBUTION} where is_as_of_date"),
    (
        "distribution_counts_every_portfolio",
        f"update {DISTRIBUTION} set portfolio_count = portfolio_count + 1 where {first_row(DISTRIBUTION)}",
    ),
    ("distribution_counts_every_portfolio", f"update {DISTRIBUTION} set is_as_of_date = true"),
    (
        "drifts_of_a_profile_sum_to_zero",
        "update marts.profile_class_drift set portfolio_count = portfolio_count + 1 where asset_class = 'Cash'",
    ),
    ("latest_positions_sum_to_the_portfolio", f"delete from {POSITIONS} where {first_row(POSITIONS)}"),
    (
        "latest_positions_sum_to_the_portfolio",
        "update marts.holdings_snapshots set position_count = position_count + 1 where is_current",
    ),
    (
        "contributions_sum_to_the_log_odds",
        f"update {SCORES} set contribution_1 = contribution_1 + 0.1,"
        " contribution_of_the_rest = contribution_of_the_rest - 0.1",
    ),
    (
        "contributions_sum_to_the_log_odds",
        f"update {SCORES} set breach_probability = breach_probability + 0.000000002",
    ),
    ("contributions_sum_to_the_log_odds", f"update {SCORES} set log_odds = null"),
    ("contributions_sum_to_the_log_odds", "delete from ml.risk_scores where portfolio_id = 'P00001'"),
    ("every_scored_day_is_scored_or_says_why", f"update {SCORES} set unscored_reason = 'none'"),
    ("every_scored_day_is_scored_or_says_why", f"update {SCORES} set breach_probability = null"),
    ("every_scored_day_is_scored_or_says_why", f"update {SCORES} set horizon_days = 7 where horizon_days = 5"),
    ("every_scored_day_is_scored_or_says_why", f"update {SCORES} set model_version = null"),
    (
        "every_scored_day_is_scored_or_says_why",
        f"update {SCORES} set ml_risk_level = null where breach_probability is not null",
    ),
    (
        "every_scored_day_is_scored_or_says_why",
        f"update {SCORES} set ml_risk_level = 'In breach' where breach_probability is not null",
    ),
    ("next_ranks_follow_the_score", "update marts.drift_monitor set next_rank = null where next_rank = 1"),
    ("next_ranks_follow_the_score", "update marts.drift_monitor set breach_probability = null where next_rank = 2"),
    ("next_ranks_follow_the_score", "update marts.drift_monitor set severity = 9 where next_rank = 2"),
    ("risk_score_levels_leave_no_gap", "update policy.risk_score_policy set max_probability = null where severity = 1"),
    ("risk_score_levels_leave_no_gap", "update policy.risk_score_policy set max_probability = 1 where severity = 2"),
    ("risk_score_levels_leave_no_gap", "delete from policy.risk_score_policy where severity = 3"),
    ("risk_score_levels_leave_no_gap", "delete from policy.risk_score_policy where severity < 3"),
    (
        "risk_score_levels_leave_no_gap",
        "update policy.risk_score_policy set ml_risk_level = 'In breach' where severity = 0",
    ),
]


def test_the_book_has_every_kind_of_row(book: Book) -> None:
    """A mutation of a table without a row would change nothing."""
    with duckdb.connect(str(book.run.database), read_only=True) as connection:
        for relation in {test.relation for test in book.tests if test.relation}:
            assert connection.execute(f"select count(*) from {relation}").fetchall() != [(0,)], relation


def test_every_test_has_its_mutation(book: Book) -> None:
    assert {test.kind for test in book.tests} == set(MUTATIONS)


@pytest.mark.parametrize(("test", "mutation"), FURTHER_MUTATIONS)
def test_goes_red_in_every_way(test: str, mutation: str, book: Book) -> None:
    assert test in {known.name for known in book.tests}
    folder = book.broken(mutation)
    assert run_dbt("test", "--select", test, folder=folder, variables=book.variables()).failed() == {test}


@pytest.mark.parametrize("kind", MUTATIONS)
def test_goes_red(kind: str, book: Book) -> None:
    tests = [test for test in book.tests if test.kind == kind]
    folder, variables = book.broken(*(MUTATIONS[kind](test) for test in tests)), book.variables()
    if kind == "rejected_share_is_small":  # with the limit that the book was allowed to break
        del variables["max_rejected_share"]
    run = run_dbt("test", "--select", *(test.name for test in tests), folder=folder, variables=variables)
    assert run.failed() | run.warned() == {test.name for test in tests}
