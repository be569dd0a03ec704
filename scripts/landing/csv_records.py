"""Read a CSV file record by record, losing nothing: each record is whole, or malformed and kept as text.

The dialect is RFC 4180 (comma, double quotes, a doubled quote inside a quoted field, quoted fields that may span lines)
in UTF-8, a byte order mark and CRLF accepted. DuckDB's own reader is not used: it takes the first row of a file without
a header for names, and one unclosed quote swallows the rows behind it without a word.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.landing.errors import LandingError

# one column of a file is held as one Arrow array, whose text is at most 2 GiB
LARGEST_CSV_BYTES = 2_000_000_000
# a field may be as long as the file: the csv module's own limit would take a long one for a mistake
csv.field_size_limit(LARGEST_CSV_BYTES)

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# how files begin that people call .csv by mistake
_NO_CSV = {
    b"\x1f\x8b": "gzip; unpack it",
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or save it as CSV",
    b"PAR1": "Parquet; call it .parquet",
}


@dataclass(frozen=True)
class CsvRecord:
    """One record: ``fields`` as they stand in the file, or None where the record is malformed."""

    line: int
    fields: list[str] | None
    text: str


@dataclass(frozen=True)
class CsvFile:
    """A CSV file's header, its names trimmed, and an iterator over the records below it."""

    path: Path
    header: list[str]
    records: Iterator[CsvRecord]


def open_csv(path: Path, table: str) -> CsvFile | None:
    """Open ``path`` and read its header; None for a file without any byte.

    Raises LandingError for UTF-16, a NUL byte or a header that can't be read; so does
    iterating over the records, for an unclosed quote.
    """
    text, has_bad_bytes = _decode(path, table)
    if not text:
        return None
    records = _records(path, table, text, has_bad_bytes)
    first = next(records, None)
    if first is None:
        return None
    if first.fields is None:
        mend = (
            "end lines by LF or CRLF, not by CR alone" if "\r" in first.text else "write one name per column, as UTF-8"
        )
        raise LandingError(f"{table}: {path}, line {first.line}: the header can't be read; {mend}")
    header = [name.strip(" \t") for name in first.fields]
    return CsvFile(path=path, header=header, records=_of_width(records, len(header)))


def _decode(path: Path, table: str) -> tuple[str, bool]:
    if path.stat().st_size > LARGEST_CSV_BYTES:
        raise LandingError(f"{table}: {path} has more than 2 GB; split it into daily drops, or send it as Parquet")
    content = path.read_bytes()
    if content.startswith(_UTF16_MARKS):
        raise LandingError(f"{table}: {path} is UTF-16; save it as UTF-8")
    for mark, what in _NO_CSV.items():
        if content.startswith(mark):
            raise LandingError(f"{table}: {path} is {what}")
    nul_at = content.find(b"\0")
    if nul_at >= 0:
        line = content.count(b"\n", 0, nul_at) + 1
        raise LandingError(f"{table}: {path}, line {line}: a NUL byte; save the file as UTF-8 text, or send it again")
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return content.decode("utf-8-sig", errors="surrogateescape"), True


def _records(path: Path, table: str, text: str, has_bad_bytes: bool) -> Iterator[CsvRecord]:
    """Yield every record but blank lines; a record whose bytes or quotes are broken has no fields."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    while True:
        start = reader.line_num
        fields: list[str] | None
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            if reader.line_num > start + 1 or "unexpected end" in str(broken):
                raise LandingError(
                    f"{table}: {path}, line {start + 1}: a quote is opened and not closed; close it, or send the file"
                    " again"
                ) from None
            fields = None
        if fields == []:
            continue
        record = "\n".join(lines[start : reader.line_num]).removesuffix("\r")
        if has_bad_bytes and not _is_utf8(record):
            fields = None
            record = record.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")
        yield CsvRecord(line=start + 1, fields=fields, text=record)


def _is_utf8(text: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in text)


def _of_width(records: Iterator[CsvRecord], width: int) -> Iterator[CsvRecord]:
    for record in records:
        if record.fields is not None and len(record.fields) != width:
            yield CsvRecord(line=record.line, fields=None, text=record.text)
        else:
            yield record
