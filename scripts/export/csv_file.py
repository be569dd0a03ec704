"""CSV: UTF-8, a header, `,` and line feeds, ISO dates, decimals with all their places."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from scripts.export.text import batches_of, decimals_as_text, harmless

_NEEDS_QUOTES = frozenset(',"\r\n')


def write_csv(rows: pa.Table | pa.RecordBatchReader, file: BinaryIO) -> None:
    """Write rows batch by batch. Null is an empty field and empty text is ``""``, so that the two differ.

    Text is made harmless to spreadsheets. Not by Arrow's own writer, which puts every text in quotes and writes
    0.0000000000 as 0E-10.
    """
    reader = batches_of(rows)
    file.write((",".join(_field(name) for name in reader.schema.names) + "\n").encode())
    for batch in reader:
        fields = [_fields(column) for column in batch.columns]
        lines = pc.binary_join_element_wise(*fields, ",", null_handling="replace", null_replacement="")
        file.write("".join(f"{line}\n" for line in lines.to_pylist()).encode())


def _fields(column: pa.Array) -> pa.Array:
    if pat.is_string(column.type):
        distinct = column.dictionary_encode()
        return pa.array(map(_field, distinct.dictionary.to_pylist()), pa.string()).take(distinct.indices)
    return decimals_as_text(column) if pat.is_decimal(column.type) else column.cast(pa.string())


def _field(text: str) -> str:
    text = harmless(text)
    if text and _NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
