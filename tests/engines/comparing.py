"""Two builds of one book, table by table and row by row."""

from collections.abc import Collection

import duckdb

_SHOWN = 3  # rows of a table that differ


def differences(
    connection: duckdb.DuckDBPyConnection,
    expected: str,
    actual: str,
    schemas: Collection[str] = ("marts", "audit", "ml"),
    beside: Collection[str] = (),
) -> list[str]:
    """Where two attached databases differ: tables, columns, types, and every row, equal rows counted.

    ``beside`` are tables that ``actual`` may have on top.
    """
    wanted = _columns(connection, expected, schemas)
    found = _columns(connection, actual, schemas)
    lines = [f"{table}: missing" for table in sorted(wanted.keys() - found.keys())]
    lines += [f"{table}: should not be there" for table in sorted(found.keys() - wanted.keys() - set(beside))]
    for table in sorted(wanted.keys() & found.keys()):
        if wanted[table] != found[table]:
            lines.append(f"{table}: columns {found[table]}, expected {wanted[table]}")
            continue
        lines += _row_differences(connection, table, f"{expected}.{table}", f"{actual}.{table}", "missing")
        lines += _row_differences(connection, table, f"{actual}.{table}", f"{expected}.{table}", "should not be there")
    return lines


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str, schemas: Collection[str]
) -> dict[str, list[tuple[str, str]]]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = ? order by schema_name, table_name, column_index",
        [database],
    ).fetchall():
        if schema in schemas:
            columns.setdefault(f"{schema}.{table}", []).append((column, data_type))
    return columns


def _row_differences(
    connection: duckdb.DuckDBPyConnection, table: str, first: str, second: str, what: str
) -> list[str]:
    rows = connection.execute(f"from {first} except all from {second}").fetchall()
    told = "; ".join(str(row) for row in rows[:_SHOWN])
    return [f"{table}: {len(rows)} rows {what}, such as {told}"] if rows else []
