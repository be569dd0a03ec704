"""The marts as files for other tools. The writers know tables, not marts: anything in Arrow can be handed to them."""

from scripts.export.csv_file import write_csv
from scripts.export.parquet_file import write_parquet
from scripts.export.text import harmless
from scripts.export.workbook import write_workbook

__all__ = ["harmless", "write_csv", "write_parquet", "write_workbook"]
