"""Landing tables as text: what stands in a CSV file."""

import csv
import io
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from scripts.simulator.arrow import MONEY_TYPE

# Quantities are written without idle zeros (120.5), prices with two decimals at least (98.10), money with two.
_IDLE_ZEROS = r"^(.*?)\.?0*$"
_ZEROS_AFTER_CENTS = r"^(-?[0-9]+\.[0-9]{2}[0-9]*?)0*$"


def column_texts(column: str, values: pa.ChunkedArray) -> list[str]:
    """The values of a landing column as text, empty where there is none."""
    text = values.cast(pa.string())
    if pa.types.is_decimal(values.type) and values.type != MONEY_TYPE:
        idle = _ZEROS_AFTER_CENTS if column == "close_price" else _IDLE_ZEROS
        text = pc.replace_substring_regex(text, idle, r"\1")
    texts: list[str] = pc.fill_null(text, "").to_pylist()
    return texts


def rows_of(table: pa.Table) -> Iterable[tuple[str, ...]]:
    """The rows of a landing table as text."""
    return zip(*(column_texts(name, table.column(name)) for name in table.column_names), strict=True)


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as UTF-8 lines ending in a line feed, quoted where a comma or a quote needs it."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL).writerows(rows)
    return buffer.getvalue().encode()
