"""The dbt-duckdb plugin that gives DuckDB the door: functions that find, judge and read landed files.

``landing_query`` and ``policy_query`` answer with JSON, {"sql": ...} or {"refused": one clear line}, so that a macro
can stop the build with that line alone: an exception inside a DuckDB function would come out as a traceback.
"""

import atexit
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from duckdb.func import PythonUDFType
from duckdb.sqltypes import VARCHAR

from scripts.landing.errors import LandingError
from scripts.landing.policy import policy_query
from scripts.landing.queries import CSV_ROW_TYPE, LandedCsv, landing_query


class Plugin(BasePlugin):
    """Registers the functions on each connection that dbt opens, and makes the folder that the database file needs."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Start with no file read."""
        self._landed_csv = LandedCsv()

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Make the database's folder: a fresh clone has none."""
        if creds.path != ":memory:":
            Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the functions; none may be folded into a constant, for each call reads a file."""
        atexit.register(conn.close)  # a tool that leaves it open would be told of leaks at its exit
        conn.create_function("landing_query", self._landing_query, [VARCHAR, VARCHAR], VARCHAR, side_effects=True)
        conn.create_function("policy_query", self._policy_query, [VARCHAR, VARCHAR], VARCHAR, side_effects=True)
        conn.create_function(
            "csv_rows",
            self._csv_rows,
            [VARCHAR],
            "struct(source_line bigint, fields varchar[], malformed_line varchar)[]",
            type=PythonUDFType.ARROW,
            side_effects=True,
        )

    def _landing_query(self, landing: str, table: str) -> str:
        return _answer(lambda: landing_query(Path(landing), table, self._landed_csv))

    def _policy_query(self, path: str, column_types: str) -> str:
        return _answer(lambda: policy_query(Path(path), json.loads(column_types), self._landed_csv))

    def _csv_rows(self, paths: pa.ChunkedArray) -> pa.Array:
        files = [self._landed_csv.take(path.as_py()) for path in paths]
        offsets = [0]
        for rows in files:
            offsets.append(offsets[-1] + len(rows))
        values = pa.concat_arrays(files) if files else pa.array([], CSV_ROW_TYPE)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _answer(query: Callable[[], str]) -> str:
    try:
        return json.dumps({"sql": query()})
    except LandingError as refused:
        return json.dumps({"refused": str(refused)})
    except OSError as broken:
        refusal = f"{broken.filename}: can't be read ({broken.strerror}); check the file, or send it again"
        return json.dumps({"refused": refusal})
