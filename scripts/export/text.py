"""Values as text: what a spreadsheet can't take for a formula, and decimals as they are."""

import pyarrow as pa
import pyarrow.compute as pc

# what Excel and its kin take for the beginning of a formula, wherever the text came from
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it: a client's name is never a formula.

    The one rule for every file that a spreadsheet may open. It is for text only: a negative number is a number.
    """
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def decimals_as_text(column: pa.Array) -> pa.Array:
    """DECIMAL values with all their places, never in scientific notation, as Arrow writes small ones."""
    text = column.cast(pa.string())
    is_scientific = pc.match_substring(text, "E")
    plain = [f"{value:f}" for value in column.filter(is_scientific).to_pylist()]
    return pc.replace_with_mask(text, is_scientific, pa.array(plain, pa.string()))


def batches_of(rows: pa.Table | pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The rows of a table, or those that a reader has still to give, batch by batch."""
    return rows.to_reader() if isinstance(rows, pa.Table) else rows
