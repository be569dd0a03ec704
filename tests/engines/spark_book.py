"""One book for DuckDB and Spark: spoilt, corrected drop by drop in Parquet of many kinds, with a change of policy."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from landing_sets import add_drop, landing_set

from scripts.runs.context import BOOK_TOTALS, REJECTED_ROWS, THIS_RUN

# what other senders write: doubles, decimals of many places, dates as text, columns in another order, further ones
_DROPS_OF_OTHER_TYPES = {
    "prices": "select cast(close_price as double) * 1.001 as close_price, cast(price_date as varchar) as price_date,"
    " security_id, 'late' as remark from {rows} where price_date = date '2026-05-20' and close_price > 0",
    "holdings": "select ' ' || portfolio_id || ' ' as portfolio_id, snapshot_date, security_id,"
    " case when security_id = 'USD' then 12345678.5 else round(cast(quantity as double), 3) end as quantity"
    " from {rows} semi join (select portfolio_id, max(snapshot_date) as snapshot_date from {rows}"
    " where portfolio_id is not null group by 1 order by 1 limit 20) as last using (portfolio_id, snapshot_date)",
    "custodian_balances": "select portfolio_id, balance_date,"
    " cast(case when row_number() over (order by portfolio_id, balance_date) = 1 then 0 else market_value end"
    " as decimal(24, 8)) as market_value from {rows} where portfolio_id is not null"
    " order by portfolio_id desc, balance_date limit 40",
    "risk_profile_assignments": "select portfolio_id, date '2026-05-11' as effective_date,"
    " case risk_profile when 'Moderate' then 'Aggressive' else 'Moderate' end as risk_profile"
    " from {rows} where portfolio_id like '%7'",
}
# from a day within the history on: narrower bands, one more of them, and another mix for one profile
_LATER_BANDS = """\
2026-05-04,Normal,0,0.02,No action,Stable
2026-05-04,Watch,1,0.04,Monitor / review,Elevated
2026-05-04,Alarm,2,0.08,Call the client,High
2026-05-04,Rebalance Flag,3,,Recommend rebalance,High
"""
_LATER_TARGETS = """\
Moderate,2026-05-18,Equity,0.5
Moderate,2026-05-18,Bonds,0.45
Moderate,2026-05-18,Cash,0.05
"""


def spoilt_landing(folder: Path) -> Path:
    """A landing directory of 300 portfolios over a third of a year."""
    landing = landing_set(folder, portfolios=300, days=84)
    for table, query in _DROPS_OF_OTHER_TYPES.items():
        add_drop(landing, table, "0005 from another + sender", query)
    return landing


def change_policy(project: Path) -> None:
    """Let the policy of a copy of the project change in the middle of that book's history."""
    for file, rows in {"drift_policy": _LATER_BANDS, "target_allocations": _LATER_TARGETS}.items():
        with (project / "seeds" / "policy" / f"{file}.csv").open("a") as policy:
            policy.write(rows)


def without_python(project: Path) -> None:
    """Let a copy of the project score nobody on DuckDB either: models/ml/without_python are on both engines."""
    configuration = project / "dbt_project.yml"
    text = configuration.read_text()
    for condition in ("target.type == 'duckdb'", "target.type != 'duckdb'"):
        assert condition in text, condition
        text = text.replace(condition, condition.replace("duckdb", "an engine that runs Python"))
    configuration.write_text(text)


def handed_over(folder: Path) -> Path:
    """What a guarded run hands over: one start for both builds, and a little of what an earlier run found."""
    folder.mkdir(parents=True)
    _write(folder / "this_run", THIS_RUN, {"run_id": "run_b", "started_at": datetime(2026, 7, 2, 6, 30)})
    totals = {"as_of_date": date(2026, 6, 1), "portfolio_count": 250, "aum": Decimal("231000000.15")}
    _write(folder / "earlier_book_totals", BOOK_TOTALS, totals)
    seen = {"first_seen_at": datetime(2026, 6, 2, 6), "last_seen_at": datetime(2026, 6, 3, 6, 0, 0, 250_000)}
    row = {"table_name": "clients", "reason": "malformed_line", "source_file": "clients.csv", "raw_row": '{"line":"?"}'}
    run_ids = {"first_seen_run_id": "run_0", "last_seen_run_id": "run_a"}
    _write(folder / "earlier_rejected_rows", REJECTED_ROWS, {**row, **seen, **run_ids, "row_count": 1})
    return folder


def _write(path: Path, schema: pa.Schema, row: Mapping[str, object]) -> None:
    pq.write_table(pa.Table.from_pylist([row], schema), path.with_suffix(".parquet"))
