"""An Excel workbook, written row by row: its size is the disk's, not the memory's."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.types as pat
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scripts.export.text import batches_of, harmless

EXCEL_ROWS = 1_048_576  # of a sheet, its header among them
_SHEET_NAME_LENGTH = 31
_DAYS_BEFORE_1970 = 25_569  # Excel counts from 1899-12-30
_FIRST_DAY = 61  # 1900-03-01: the days before are off by one, for Excel has a 1900-02-29
_NARROWEST, _WIDEST = 12, 45  # characters; the narrowest holds a date
# the scale says the unit: money has 2 places, shares of 1 have 10
_DECIMAL_FORMATS = {2: "#,##0.00", 10: "0.00 %"}


class WorkbookError(Exception):
    """Something that no workbook can hold: the message says what and where."""


def sheet_names(names: Iterable[str]) -> dict[str, str]:
    """The sheet of each name: the name, cut to 31 characters, and numbered where beginnings are the same."""
    sheets: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        sheet, number = name[:_SHEET_NAME_LENGTH], 1
        while sheet.lower() in taken:  # Excel does not tell capitals from small letters
            number += 1
            sheet = f"{name[: _SHEET_NAME_LENGTH - len(str(number)) - 1]}~{number}"
        taken.add(sheet.lower())
        sheets[name] = sheet
    return sheets


def write_workbook(
    sheets: Mapping[str, pa.Table | pa.RecordBatchReader],
    file: BinaryIO,
    created: datetime,
    scratch: Path | None = None,
) -> None:
    """Write a sheet per table, named as in ``sheets``, batch by batch: the same rows give the same bytes.

    Text is made harmless, null is an empty cell, numbers keep Excel's 15 digits; a date before March 1900, which Excel
    can't count, is ISO text. ``created`` goes into the properties, ``scratch`` is a folder for work in progress. Raises
    WorkbookError for a text that is too long for a cell, and for more rows than a sheet has.
    """
    options = {"constant_memory": True, "tmpdir": scratch and str(scratch)}
    with closing(xlsxwriter.Workbook(file, options)) as workbook:
        workbook.set_properties({"title": "Portfolio Drift", "created": created})
        for name, rows in sheets.items():
            _write_sheet(workbook, workbook.add_worksheet(name), batches_of(rows))


def _write_sheet(workbook: xlsxwriter.Workbook, sheet: Worksheet, reader: pa.RecordBatchReader) -> None:
    heading = workbook.add_format({"bold": True})
    formats = [_number_format(field.type) for field in reader.schema]
    known = {text: workbook.add_format({"num_format": text}) for text in dict.fromkeys(formats)}
    styles = [known[text] for text in formats]
    widths = [max(len(name) + 3, _NARROWEST) for name in reader.schema.names]  # the filter's arrow is 3 wide
    for number, name in enumerate(reader.schema.names):
        sheet.write_string(0, number, name, heading)
    write: dict[type, Callable[..., Any]] = {
        **{bool: sheet.write_boolean, int: sheet.write_number, float: sheet.write_number},
        str: partial(_write_text, sheet),
    }
    row = 0
    for batch in reader:
        columns = [_cells(column) for column in batch.columns]
        if row == 0:
            widths = [max(width, _text_width(cells)) for width, cells in zip(widths, columns, strict=True)]
        for values in zip(*columns, strict=True):
            row += 1
            for number, value in enumerate(values):
                if value is not None and write[type(value)](row, number, value, styles[number]) != 0:
                    name = reader.schema.names[number]
                    raise WorkbookError(f"{sheet.name}, {name}, row {row:,}: Excel has no cell for {str(value)[:40]!r}")
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, row, len(widths) - 1)


def _write_text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> Any:
    if text.startswith("<r>") and text.endswith("</r>"):  # XlsxWriter takes it for markup of its own making
        return sheet.write_rich_string(row, column, text[:1], text[1:2], text[2:])
    return sheet.write_string(row, column, text, style)


def _number_format(kind: pa.DataType) -> str:
    if pat.is_decimal(kind):
        scale = int(kind.scale)
        return _DECIMAL_FORMATS.get(scale, "#,##0." + "0" * scale)
    if pat.is_date(kind):
        return "yyyy-mm-dd"
    return "0" if pat.is_integer(kind) else "General"


def _cells(column: pa.Array) -> list[Any]:
    """The values of a column as a workbook has them: text, numbers, truth values and None."""
    if pat.is_decimal(column.type):
        return [value if value is None else float(value) for value in column.to_pylist()]
    if pat.is_date32(column.type):
        days = column.cast(pa.int32()).to_pylist()
        return [_day(number, value) for number, value in zip(days, column.to_pylist(), strict=True)]
    if pat.is_boolean(column.type) or pat.is_integer(column.type) or pat.is_floating(column.type):
        return list(column.to_pylist())
    return [text if text is None else harmless(text) for text in column.cast(pa.string()).to_pylist()]


def _day(days_since_1970: int | None, day: object) -> int | str | None:
    if days_since_1970 is None:
        return None
    number = days_since_1970 + _DAYS_BEFORE_1970
    return number if number >= _FIRST_DAY else str(day)


def _text_width(cells: list[Any]) -> int:
    return min(_WIDEST, 2 + max((len(value) for value in cells if isinstance(value, str)), default=0))
