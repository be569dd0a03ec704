"""A lake for a test, and dbt on it: each command a process of its own, as people and schedulers run them."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from private_postgres import OWNER, OWNER_PASSWORD, PrivatePostgres
from project import PROJECT

from scripts.lake.connecting import OFFLINE, load_extensions
from scripts.lake.reader import open_book
from scripts.runs.context import BOOK_TOTALS, REJECTED_ROWS, THIS_RUN
from scripts.runs.output_hash import output_hash

DBT = Path(sys.executable).with_name("dbt")
# defects are planted on purpose: what they break in the custodian's eyes is no news
SPOILT_BOOK = {"accepted_controls": "custodian_balances, rejected_rows"}
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    exit_code: int
    output: str


@dataclass
class Lake:
    """One lake, empty at first: a database of a server, and a folder."""

    server: PrivatePostgres
    folder: Path
    name: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.server.ask(f"create database {self.name}")
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def catalog(self) -> str:
        return self.server.catalog(self.name)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def environment(self, user: str = OWNER, password: str = OWNER_PASSWORD) -> dict[str, str]:
        """The environment of a process that uses the lake."""
        return {
            **os.environ,
            "PORTFOLIO_DRIFT_LAKE_CATALOG": self.server.catalog(self.name, user),
            "PORTFOLIO_DRIFT_LAKE_DATA": f"{self.data}/",
            "PORTFOLIO_DRIFT_WAREHOUSE": str(self.folder / "warehouse"),
            "PORTFOLIO_DRIFT_MEMORY": "2GB",
            "PGPASSWORD": password,
        }

    def start(
        self, *arguments: str, project: Path = PROJECT, variables: Mapping[str, str] = {}
    ) -> "subprocess.Popen[str]":
        """Start dbt; each command has folders of its own, as on machines of their own."""
        own = self.folder / f"command_{next(self._numbers)}"
        command = [
            *(str(DBT), *arguments, "--target", "lake", "--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", str(own / "target"), "--log-path", str(own / "logs"), "--no-use-colors"),
            *("--vars", json.dumps(variables)),
        ]
        return subprocess.Popen(
            command, cwd=project, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def dbt(self, *arguments: str, project: Path = PROJECT, variables: Mapping[str, str] = {}) -> Done:
        """Run dbt to its end."""
        return ended(self.start(*arguments, project=project, variables=variables))

    def build(self, landing: Path, *arguments: str, project: Path = PROJECT, **variables: str) -> Done:
        """Run ``dbt build`` on a landing set, data tests and all."""
        return ended(self.start_build(landing, *arguments, project=project, **variables))

    def start_build(
        self, landing: Path, *arguments: str, project: Path = PROJECT, **variables: str
    ) -> "subprocess.Popen[str]":
        """Start ``dbt build`` on a landing set, data tests and all."""
        given = {"landing": str(landing), **SPOILT_BOOK, **variables}
        return self.start("build", *WITHOUT_UNIT_TESTS, *arguments, project=project, variables=given)

    def hash_of(self, version: int | None = None) -> str:
        """The content of the marts as readers see them."""
        connection, _ = open_book(version, self.catalog)
        with connection:
            return output_hash(connection)

    def newest_version(self) -> int:
        connection, published = open_book(catalog=self.catalog)
        connection.close()
        return published.version

    def head(self) -> duckdb.DuckDBPyConnection:
        """The lake as it is at this moment, published or not, to be read and written."""
        connection = duckdb.connect(config=OFFLINE)
        load_extensions(connection)
        connection.execute(f"attach 'ducklake:postgres:{self.catalog}' as lake")
        connection.execute("use lake")
        return connection


def ended(process: "subprocess.Popen[str]") -> Done:
    """Wait for a command."""
    output, _ = process.communicate()
    return Done(process.returncode, output)


def frozen_start(folder: Path) -> Path:
    """What a guarded run hands over, with no run before it: so that two builds tell of the same start."""
    folder.mkdir(parents=True)
    started_at = datetime(2026, 7, 2, 6, 30)
    pq.write_table(pa.table({"run_id": ["run_a"], "started_at": [started_at]}, THIS_RUN), folder / "this_run.parquet")
    pq.write_table(BOOK_TOTALS.empty_table(), folder / "earlier_book_totals.parquet")
    pq.write_table(REJECTED_ROWS.empty_table(), folder / "earlier_rejected_rows.parquet")
    return folder
