"""CSV files as a whole: encodings, line ends, separators, headers, and things that are no CSV at all."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable

from scripts.landing.tables import LANDING_TABLES
from tests.torture.makers.landing import Landing, csv_bytes, register, text_table, whole_file

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANK_LINES = 2_000_000


def _crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _mixed_line_ends(content: bytes) -> bytes:
    half = content.index(b"\n", len(content) // 2)
    return _crlf(content[:half]) + content[half:]


def _with_blank_lines(content: bytes) -> bytes:
    return b"\n" + content.replace(b"\n", b"\n\r\n\n")


def _in_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change of one line, counted from 1."""

    def change_line(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return change_line


def _separated_by(mark: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b",", mark)


def _quote_opened(line: bytes) -> bytes:
    return line.replace(b",", b',"', 1)


def _zip(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("xl/worksheets/sheet1.xml", content)
    return archive.getvalue()


ERROR_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>503 Service Unavailable</title></head>
<body><h1>Service Unavailable</h1><p>Try again, "later".</p></body></html>
"""
LFS_POINTER = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 1048576
"""

# name of the bad file: table, and what becomes of the file's bytes
CHANGED_BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    # taken: another way to write the same
    "byte_order_mark": ("prices", lambda content: BYTE_ORDER_MARK + content),
    "crlf_line_ends": ("holdings", _crlf),
    "mixed_line_ends": ("clients", _mixed_line_ends),
    "no_line_end_at_the_end": ("portfolios", lambda content: content.rstrip(b"\n")),
    "blank_lines_between": ("advisors", _with_blank_lines),
    "two_million_blank_lines": ("custodian_balances", lambda content: content + b"\n" * BLANK_LINES),
    "trailing_comma_on_every_line": ("risk_profile_assignments", lambda content: content.replace(b"\n", b",\n")),
    "optional_table_with_a_header_only": ("custodian_balances", lambda content: content.split(b"\n")[0] + b"\n"),
    "optional_table_without_a_byte": ("custodian_balances", lambda content: b""),
    "fifty_thousand_further_columns": (
        "advisors",
        lambda content: content.replace(b"\n", b"," * 50_000 + b"\n"),
    ),
    # refused: what comes of such a file would be a guess
    "semicolons": ("prices", _separated_by(b";")),
    "tabs": ("holdings", _separated_by(b"\t")),
    "pipes": ("clients", _separated_by(b"|")),
    "utf_16": ("prices", lambda content: content.decode().encode("utf-16")),
    "utf_16_without_a_mark": ("holdings", lambda content: content.decode().encode("utf-16-le")),
    "carriage_returns_only": ("holdings", lambda content: content.replace(b"\n", b"\r")),
    "nul_byte": ("clients", _in_line(5, lambda line: line + b"\0")),
    "nul_bytes_at_the_end": ("advisors", lambda content: content + b"\0" * 512),
    "quote_never_closed": ("holdings", _in_line(7, _quote_opened)),
    "quote_closed_lines_later": (
        "clients",
        lambda content: _in_line(6, _quote_opened)(_in_line(9, _quote_opened)(content)),
    ),
    "file_without_a_byte": ("securities", lambda content: b""),
    "header_only": ("risk_profile_assignments", lambda content: content.split(b"\n")[0] + b"\n"),
    "no_header": ("prices", lambda content: content.partition(b"\n")[2]),
    "title_above_the_header": ("holdings", lambda content: b"Holdings as of 2026-06-30\n" + content),
    "header_in_capitals": ("prices", _in_line(1, bytes.upper)),
    "header_with_a_column_twice": ("prices", lambda content: content.replace(b"\n", b",close_price\n", 1)),
    "header_in_latin_1": ("portfolios", lambda content: content.replace(b"\n", ",Währung\n".encode("latin-1"), 1)),
    "header_with_an_open_quote": ("advisors", _in_line(1, lambda line: line + b',"comment')),
    "column_renamed": ("holdings", _in_line(1, lambda line: line.replace(b"quantity", b"shares"))),
    "error_page_of_a_web_server": ("prices", lambda content: ERROR_PAGE),
    "error_message_in_json": ("prices", lambda content: b'{"error": "rate limit exceeded", "retry_after": 60}\n'),
    "git_lfs_pointer": ("holdings", lambda content: LFS_POINTER),
    "gzip_named_csv": ("prices", lambda content: gzip.compress(content, mtime=0)),
    "spreadsheet_named_csv": ("clients", _zip),
    "trailing_commas_below_the_header": (
        "clients",
        lambda content: content.replace(b"\n", b",\n").replace(b",\n", b"\n", 1),
    ),
    "every_price_in_another_grammar": ("prices", lambda content: content.replace(b".", b"'")),
    "one_date_in_ten_day_first": (
        "prices",
        lambda content: b"\n".join(
            _day_first(line) if number % 10 == 1 and line else line for number, line in enumerate(content.split(b"\n"))
        ),
    ),
}


def _day_first(line: bytes) -> bytes:
    security_id, day, price = line.split(b",")
    return b",".join([security_id, b"/".join(reversed(day.split(b"-"))), price])


def _register(name: str, table: str, change: Callable[[bytes], bytes]) -> None:
    def change_bytes(landing: Landing) -> None:
        landing.csv(table).write_bytes(change(landing.csv(table).read_bytes()))

    register(name, change_bytes, shares_file=False)


for bad_file, (of_table, to_bytes) in CHANGED_BYTES.items():
    _register(bad_file, of_table, to_bytes)


@whole_file
def quotes_around_everything(landing: Landing) -> None:
    content = csv_bytes("securities", landing.book.rows["securities"], quoting=csv.QUOTE_ALL)
    landing.csv("securities").write_bytes(content)


@whole_file
def columns_in_another_order(landing: Landing) -> None:
    """And further ones, two of one name."""
    columns = [*reversed(LANDING_TABLES["portfolios"].columns), "comment", "comment"]
    rows = [[row.get(column, "-") for column in columns] for row in landing.book.rows["portfolios"]]
    landing.csv("portfolios").write_text("\n".join(",".join(row) for row in [columns, *rows]), encoding="utf-8")


@whole_file
def no_optional_column(landing: Landing) -> None:
    rows = [[row["advisor_id"], row["advisor_name"]] for row in landing.book.rows["advisors"]]
    landing.csv("advisors").write_text(
        "\n".join(",".join(row) for row in [["advisor_id", "advisor_name"], *rows]), encoding="utf-8"
    )
    for row in landing.as_if["advisors"]:
        row["team"] = ""


@whole_file
def parquet_named_csv(landing: Landing) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    pq.write_table(text_table("securities", landing.book.rows["securities"]), landing.csv("securities"))
