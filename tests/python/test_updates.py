"""The law of updates: after any history of loads, what was brought up to date is what a full build would be.

``UPDATE_HISTORIES=200`` in the environment tries that many random histories instead of a few, with ``--dist load`` on
all cores.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
from champions import small_champion
from histories import DAYS, History, policy_in
from project import copy_of_project, run_dbt

from scripts.runs.output_hash import output_hash

HISTORIES = int(os.environ.get("UPDATE_HISTORIES", "3"))
STEPS = 3
# beside the marts: what else has a row for each day and is brought up to date
_AUDIT = ("valuation_exceptions", "position_value_control", "reconciliation", "unvalued_portfolios", "book_totals")
_ML = ("portfolio_features", "portfolio_labels", "risk_scores", "reference_distribution")
_MODELS_ONLY = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
_LENIENT = {"max_rejected_share": "1"}


@pytest.fixture(scope="module", autouse=True)
def champion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A model in use, so that there are scores to bring up to date."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_DRIFT_CHAMPION", str(small_champion(tmp_path_factory.mktemp("champion"))))
        yield


class Workshop:
    """A project with a policy of its own, a landing directory, and two results: brought up to date, and built whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = copy_of_project(folder)
        self.policy = self.project / "seeds" / "policy"
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.earlier = folder / "earlier.duckdb"
        self.updated = folder / "updated.duckdb"
        self.built = folder / "built"
        self.built.mkdir()

    def bring_up_to_date(self, variables: Mapping[str, str]) -> Path:
        """As a guarded run does: on a copy of the last result, which is attached; the first time there is none."""
        if not self.updated.exists():
            self._build(variables, "--full-refresh").rename(self.updated)
            return self.updated
        shutil.copyfile(self.updated, self.earlier)
        self.updated.rename(self.built / "dev.duckdb")
        return self._build(variables).rename(self.updated)

    def build_whole(self, variables: Mapping[str, str]) -> Path:
        """A full build into an empty file, as a guarded run does with ``--full-refresh``."""
        return self._build(variables, "--full-refresh")

    def _build(self, variables: Mapping[str, str], *flags: str) -> Path:
        # the var is there in a full build too, so that dbt, which parses anew where a var changed, does so once
        given = {"landing": str(self.landing), "earlier_run": str(self.earlier), **_LENIENT, **variables}
        run = run_dbt(*_MODELS_ONLY, *flags, folder=self.built, variables=given, project=self.project)
        assert run.ok, run.output
        return run.database


def differences(updated: Path, whole: Path) -> list[str]:
    """The tables in which the two results differ, with how many rows either has alone."""
    with duckdb.connect(str(updated), read_only=True) as connection:
        hash_of_updated = output_hash(connection)
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
            ).fetchall()
        ]
    with duckdb.connect(str(whole), read_only=True) as connection:
        hash_of_whole = output_hash(connection)
    told = [] if hash_of_updated == hash_of_whole else ["output_hash"]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{updated}' as updated (read_only); attach '{whole}' as whole (read_only)")
        for table in [*(f"audit.{name}" for name in _AUDIT), "audit.model_monitoring", *(f"ml.{name}" for name in _ML)]:
            told += _difference(connection, table)
        if told:
            told += [
                line for mart in marts if mart != "position_daily" for line in _difference(connection, f"marts.{mart}")
            ]
    return told


def _difference(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    counts = [
        connection.execute(f"select count(*) from (from {one}.{table} except all from {other}.{table})").fetchall()[0][
            0
        ]
        for one, other in (("updated", "whole"), ("whole", "updated"))
    ]
    return [f"{table}: {counts[0]} rows too many, {counts[1]} too few"] if any(counts) else []


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_an_updated_book_is_the_book_built_whole(seed: int, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    history = History(seed, policy_in(workshop.policy))
    history.write(workshop.landing, workshop.policy)
    workshop.bring_up_to_date(history.variables)
    for _ in range(STEPS):
        history.step()
        history.write(workshop.landing, workshop.policy)
        updated = workshop.bring_up_to_date(history.variables)
    assert differences(updated, workshop.build_whole(history.variables)) == [], history.told


# of a book of 90 trading days, whose features look back over 60: what is changed, and from which day on
def _corrected_long_ago(history: History) -> None:
    (rows,) = [rows for (table, _), rows in history.files.items() if table == "prices" and rows[0][1] == DAYS[5]]
    for row in rows:
        row[-1] = "44.44"


def _corrected_lately(history: History) -> None:
    (rows,) = [rows for (table, _), rows in history.files.items() if table == "prices" and rows[0][1] == DAYS[70]]
    for row in rows:
        row[-1] = "44.44"


def _traded_long_ago(history: History) -> None:
    history.files["holdings", "9999"] = [["P1", DAYS[20], "EQ1", "50"], ["P1", DAYS[20], "BD1", "50"]]


def _another_calendar(history: History) -> None:
    history.policy["trading_calendar"] = [row for row in history.policy["trading_calendar"] if row != [DAYS[10]]]


def _another_horizon(history: History) -> None:
    history.policy["risk_score_policy"] = [row for row in history.policy["risk_score_policy"] if row[0] != "5"]


def _days_land(history: History) -> None:
    for _ in range(3):
        history.land_a_day()


@pytest.mark.parametrize(
    "act", [_corrected_long_ago, _corrected_lately, _traded_long_ago, _another_calendar, _another_horizon, _days_land]
)
def test_scores_reach_as_far_as_their_features_look_back(act: Callable[[History], None], tmp_path: Path) -> None:
    """On all days of a long book: what stands and what is scored anew are together what a full build scores."""
    workshop = Workshop(tmp_path)
    history = History(1, policy_in(workshop.policy), days_at_first=90)
    # prices by chance move by halves: with wide bands some portfolios are within them, and scored
    history.policy["drift_policy"][1:] = [
        ["2000-01-01", "Normal", "0", "0.20", "No action", "Stable"],
        ["2000-01-01", "Watch", "1", "0.50", "Monitor / review", "Elevated"],
        ["2000-01-01", "Rebalance Flag", "2", "", "Recommend rebalance", "High"],
    ]
    variables = {"risk_score_days": "all"}
    history.write(workshop.landing, workshop.policy)
    workshop.bring_up_to_date(variables)
    act(history)
    history.write(workshop.landing, workshop.policy)
    updated = workshop.bring_up_to_date(variables)
    with duckdb.connect(str(updated), read_only=True) as connection:
        ((standing, scores),) = connection.execute(
            "select (select count(*) from intermediate.int_standing_scores), (select count(*) from ml.risk_scores)"
        ).fetchall()
    assert scores > 100
    assert (standing == 0) == (act is _another_horizon)
    assert differences(updated, workshop.build_whole(variables)) == []


@pytest.mark.parametrize(
    ("part", "whole", "broken"),
    [
        (
            "models/intermediate/restatement/int_restated_closes.sql",
            "on compared.restated_from",
            "on false and compared.restated_from",
        ),
        ("models/intermediate/restatement/int_restated_days.sql", "where last_end_number is null", "where false"),
        ("macros/engine/earlier_run.sql", "restated.as_of_date;", "restated.as_of_date and false;"),
        (
            "models/intermediate/scoring/int_standing_scores.sql",
            "where reached_days.portfolio_id is null",
            "where true",
        ),
    ],
    ids=[
        *("closes are not compared", "days in status do not reach on", "nothing is deleted"),
        "scores stand whatever is restated",
    ],
)
def test_the_law_sees_an_update_that_forgets_something(part: str, whole: str, broken: str, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    text = (workshop.project / part).read_text()
    assert whole in text
    (workshop.project / part).write_text(text.replace(whole, broken))
    history = History(0, policy_in(workshop.policy))
    history.write(workshop.landing, workshop.policy)
    workshop.bring_up_to_date({})
    for rows in [history.files[key] for key in history.files if key[0] == "prices"][:4]:
        for row in rows:
            row[-1] = "77.77"
    history.write(workshop.landing, workshop.policy)
    assert differences(workshop.bring_up_to_date({}), workshop.build_whole({})) != []
