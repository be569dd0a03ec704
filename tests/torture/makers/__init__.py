"""The makers of the bad files, by name: each changes a good landing folder in one way.

What must come of it stands in ../bad_files.csv, the table that people read; makers only say which rows they planted.
"""

from tests.torture.makers.landing import MAKERS, GoodBook, Landing, Maker, Rejected

# Each of these registers its makers.
# isort: off
from tests.torture.makers import folders, lines, parquet, rows, text, values  # noqa: F401
# isort: on

__all__ = ["MAKERS", "GoodBook", "Landing", "Maker", "Rejected"]
