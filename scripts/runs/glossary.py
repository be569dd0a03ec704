"""audit.glossary: what every table and column means, in dbt's words, beside the numbers that they describe."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

# described in models/audit/_audit_log.yml
GLOSSARY: dict[str, str] = {
    **{"table_schema": "varchar", "table_name": "varchar", "position": "integer", "column_name": "varchar"},
    **{"description": "varchar", "path": "varchar"},
}


def write_glossary(connection: duckdb.DuckDBPyConnection, manifest: Path, folder: Path) -> None:
    """Write the descriptions of a manifest as audit.glossary, each column with its type in the file.

    They go through JSON in ``folder``. A table that the file does not have is left out. Raises OSError, duckdb.Error.
    """
    path = folder / "glossary.jsonl"
    rows = glossary_rows(json.loads(manifest.read_text(encoding="utf-8")))
    path.write_text("".join(json.dumps(dict(zip(GLOSSARY, row, strict=True))) + "\n" for row in rows), encoding="utf-8")
    types = ", ".join(f"'{column}': '{data_type}'" for column, data_type in GLOSSARY.items())
    connection.execute(
        f"""
        create or replace table audit.glossary as
        select described.*, found.data_type
        from read_json(?, format = 'newline_delimited', columns = {{{types}}}) as described
        left join duckdb_columns() as found
            on described.table_schema = found.schema_name
            and described.table_name = found.table_name
            and described.column_name = found.column_name
            and found.database_name = current_database()
        where (described.table_schema, described.table_name) in (
            select (schema_name, table_name) from duckdb_columns() where database_name = current_database()
        )
        order by described.table_schema, described.table_name, described.position
        """,
        [str(path)],
    )


def glossary_rows(manifest: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """A row for each model, seed and source of dbt's manifest (position 0), and one for each of its columns."""
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        if node["resource_type"] in ("model", "seed", "source"):
            place = (node["schema"], node["name"])
            yield (*place, 0, None, node["description"].strip(), node["original_file_path"])
            for position, (name, column) in enumerate(node["columns"].items(), start=1):
                yield (*place, position, name, column["description"].strip(), node["original_file_path"])
