"""The same input gives the same bytes in every mart, whatever the threads; what was planted is found, one for one."""

import json
from collections import Counter
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from project import PROJECT, DbtRun, run_dbt

from scripts.simulator import SimulatorOptions, simulate

EVERY_NODE = ("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def exported(run: DbtRun, folder: Path) -> dict[str, bytes]:
    """Every mart as CSV in the order of all its columns: equal rows, equal bytes."""
    folder.mkdir()
    with duckdb.connect(str(run.database), read_only=True) as connection:
        marts = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
        ).fetchall()
        for (mart,) in marts:
            connection.execute(f"copy (from marts.{mart} order by all) to '{folder / mart}.csv'")
    return {mart: (folder / f"{mart}.csv").read_bytes() for (mart,) in marts}


def test_same_input_same_bytes_with_one_thread_and_with_two(tmp_path: Path) -> None:
    runs = [run_dbt(*EVERY_NODE, folder=tmp_path / name, threads=threads) for name, threads in (("1", 1), ("2", 2))]
    runs.append(run_dbt(*EVERY_NODE, folder=tmp_path / "2", threads=2))
    first, *others = [exported(run, tmp_path / f"export{n}") for n, run in enumerate(runs)]
    assert first.keys() == {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    for other in others:
        assert other == first


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_planted_defects_are_found_one_for_one(file_format: Literal["csv", "parquet"], tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    options = SimulatorOptions(
        portfolios=80, days=150, defects=3, file_format=file_format, max_rejected_share=0.9, max_price_age_days=5
    )
    simulate(options, landing)
    run = run_dbt(*EVERY_NODE, folder=tmp_path, variables={"landing": str(landing), "max_rejected_share": 1})
    assert run.ok, run.output
    planted = json.loads((landing / "planted_defects.json").read_text())
    with duckdb.connect(str(run.database), read_only=True) as connection:
        rejected = connection.execute(
            "select table_name, reason, source_file, raw_row from audit.rejected_rows"
        ).fetchall()
        breaks = connection.execute("select scope from audit.reconciliation where not is_reconciled").fetchall()
        unpriced = connection.execute(
            "select portfolio_id, cast(as_of_date as varchar) from audit.valuation_exceptions"
        ).fetchall()
    assert Counter(
        (table, reason, file, _canonical(json.loads(raw))) for table, reason, file, raw in rejected
    ) == Counter(
        (
            row["table"],
            row["reason"],
            row["source_file"],
            _canonical(row["fields"] or {"line": row["raw_line"]}),
        )
        for row in planted["planted"]
    )
    assert len(breaks) == len(planted["custodian_breaks"]) > 0
    assert len(unpriced) > 0


def _canonical(raw_row: dict[str, str | None]) -> str:
    """Fields in the order of their names; what is missing is null in Parquet and empty in CSV."""
    return json.dumps({name: value or "" for name, value in raw_row.items()}, sort_keys=True)
