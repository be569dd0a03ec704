"""The audit log as tables in a file to be published: audit.runs, run_results, inputs and accepted_controls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from scripts.runs.history import History, Run

# table: its columns and their types, in the order of the SQL that reads them. Described in models/audit/_audit_log.yml.
AUDIT_TABLES: dict[str, pa.Schema] = {
    "runs": pa.schema(
        [
            *(("run_id", pa.string()), ("started_at", pa.timestamp("ms")), ("ended_at", pa.timestamp("ms"))),
            *((name, pa.string()) for name in ("status", "book", "command", "vars", "project_commit")),
            *((name, pa.string()) for name in ("dbt_version", "duckdb_version", "target")),
            ("as_of_date", pa.date32()),
            *((name, pa.string()) for name in ("input_hash", "output_hash", "code_hash")),
            *((name, pa.int64()) for name in ("rows_landed", "rows_accepted", "rows_rejected")),
            ("message", pa.string()),
        ]
    ),
    "run_results": pa.schema(
        [
            *((name, pa.string()) for name in ("run_id", "node", "kind", "status")),
            *(("rows", pa.int64()), ("seconds", pa.float64()), ("failures", pa.int64()), ("message", pa.string())),
        ]
    ),
    "inputs": pa.schema(
        [*((name, pa.string()) for name in ("run_id", "table", "file", "sha256")), ("rows", pa.int64())]
    ),
    "accepted_controls": pa.schema(
        [
            *(("run_id", pa.string()), ("control", pa.string()), ("accepted_at", pa.timestamp("ms"))),
            *((name, pa.string()) for name in ("accepted_by", "reason", "finding")),
        ]
    ),
}


def write_audit_tables(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """Write what the log says of every run so far, the present one included, as tables of the schema audit."""
    for name, rows in audit_rows(history).items():
        schema = AUDIT_TABLES[name]
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        table = pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)
        connection.register("audit_rows", table)
        connection.execute(f"create or replace table audit.{name} as select * from audit_rows")
        connection.unregister("audit_rows")


def audit_rows(history: History) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each audit table, in the order of the log."""
    runs = history.runs.values()
    return {
        "runs": [_run_row(run) for run in runs],
        "run_results": [(run.run_id, *result) for run in runs for result in run.result.get("results", ())],
        "inputs": [(run.run_id, *file) for run in runs for file in run.result.get("inputs", ())],
        "accepted_controls": list(_accepted_rows(runs)),
    }


def _run_row(run: Run) -> tuple[Any, ...]:
    started, result = run.started, run.result
    rows = result.get("rows") or {}
    return (
        *(run.run_id, _time(started["at"]), _time(run.ended_at), run.status, run.book),
        *(started[name] for name in ("command", "vars", "project_commit", "dbt_version", "duckdb_version", "target")),
        None if run.as_of_date is None else datetime.fromisoformat(run.as_of_date).date(),
        *(result.get(name) for name in ("input_hash", "output_hash", "code_hash")),
        *(rows.get(name) for name in ("landed", "accepted", "rejected")),
        run.message or None,
    )


def _accepted_rows(runs: Iterable[Run]) -> Iterable[tuple[Any, ...]]:
    for run in runs:
        for event in run.accepted:
            yield (
                *(run.run_id, event["control"], _time(event["at"])),
                *(event["by"], event["reason"], event["finding"]),
            )


def _time(text: str | None) -> datetime | None:
    """A time of the log as UTC without a zone, as all times in the database are."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)
