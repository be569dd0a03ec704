"""Turn landed files into the SQL that reads them as text, or into one clear line that says why they can't be read.

CSV goes through ``csv_rows``, the function that dbt_plugin.py gives to DuckDB; Parquet is read by DuckDB itself
(parquet_files.py).
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.csv_records import CsvFile, open_csv
from scripts.landing.errors import LandingError
from scripts.landing.files import LandedFile, landed_files
from scripts.landing.headers import check_header
from scripts.landing.parquet_files import parquet_schema, select_parquet
from scripts.landing.sql_text import quoted
from scripts.landing.tables import LANDING_TABLES, LandingTable

CSV_ROW_TYPE = pa.struct(
    [("source_line", pa.int64()), ("fields", pa.list_(pa.string())), ("malformed_line", pa.string())]
)


class LandedCsv:
    """The rows of CSV files that were read to be judged, kept until DuckDB fetches them once."""

    def __init__(self) -> None:
        """Start with none."""
        self._rows: dict[str, pa.StructArray] = {}

    def put(self, path: Path, rows: pa.StructArray) -> None:
        """Keep the rows of ``path``."""
        self._rows[str(path)] = rows

    def take(self, path: str) -> pa.StructArray:
        """Hand out the rows of ``path`` and forget them. Raises KeyError for a path that was not put."""
        return self._rows.pop(path)


def landing_query(landing: Path, table_name: str, landed_csv: LandedCsv) -> str:
    """SQL for every landed row of a table: its columns as text, source_file, source_line and malformed_line.

    Raises LandingError where CONTRACT's section 1 refuses the build.
    """
    table = LANDING_TABLES[table_name]
    selects = []
    row_count = 0
    files = landed_files(landing, table)
    for is_csv, group in itertools.groupby(files, key=lambda file: file.path.suffix == ".csv"):
        if is_csv:
            for file in group:
                rows = _rows_of_csv(file, table, is_only_file=len(files) == 1)
                row_count += len(rows)
                landed_csv.put(file.path, rows)
                selects.append(_select_csv(file, table))
        else:
            schemas = [(file, parquet_schema(file, table)) for file in group]
            for _, alike in itertools.groupby(schemas, key=lambda pair: str(pair[1].remove_metadata())):
                pairs = list(alike)
                row_count += sum(pq.read_metadata(file.path).num_rows for file, _ in pairs)
                selects.append(select_parquet([file for file, _ in pairs], pairs[0][1], table))
    if row_count == 0 and not table.may_be_missing:
        names = ", ".join(str(file.path) for file in files)
        raise LandingError(f"{table.name}: {names} has a header and no row; this table needs at least one")
    return "\nunion all\n".join(selects) or _select_nothing(table)


def csv_rows(csv_file: CsvFile, columns: Sequence[str]) -> pa.StructArray:
    """All records of a file as rows of CSV_ROW_TYPE: ``fields`` in the order of ``columns``, null for an absent one."""
    positions = [csv_file.header.index(column) if column in csv_file.header else None for column in columns]
    lines: list[int] = []
    values: list[str | None] = []
    offsets: list[int | None] = []
    malformed: list[str | None] = []
    for record in csv_file.records:
        lines.append(record.line)
        if record.fields is None:
            offsets.append(None)
            malformed.append(record.text)
        else:
            offsets.append(len(values))
            fields = record.fields
            values.extend(None if position is None else fields[position] for position in positions)
            malformed.append(None)
    fields_of_rows = pa.ListArray.from_arrays(
        pa.array([*offsets, len(values)], pa.int32()), pa.array(values, pa.string())
    )
    return pa.StructArray.from_arrays(
        [pa.array(lines, pa.int64()), fields_of_rows, pa.array(malformed, pa.string())], fields=list(CSV_ROW_TYPE)
    )


def _rows_of_csv(file: LandedFile, table: LandingTable, *, is_only_file: bool) -> pa.StructArray:
    csv_file = open_csv(file.path, table.name)
    if csv_file is None:
        if table.may_be_missing and is_only_file:
            return pa.array([], CSV_ROW_TYPE)
        raise LandingError(f"{table.name}: {file.path} is empty; it must have a header and at least one row")
    check_header(csv_file.header, table.required_columns, f"{table.name}: {file.path}", is_csv=True)
    check_header(
        csv_file.header,
        [column for column in table.optional_columns if column in csv_file.header],
        f"{table.name}: {file.path}",
        is_csv=False,
    )
    return csv_rows(csv_file, table.columns)


def _select_csv(file: LandedFile, table: LandingTable) -> str:
    columns = "".join(f"    landed.fields[{n}] as {column},\n" for n, column in enumerate(table.columns, start=1))
    return (
        f"select\n{columns}"
        f"    {quoted(file.source_file)} as source_file,\n"
        "    landed.source_line as source_line,\n"
        "    landed.malformed_line as malformed_line\n"
        f"from (select unnest(csv_rows({quoted(str(file.path))})) as landed)"
    )


def _select_nothing(table: LandingTable) -> str:
    columns = "".join(f"    cast(null as varchar) as {column},\n" for column in table.columns)
    return (
        f"select\n{columns}"
        "    cast(null as varchar) as source_file,\n"
        "    cast(null as bigint) as source_line,\n"
        "    cast(null as varchar) as malformed_line\n"
        "where false"
    )
