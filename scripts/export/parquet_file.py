"""Parquet: the types as they are, for tools that know types."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.export.text import batches_of


def write_parquet(rows: pa.Table | pa.RecordBatchReader, file: BinaryIO) -> None:
    """Write rows batch by batch, each a row group.

    Text is left as it is: in Parquet a value has a type, text is never run, and keys must go on matching their sources.
    """
    reader = batches_of(rows)
    with pq.ParquetWriter(file, reader.schema, compression="snappy") as writer:  # which every reader of Parquet knows
        for batch in reader:
            writer.write_batch(batch)
