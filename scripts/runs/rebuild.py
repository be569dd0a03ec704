"""Make a run again, or one that never was: any run's landed files with any run's policy and code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.reader import open_database
from scripts.runs.dbt import LoadedDbt
from scripts.runs.history import Run
from scripts.runs.inputs import InputFile, Inputs, InputStore
from scripts.runs.output_hash import output_hash
from scripts.warehouse import Warehouse, WarehouseError

# vars that decide no number: where files lie, which is ours to say here, and what is asked, let through and kept
WITHOUT_NUMBERS = (
    *("landing", "run_context", "earlier_run", "recompute_from"),
    *("expect_date", "accepted_controls", "kept_daily_runs", "kept_blocked_runs"),
)


@dataclass(frozen=True)
class Recipe:
    """What decides the numbers of a run: landed files and their as-of date (a var), policy files, vars (JSON), code."""

    landed: tuple[InputFile, ...]
    as_of_date: str
    policy: tuple[InputFile, ...]
    variables: str
    code_sha256: str

    @classmethod
    def of(cls, run: Run) -> "Recipe":
        """The recipe of a run that came to its end."""
        files = [InputFile(table, file, sha256) for table, file, sha256, _ in run.ended["inputs"]]
        variables = cls.variables_of(run)
        return cls(
            landed=tuple(file for file in files if not file.is_policy),
            as_of_date=str(variables.pop("as_of_date")),
            policy=tuple(file for file in files if file.is_policy),
            variables=json.dumps(variables, sort_keys=True),
            code_sha256=run.ended["code_hash"],
        )

    @staticmethod
    def variables_of(run: Run) -> dict[str, Any]:
        """The vars behind a run's numbers."""
        recorded = json.loads(run.started["vars"])
        return {name: value for name, value in recorded.items() if name not in WITHOUT_NUMBERS}

    @property
    def inputs(self) -> Inputs:
        """The files to lay out."""
        return Inputs(self.landed, self.policy, self.code_sha256)


@contextmanager
def workshop(warehouse: Warehouse) -> Iterator[Path]:
    """A folder of the warehouse to rebuild in, gone at the end; what a killed command left goes with the next run."""
    warehouse.rebuilds.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=warehouse.rebuilds) as folder:
        yield Path(folder)


def rebuild(warehouse: Warehouse, recipe: Recipe, folder: Path) -> Path:
    """Build every model of a recipe, untested, into ``folder``; returns the database.

    Raises WarehouseError where an input is gone or damaged, or the build fails: old code may refuse new files.
    """
    store = InputStore(warehouse)
    contents = [*(file.sha256 for file in recipe.inputs.files), recipe.code_sha256]
    missing = store.missing(contents)
    if missing:
        raise WarehouseError(f"{len(missing)} of its {len(contents)} inputs are gone or damaged in {store.folder}")
    variables = {
        **{name: str(value) for name, value in json.loads(recipe.variables).items()},
        "as_of_date": recipe.as_of_date,
        "landing": str(folder / "staged" / "landing"),
    }
    command = "build --exclude-resource-type unit_test --exclude-resource-type test"
    database = folder / "build.duckdb"
    with LoadedDbt(folder / "staged" / "project", database, Warehouse(folder)) as dbt:
        store.lay_out(recipe.inputs, folder / "staged")
        done = dbt.run(command, variables)
    if not done.is_whole:
        raise WarehouseError("; ".join(done.reasons))
    return database


def rebuilt_output_hash(warehouse: Warehouse, run: Run) -> str:
    """Make ``run`` again from its kept inputs and code, and hash its marts. Raises WarehouseError."""
    with workshop(warehouse) as folder, open_database(rebuild(warehouse, Recipe.of(run), folder)) as connection:
        return output_hash(connection)
