"""The audit log as tables in a file to be published: audit.runs, run_results, inputs and accepted_controls."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from scripts.runs.history import History, Run

# table: its columns and their types. Described in models/audit/_audit_log.yml.
AUDIT_TABLES: dict[str, dict[str, str]] = {
    "runs": {
        **{"run_id": "varchar", "started_at": "timestamp", "ended_at": "timestamp", "status": "varchar"},
        **{"book": "varchar", "command": "varchar", "vars": "varchar", "project_commit": "varchar"},
        **{"dbt_version": "varchar", "duckdb_version": "varchar", "target": "varchar", "as_of_date": "date"},
        **{"input_hash": "varchar", "output_hash": "varchar", "code_hash": "varchar"},
        **{"rows_landed": "bigint", "rows_accepted": "bigint", "rows_rejected": "bigint", "message": "varchar"},
    },
    "run_results": {
        **{"run_id": "varchar", "node": "varchar", "kind": "varchar", "status": "varchar", "rows": "bigint"},
        **{"seconds": "double", "failures": "bigint", "message": "varchar"},
    },
    "inputs": {"run_id": "varchar", "table": "varchar", "file": "varchar", "sha256": "varchar", "rows": "bigint"},
    "accepted_controls": {
        **{"run_id": "varchar", "control": "varchar", "accepted_at": "timestamp"},
        **{"accepted_by": "varchar", "reason": "varchar", "finding": "varchar"},
    },
}


def write_audit_tables(connection: duckdb.DuckDBPyConnection, history: History, folder: Path) -> None:
    """Write what the log says of every run so far, the present one included, as tables of the schema audit.

    They go through JSON in ``folder``, as they stand in the log.
    """
    for name, rows in audit_rows(history).items():
        columns = AUDIT_TABLES[name]
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
        types = ", ".join(f"'{column}': '{data_type}'" for column, data_type in columns.items())
        connection.execute(
            f"create or replace table audit.{name} as"
            f" select * from read_json(?, format = 'newline_delimited', columns = {{{types}}})",
            [str(path)],
        )


def audit_rows(history: History) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each audit table, in the order of the log; node by node and file by file for runs not pruned."""
    runs = history.runs.values()
    kept = [run for run in runs if run.pruned_by is None]
    return {
        "runs": [_run_row(run, history) for run in runs],
        "run_results": [(run.run_id, *result) for run in kept for result in run.ended.get("results", ())],
        "inputs": [(run.run_id, *file) for run in kept for file in run.ended.get("inputs", ())],
        "accepted_controls": list(_accepted_rows(runs)),
    }


def _run_row(run: Run, history: History) -> tuple[Any, ...]:
    started, result = run.started, run.ended
    rows = result.get("rows") or {}
    return (
        *(run.run_id, _time(started["at"]), _time(run.ended_at), run.status, run.book),
        *(started[name] for name in ("command", "vars", "project_commit", "dbt_version", "duckdb_version", "target")),
        run.as_of_date,
        *(result.get(name) for name in ("input_hash", "output_hash", "code_hash")),
        *(rows.get(name) for name in ("landed", "accepted", "rejected")),
        history.message_of(run) or None,
    )


def _accepted_rows(runs: Iterable[Run]) -> Iterable[tuple[Any, ...]]:
    for run in runs:
        for event in run.accepted:
            yield (
                *(run.run_id, event["control"], _time(event["at"])),
                *(event["by"], event["reason"], event["finding"]),
            )


def _time(text: str | None) -> str | None:
    """A time of the log as all times in the database are: UTC without a zone."""
    return None if text is None else text.removesuffix("+00:00").replace("T", " ")
