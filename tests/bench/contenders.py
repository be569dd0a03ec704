"""Who computes the two fact tables, besides the product; each in a module of its own with one function, ``build``."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

TABLES = ("fct_portfolio_daily", "fct_asset_class_daily")


@dataclass(frozen=True)
class Contender:
    """``libraries`` are what it needs beyond core.

    ``largest_book`` in portfolios, 0 for no limit, and why. ``bytes_per_day`` is the memory that it needs per portfolio
    and day where it holds all of them at once, measured at 5,000 portfolios.
    """

    name: str
    label: str
    module: str
    libraries: tuple[str, ...] = ()
    largest_book: int = 0
    why_no_larger: str = ""
    bytes_per_day: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """The libraries that are not installed."""
        return tuple(library for library in self.libraries if find_spec(library) is None)

    def why_not(self, portfolios: int, days: int, free_bytes: float) -> str:
        """Why it is not tried on a book of this size with so much memory; empty where it can be."""
        if self.largest_book and portfolios > self.largest_book:
            return self.why_no_larger
        needed = portfolios * days * self.bytes_per_day
        return f"it would take about {needed / 1e9:.0f} GB of memory" if needed > free_bytes else ""

    def build(self, landing: Path, policy: Path, out: Path) -> None:
        """Read the landed Parquet files and the policy, and write the two tables into the folder ``out``."""
        import_module(self.module).build(landing, policy, out)

    def export(self, out: Path) -> None:
        """Put the two tables beside what it wrote, as <table>.parquet, where it wrote something else."""
        module = import_module(self.module)
        if hasattr(module, "export"):
            module.export(out)


ONE_QUERY = Contender("one_query", "one DuckDB query", "tests.bench.one_query")
POLARS = Contender("polars", "polars", "tests.bench.polars_frames", ("polars",))
PANDAS = Contender("pandas", "pandas", "tests.bench.pandas_frames", bytes_per_day=1_500)
SQLITE = Contender(
    "sqlite",
    "pandas, SQLAlchemy, SQLite",
    "tests.bench.sqlite_etl",
    ("sqlalchemy",),
    largest_book=5_000,
    why_no_larger="2 minutes of CPU time for 5,000 portfolios are enough",
)
CONTENDERS = {contender.name: contender for contender in (ONE_QUERY, POLARS, PANDAS, SQLITE)}
