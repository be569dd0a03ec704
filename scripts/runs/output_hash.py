"""A content hash of what readers read: equal rows in every mart, equal hash, whatever the order of the rows."""

import hashlib

import duckdb

# where a row landed is provenance (audit.inputs): the same rows resent in another file are the same output
_PROVENANCE = ("source_file",)


def output_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """SHA-256, hexadecimal, over each mart's name, columns, types, row count and sum of DuckDB's 64-bit row hashes.

    A sum does not know the order of its terms, so the hash does not depend on how rows are stored. It tells honest
    results apart; against a forger stands the SHA-256 of the file. DuckDB's row hash may differ between versions.
    """
    digest = hashlib.sha256()
    for mart, columns in _columns_of_marts(connection).items():
        names = ", ".join(f'"{name}"' for name, _ in columns)
        ((row_count, total),) = connection.execute(
            f'select count(*), sum(cast(hash({names}) as hugeint)) from marts."{mart}"'
        ).fetchall()
        digest.update(f"{mart} {columns} {row_count} {total}\n".encode())
    return digest.hexdigest()


def _columns_of_marts(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for mart, name, data_type in connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'marts' order by table_name, ordinal_position"
    ).fetchall():
        columns.setdefault(mart, [])
        if name not in _PROVENANCE:
            columns[mart].append((name, data_type))
    return columns
