"""From arrays to the landing tables' Arrow form: text, days, and exact decimals made from whole numbers."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

QUANTITY_TYPE = pa.decimal128(18, 6)
PRICE_TYPE = pa.decimal128(18, 6)
MONEY_TYPE = pa.decimal128(18, 2)

COLUMN_TYPES: dict[str, pa.DataType] = {
    "inception_date": pa.date32(),
    "closed_date": pa.date32(),
    "effective_date": pa.date32(),
    "price_date": pa.date32(),
    "snapshot_date": pa.date32(),
    "balance_date": pa.date32(),
    "close_price": PRICE_TYPE,
    "quantity": QUANTITY_TYPE,
    "market_value": MONEY_TYPE,
}


def column_type(column: str) -> pa.DataType:
    """The Arrow type of a landing column; what is not a day or a number is text."""
    return COLUMN_TYPES.get(column, pa.string())


def decimals(scaled: npt.NDArray[np.int64], decimal_type: pa.DataType) -> pa.Array:
    """Decimals from whole numbers of their last place (1234 is 12.34 where there are two decimals), never rounded."""
    words = np.empty((len(scaled), 2), dtype="<i8")
    words[:, 0] = scaled
    words[:, 1] = scaled >> 63  # the sign fills the upper half of the 128 bits
    return pa.Array.from_buffers(decimal_type, len(scaled), [None, pa.py_buffer(words.tobytes())])


def dates(days: npt.NDArray[np.datetime64]) -> pa.Array:
    """Days as date32."""
    return pa.array(days.astype("datetime64[D]"), pa.date32())


def picked(texts: list[str], at: npt.NDArray[np.int64]) -> pa.Array:
    """``texts[at]`` as one text column."""
    return pa.array(texts, pa.string()).take(pa.array(at))
