"""The restatement report: which portfolio-days differ between two runs, by how much, and because of what."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from scripts.runs.find import built_file_of
from scripts.runs.history import Run
from scripts.runs.rebuild import Recipe, rebuild, workshop
from scripts.warehouse import Warehouse, WarehouseError, build_limits

_RESTATEMENT = Path(__file__).with_name("restatement.sql")
CAUSES = ("input", "policy", "code")


@dataclass(frozen=True)
class Restatement:
    """What one cause changes: the rows of restatement.sql, the largest change first."""

    cause: str
    rows: pa.Table


@dataclass(frozen=True)
class Diff:
    """The restatements in the order of their causes, and what could not be told apart."""

    restatements: list[Restatement]
    notices: list[str]


def compare_runs(warehouse: Warehouse, old: Run, new: Run) -> Diff:
    """What changes from ``old`` to ``new``, cause by cause.

    The causes are taken in order: the new landed files (and as-of date) under the old policy and code; then the new
    policy (and vars); then the new code. What a step changes has that step as its cause; a step between is built anew,
    untested, from what is kept of both runs. Where it can't be built, its cause is reported together with the next.
    A blocked run is compared as it was built. Raises WarehouseError where a run has no file any more.
    """
    try:
        return _compared(warehouse, old, new)
    except (OSError, duckdb.Error) as failure:
        told = " ".join(str(failure).split())
        raise WarehouseError(f"the runs can't be compared ({told}); `drift verify` checks their files") from None


def _compared(warehouse: Warehouse, old: Run, new: Run) -> Diff:
    files = {Recipe.of(old): built_file_of(warehouse, old), Recipe.of(new): built_file_of(warehouse, new)}
    diff = Diff([], [])
    if old.book != new.book:
        diff.notices.append(f"the runs are of different books: '{old.book}' and '{new.book}'")
    with workshop(warehouse) as folder:
        before = built_file_of(warehouse, old)
        pending: list[str] = []
        for cause, recipe in _steps(Recipe.of(old), Recipe.of(new)):
            pending.append(cause)
            try:
                if recipe not in files:
                    files[recipe] = rebuild(warehouse, recipe, folder / cause)
            except WarehouseError as failure:
                diff.notices.append(f"the step {cause!r} alone can't be built ({failure}); told together with the next")
                continue
            diff.restatements.append(Restatement(" and ".join(pending), restatement(before, files[recipe])))
            before, pending = files[recipe], []
    return diff


def restatement(old: Path, new: Path) -> pa.Table:
    """The rows of restatement.sql for two databases; none, and no columns, where they are one file."""
    if old == new:
        return pa.table({})
    with _attached(old, new) as connection:
        columns = _common_columns(connection, "fct_portfolio_daily")
        changes = [f"case when before.{name} is distinct from after.{name} then {text} end" for name, text in columns]
        query = _RESTATEMENT.read_text(encoding="utf-8").format(
            portfolio_columns=", ".join(name for name, _ in columns),
            class_columns=", ".join(name for name, _ in _common_columns(connection, "fct_asset_class_daily")),
            changed_columns=f"[{', '.join(changes)}]",
        )
        return connection.sql(query).to_arrow_table()


def _steps(old: Recipe, new: Recipe) -> Iterator[tuple[str, Recipe]]:
    recipe = replace(old, landed=new.landed, as_of_date=new.as_of_date)
    yield "input", recipe
    recipe = replace(recipe, policy=new.policy, variables=new.variables)
    yield "policy", recipe
    yield "code", new


@contextmanager
def _attached(old: Path, new: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config=build_limits(Path(tempfile.gettempdir()) / "portfolio_drift")) as connection:
        for name, path in (("old", old), ("new", new)):
            quoted = str(path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        yield connection


def _common_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The columns that both databases have: as names and as texts of SQL."""
    found = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ?"
        " and database_name in ('old', 'new') group by column_name having count(*) = 2 order by min(column_index)",
        [table],
    ).fetchall()
    return [(f'"{name}"', "'" + name.replace("'", "''") + "'") for (name,) in found]
