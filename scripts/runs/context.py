"""What a run hands to dbt besides its inputs: its own name, and what the earlier runs of its book leave to it."""

from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.reader import open_database
from scripts.runs.history import History, Run
from scripts.warehouse import Warehouse, WarehouseError

THIS_RUN = pa.schema([("run_id", pa.string()), ("started_at", pa.timestamp("us"))])
BOOK_TOTALS = pa.schema([("as_of_date", pa.date32()), ("portfolio_count", pa.int32()), ("aum", pa.decimal128(38, 2))])
REJECTED_ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("table_name", "reason", "source_file", "raw_row")),
        ("row_count", pa.int32()),
        *(("first_seen_at", pa.timestamp("us")), ("first_seen_run_id", pa.string())),
        *(("last_seen_at", pa.timestamp("us")), ("last_seen_run_id", pa.string())),
        *(("resolved_at", pa.timestamp("us")), ("resolved_by_run_id", pa.string())),
    ]
)


def write_context(warehouse: Warehouse, history: History, run: Run, folder: Path) -> list[str]:
    """Write the three Parquet files that models/audit/run_context reads; returns what a person should know of it.

    Compared with is the book's last published run that was not rolled back; the history of rejected rows goes on from
    its newest published run. A first run, and one whose predecessors are damaged or of another make, gets empty files.
    """
    folder.mkdir(parents=True)
    notices: list[str] = []
    started_at = run.started["at"].removesuffix("+00:00")
    this_run = pa.table({"run_id": [run.run_id], "started_at": [datetime.fromisoformat(started_at)]}, THIS_RUN)
    pq.write_table(this_run, folder / "this_run.parquet")
    published = history.published(run.book)
    others = sorted({other.book for other in history.published()} - {run.book})
    if others and not published:
        told = "', '".join(others)
        notices.append(f"first run of the book '{run.book}' (there are '{told}'): it is compared with no run before")
    for name, table, schema, candidates in (
        ("earlier_book_totals", "book_totals", BOOK_TOTALS, history.standing(run.book)),
        ("earlier_rejected_rows", "rejected_row_history", REJECTED_ROWS, published),
    ):
        pq.write_table(_newest(warehouse, candidates, table, schema, notices), folder / f"{name}.parquet")
    return list(dict.fromkeys(notices))


def _newest(warehouse: Warehouse, runs: list[Run], table: str, schema: pa.Schema, notices: list[str]) -> pa.Table:
    columns = ", ".join(schema.names)
    for run in runs:
        path = warehouse.database(run.run_id)
        if not path.exists():
            continue
        try:
            with open_database(path, run.sha256) as connection:
                found: pa.Table = connection.sql(f"select {columns} from audit.{table}").to_arrow_table()
                return found.cast(schema)
        except WarehouseError as damaged:
            notices.append(f"{damaged}; the run before it is taken for comparison")
        except (duckdb.Error, pa.ArrowInvalid):
            notices.append(f"{run.run_id} was made by another version, without audit.{table}: nothing to compare with")
            break
    return schema.empty_table()
