"""Reading the files of a landing directory, as section 1 of the contract demands."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.landing_tables import BLANKS, TABLES, Landed, Refused


@dataclass(frozen=True)
class Record:
    line: int
    text: str
    fields: list[str] | None  # None: text after a closing quote


def csv_records(text: str, name: str) -> Iterator[Record]:
    """Split CSV text into records; raises Refused for a quote that is not closed, with the line where it opened."""
    position, line = 0, 1
    while position < len(text):
        line_end = _line_end(text, position)
        first_line = text[position:line_end].removesuffix("\r")
        if '"' not in first_line:
            if first_line:  # a wholly empty line is no row
                yield Record(line, first_line, first_line.split(","))
            position, line = line_end + 1, line + 1
            continue
        start, start_line = position, line
        fields: list[str] | None = []
        while True:
            if position < len(text) and text[position] == '"':
                opened = line
                value, position = _quoted_field(text, position, name, opened)
                line += value.count("\n")
                rest_end = _line_end(text, position)
                rest = text[position:rest_end]
                if rest.startswith(","):
                    assert fields is not None
                    fields.append(value)
                    position += 1
                    continue
                if rest not in ("", "\r"):
                    if line > opened:
                        raise Refused(f"{name}, line {opened}: unclosed quote")
                    fields = None
                else:
                    assert fields is not None
                    fields.append(value)
                position = rest_end
                break
            line_end = _line_end(text, position)
            comma = text.find(",", position, line_end)
            assert fields is not None
            if comma == -1:
                fields.append(text[position:line_end].removesuffix("\r"))
                position = line_end
                break
            fields.append(text[position:comma])
            position = comma + 1
        yield Record(start_line, text[start:position].removesuffix("\r"), fields)
        position, line = position + 1, line + 1


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end == -1 else end


def _quoted_field(text: str, position: int, name: str, opened: int) -> tuple[str, int]:
    """The value of the quoted field that opens at `position`, and the position after its closing quote."""
    parts: list[str] = []
    position += 1
    while True:
        quote = text.find('"', position)
        if quote == -1:
            raise Refused(f"{name}, line {opened}: unclosed quote")
        parts.append(text[position:quote])
        if not text.startswith('""', quote):
            return '"'.join(parts), quote + 1
        position = quote + 2


def _check_header(header: list[str], table: str, name: str) -> None:
    for column in TABLES[table].columns:
        if header.count(column.name) > 1:
            raise Refused(f"{name}: column {column.name} is given twice")
        if column.required and column.name not in header:
            raise Refused(f"{name}: missing column {column.name}")


def read_csv(path: Path, table: str, source_file: str, file_number: int) -> list[Landed]:
    name = f"{table}: {source_file}"
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(f"{name}, line 1: UTF-16, not UTF-8")
    nul = content.find(b"\0")
    if nul != -1:
        raise Refused(f"{name}, line {_line_of(content, nul)}: NUL byte")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    records = csv_records(text, name)
    first = next(records, None)
    if first is None:
        if not content and TABLES[table].may_be_empty:
            return []
        raise Refused(f"{name}: missing header")
    if first.fields is None or not _is_utf8(first.text):
        raise Refused(f"{name}, line {first.line}: unreadable header")
    header = [column.strip(BLANKS) for column in first.fields]
    _check_header(header, table, name)
    where = {column.name: header.index(column.name) for column in TABLES[table].columns if column.name in header}
    rows = []
    for record in records:
        if record.fields is None or len(record.fields) != len(header) or not _is_utf8(record.text):
            shown = record.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            rows.append(Landed(source_file, file_number, record.line, {"line": shown}, malformed=True))
        else:
            raw = {column: record.fields[index] for column, index in where.items()}
            rows.append(Landed(source_file, file_number, record.line, raw))
    return rows


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def read_parquet(path: Path, table: str, source_file: str, file_number: int) -> list[Landed]:
    name = f"{table}: {source_file}"
    try:
        content = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(f"{name}: not a Parquet file ({error})") from error
    _check_header(content.column_names, table, name)
    columns = {
        column.name: [as_written(value) for value in content.column(column.name).to_pylist()]
        for column in TABLES[table].columns
        if column.name in content.column_names
    }
    return [
        Landed(source_file, file_number, number, dict(zip(columns, values, strict=True)))
        for number, values in enumerate(zip(*columns.values(), strict=True), start=1)
    ]


def as_written(value: object) -> str:
    """A Parquet value as text: a date as YYYY-MM-DD, a number in plain digits (a double by its shortest decimal)."""
    if value is None:
        return ""
    if isinstance(value, float):
        shortest = Decimal(repr(value))
        return format(shortest, "f") if shortest.is_finite() else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def read_table(landing: Path, table: str) -> list[Landed]:
    files = [path for suffix in (".csv", ".parquet") if (path := landing / f"{table}{suffix}").is_file()]
    folder = landing / table
    if folder.is_dir():
        if files:
            raise Refused(f"{table}: given both as {files[0].name} and as {table}/")
        files = sorted(
            (path for path in folder.iterdir() if path.is_file() and path.suffix in (".csv", ".parquet")),
            key=lambda path: path.name,
        )
    elif len(files) > 1:
        raise Refused(f"{table}: given both as {files[0].name} and as {files[1].name}")
    rows: list[Landed] = []
    for number, path in enumerate(files):
        read = read_csv if path.suffix == ".csv" else read_parquet
        rows.extend(read(path, table, path.relative_to(landing).as_posix(), number))
    if not files and not TABLES[table].may_be_empty:
        raise Refused(f"{table}: missing table (no {table}.csv, {table}.parquet or {table}/ in the landing directory)")
    if not rows and not TABLES[table].may_be_empty:
        raise Refused(f"{table}: {', '.join(path.relative_to(landing).as_posix() for path in files)}: empty table")
    return rows
