"""Parquet is read by DuckDB itself. What it would stop at without naming the file, or misread, is refused here."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.landing.errors import LandingError
from scripts.landing.files import LandedFile
from scripts.landing.headers import check_header
from scripts.landing.sql_text import literal_path, quoted
from scripts.landing.tables import LandingTable

_MAGIC = b"PAR1"
# columns that read_parquet adds; a file with a further column of that name is read without them
_NAMES_OF_READ_PARQUET = ("filename", "file_row_number")
# a folder's name is no column, and text is text where its writer did not mark it so
_OPTIONS = "hive_partitioning = false, binary_as_string = true"


def parquet_schema(file: LandedFile, table: LandingTable) -> pa.Schema:
    """The columns of a Parquet file that can be read to its end.

    Raises LandingError for a file that is none, is damaged, lacks a column, or has a type that DuckDB would round.
    """
    where = f"{table.name}: {file.path}"
    with file.path.open("rb") as content:
        is_parquet = content.read(len(_MAGIC)) == _MAGIC
    try:
        schema = pq.read_schema(file.path)
        names = schema.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as broken:
        reason = str(broken).splitlines()[0]
        raise LandingError(f"{where} is not a Parquet file ({reason}); send it again") from None
    if not is_parquet:
        raise LandingError(f"{where} is not a Parquet file (its first bytes are overwritten); send it again")
    check_header(names, table.required_columns, where, is_csv=False)
    # DuckDB takes names that differ by case for one
    alike = [name for name in names if name.lower() in table.columns]
    if len(alike) > len({name.lower() for name in alike}):
        raise LandingError(f"{where} has {', '.join(alike)}: names differ only by case; keep one of each")
    for column in (schema.field(name) for name in alike):
        if pa.types.is_decimal256(column.type):
            raise LandingError(
                f"{where}: {column.name} is DECIMAL({column.type.precision}, {column.type.scale}), which DuckDB would"
                " round; write it with at most 38 digits"
            )
    _refuse_damaged_pages(file, alike, where)
    return schema


def _refuse_damaged_pages(file: LandedFile, columns: Sequence[str], where: str) -> None:
    """Read every value once: a whole footer says nothing of the pages."""
    values = ", ".join(f'bit_xor(hash("{column}"))' for column in columns)
    try:
        with duckdb.connect() as connection:
            connection.execute(f"select {values} from read_parquet({literal_path(file.path)}, {_OPTIONS})")
    except duckdb.Error as broken:
        reason = str(broken).splitlines()[0].replace(f' "{file.path}"', "")
        raise LandingError(f"{where} is damaged ({reason}); send it again") from None


def select_parquet(files: Sequence[LandedFile], schema: pa.Schema, table: LandingTable) -> str:
    """SQL for the rows of files that have one schema."""
    columns = "".join(f"    {_as_text(column, schema)} as {column},\n" for column in table.columns)
    if any(name.lower() in _NAMES_OF_READ_PARQUET for name in schema.names):
        return "\nunion all\n".join(
            f"select\n{columns}"
            f"    {quoted(file.source_file)} as source_file,\n"
            "    row_number() over () as source_line,\n"
            "    cast(null as varchar) as malformed_line\n"
            f"from read_parquet({literal_path(file.path)}, {_OPTIONS})"
            for file in files
        )
    paths = ", ".join(literal_path(file.path) for file in files)
    folder_length = len(str(files[0].path)) - len(files[0].source_file)
    return (
        f"select\n{columns}"
        f"    substr(filename, {folder_length + 1}) as source_file,\n"
        "    file_row_number + 1 as source_line,\n"
        "    cast(null as varchar) as malformed_line\n"
        f"from read_parquet([{paths}], filename = true, file_row_number = true, {_OPTIONS})"
    )


def _as_text(column: str, schema: pa.Schema) -> str:
    if column not in schema.names:
        return "cast(null as varchar)"
    text = f'cast("{column}" as varchar)'
    if not pa.types.is_floating(schema.field(column).type):
        return text
    # the shortest decimal of a small double is in exponent notation: write it out where six decimals hold it exactly
    fixed = f"format('{{:.6f}}', cast(\"{column}\" as double))"
    return f"case when {text} like '%e-%' and cast({fixed} as double) = \"{column}\" then {fixed} else {text} end"
