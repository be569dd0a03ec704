"""Turn landed files into the SQL that reads them as text, or into one clear line that says why they can't be read.

CSV goes through ``csv_rows``, the function that dbt_plugin.py gives to DuckDB; Parquet is read by DuckDB itself.
"""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.csv_records import CsvFile, open_csv
from scripts.landing.errors import LandingError
from scripts.landing.files import LandedFile, landed_files
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
            schemas = [(file, _parquet_schema(file, table)) for file in group]
            for _, alike in itertools.groupby(schemas, key=lambda pair: str(pair[1].remove_metadata())):
                pairs = list(alike)
                row_count += sum(pq.read_metadata(file.path).num_rows for file, _ in pairs)
                selects.append(_select_parquet([file for file, _ in pairs], pairs[0][1], table))
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


def check_header(header: Sequence[str], required: Sequence[str], where: str, *, is_csv: bool) -> None:
    """Raise LandingError unless every required column is there once; ``where`` names table and file."""
    missing = [column for column in required if column not in header]
    if is_csv and missing and len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise LandingError(f"{where}, line 1: fields are not separated by commas; the line reads {header[0][:80]!r}")
    if missing and not [column for column in required if column not in [name.lower() for name in header]]:
        raise LandingError(f"{where}: names of columns are lower case; it has {', '.join(header)}")
    if is_csv and len(missing) == len(required):
        raise LandingError(
            f"{where}, line 1: no header; the first line must name the columns {', '.join(required)}"
            f" and reads {','.join(header)[:80]!r}"
        )
    if missing:
        raise LandingError(f"{where}: lacks the column {', '.join(missing)}; it has {', '.join(header)}")
    twice = sorted({name for name in required if list(header).count(name) > 1})
    if twice:
        raise LandingError(f"{where}: has the column {', '.join(twice)} twice; keep one")


def quoted(text: str) -> str:
    """``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


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


def _parquet_schema(file: LandedFile, table: LandingTable) -> pa.Schema:
    try:
        schema = pq.read_schema(file.path)
    except (pa.ArrowInvalid, OSError) as broken:
        reason = str(broken).splitlines()[0]
        raise LandingError(f"{table.name}: {file.path} is not a Parquet file ({reason}); send it again") from None
    check_header(schema.names, table.required_columns, f"{table.name}: {file.path}", is_csv=False)
    # DuckDB takes names that differ by case for one
    alike = [name for name in schema.names if name.lower() in table.columns]
    if len(alike) > len({name.lower() for name in alike}):
        raise LandingError(
            f"{table.name}: {file.path} has {', '.join(alike)}: names differ only by case; keep one of each"
        )
    return schema


def _select_parquet(files: Sequence[LandedFile], schema: pa.Schema, table: LandingTable) -> str:
    columns = "".join(f"    {_as_text(column, schema)} as {column},\n" for column in table.columns)
    if any(name.lower() in _NAMES_OF_READ_PARQUET for name in schema.names):
        return "\nunion all\n".join(
            f"select\n{columns}"
            f"    {quoted(file.source_file)} as source_file,\n"
            "    row_number() over () as source_line,\n"
            "    cast(null as varchar) as malformed_line\n"
            f"from read_parquet({_literal_path(file)}, hive_partitioning = false)"
            for file in files
        )
    paths = ", ".join(_literal_path(file) for file in files)
    folder_length = len(str(files[0].path)) - len(files[0].source_file)
    return (
        f"select\n{columns}"
        f"    substr(filename, {folder_length + 1}) as source_file,\n"
        "    file_row_number + 1 as source_line,\n"
        "    cast(null as varchar) as malformed_line\n"
        f"from read_parquet([{paths}], filename = true, file_row_number = true, hive_partitioning = false)"
    )


# columns that read_parquet adds; a file with a further column of that name is read without them
_NAMES_OF_READ_PARQUET = ("filename", "file_row_number")


def _literal_path(file: LandedFile) -> str:
    """A path that is taken for a name, not for a pattern."""
    return quoted(re.sub(r"([*?\[])", r"[\1]", str(file.path)))


def _as_text(column: str, schema: pa.Schema) -> str:
    if column not in schema.names:
        return "cast(null as varchar)"
    text = f'cast("{column}" as varchar)'
    if not pa.types.is_floating(schema.field(column).type):
        return text
    # the shortest decimal of a small double is in exponent notation: write it out where six decimals hold it exactly
    fixed = f"format('{{:.6f}}', cast(\"{column}\" as double))"
    return f"case when {text} like '%e-%' and cast({fixed} as double) = \"{column}\" then {fixed} else {text} end"


def _select_nothing(table: LandingTable) -> str:
    columns = "".join(f"    cast(null as varchar) as {column},\n" for column in table.columns)
    return (
        f"select\n{columns}"
        "    cast(null as varchar) as source_file,\n"
        "    cast(null as bigint) as source_line,\n"
        "    cast(null as varchar) as malformed_line\n"
        "where false"
    )
