"""Are a contender's two tables those of the marts: every row, every column, exactly?"""

from pathlib import Path

import duckdb

from tests.bench.contenders import TABLES, Contender


def differences(contender: Contender, out: Path, marts: Path) -> list[str]:
    """What differs between the tables that ``contender`` wrote into ``out`` and the marts in the DuckDB file ``marts``.

    Both ways, duplicates counted, month by month so that a large book fits into memory. Empty where they are equal.
    """
    contender.export(out)
    found = []
    with duckdb.connect(config={"threads": 2, "memory_limit": "6GB", "temp_directory": str(out / "tmp")}) as connection:
        connection.execute(f"attach '{marts}' as product (read_only)")
        for table in TABLES:
            mart, made = f"product.marts.{table}", f"read_parquet('{out / table}.parquet')"
            found += [f"{contender.name} {table}: {what}" for what in _of_table(connection, mart, made)]
    return found


def _of_table(connection: duckdb.DuckDBPyConnection, mart: str, made: str) -> list[str]:
    columns = [row[0] for row in connection.execute(f"describe from {mart}").fetchall()]
    others = [row[0] for row in connection.execute(f"describe from {made}").fetchall()]
    if sorted(columns) != sorted(others):
        return [f"the columns are {', '.join(others)}; the mart's are {', '.join(columns)}"]
    found = []
    counts = [_one(connection, f"select count(*) from {rows}") for rows in (mart, made)]
    if counts[0] != counts[1]:
        found.append(f"{counts[1]:,} rows; the mart has {counts[0]:,}")
    months = connection.execute(
        f"select distinct date_trunc('month', as_of_date)::date from {mart} order by 1"
    ).fetchall()
    for said, first, second in (("that the mart has not", made, mart), ("of the mart are missing", mart, made)):
        rows = sum(_left_over(connection, ", ".join(columns), first, second, str(month)) for (month,) in months)
        if rows:
            found.append(f"{rows:,} rows {said}")
    return found


def _left_over(connection: duckdb.DuckDBPyConnection, columns: str, first: str, second: str, month: str) -> int:
    """How many rows of ``first`` in a month have no equal of their own in ``second``."""
    of_month = f"where as_of_date >= date '{month}' and as_of_date < date '{month}' + interval 1 month"
    rows, others = (f"select {columns} from {source} {of_month}" for source in (first, second))
    return _one(connection, f"select count(*) from ({rows} except all {others})")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
