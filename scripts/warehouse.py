"""Where things are: the project, the warehouse folder and what lies in it."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


class WarehouseError(Exception):
    """A warehouse that can't be used as asked: the message is one line that says what, where and what to do."""


def build_limits(temporary: Path) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's settings for work of the size of a build, which spills to ``temporary``: as profiles.yml has them."""
    return {
        "memory_limit": os.environ.get("PORTFOLIO_DRIFT_MEMORY") or "5GB",
        "threads": os.environ.get("PORTFOLIO_DRIFT_THREADS") or "2",
        "temp_directory": str(temporary),
        "max_temp_directory_size": "100GB",
        "autoinstall_known_extensions": "false",
    }


@dataclass(frozen=True)
class Warehouse:
    """The folder with the published runs, what they were made from, and the log of how they came about."""

    folder: Path

    @classmethod
    def from_environment(cls) -> "Warehouse":
        """The folder PORTFOLIO_DRIFT_WAREHOUSE, by default ``warehouse`` in the project's root."""
        return cls(PROJECT / (os.environ.get("PORTFOLIO_DRIFT_WAREHOUSE") or "warehouse"))

    @property
    def pointer(self) -> Path:
        """Which run readers see, and the head of the audit log: JSON."""
        return self.folder / "current.json"

    @property
    def link(self) -> Path:
        """The same run for tools that want a file: a symbolic link."""
        return self.folder / "current.duckdb"

    @property
    def published(self) -> Path:
        """The databases of published runs, read-only."""
        return self.folder / "published"

    @property
    def blocked(self) -> Path:
        """The databases of runs that a control or a law stopped, for inspection."""
        return self.folder / "blocked"

    @property
    def builds(self) -> Path:
        """Work in progress; nothing in it outlives its run."""
        return self.folder / "builds"

    @property
    def rebuilds(self) -> Path:
        """Where a run is made again to be compared; nothing in it outlives its command."""
        return self.folder / "rebuilds"

    @property
    def inputs(self) -> Path:
        """What runs were made from, each file under the SHA-256 of its content."""
        return self.folder / "inputs"

    @property
    def audit_log(self) -> Path:
        """The events of all runs, one JSON object a line, each chained to the one before by its hash."""
        return self.folder / "audit_log.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the run in progress, and says which."""
        return self.folder / "run.lock"

    @property
    def log(self) -> Path:
        """The steps of the last run and what dbt said."""
        return self.folder / "run.log"

    def database(self, run_id: str) -> Path:
        """The file of a published run."""
        return self.published / f"{run_id}.duckdb"


def shown(path: Path) -> str:
    """A path as a person in the present folder would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
