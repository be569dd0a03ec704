"""The dbt-duckdb plugin of the target lake: extensions without a network, and the lock that keeps builds apart."""

import atexit
import json
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection
from duckdb.sqltypes import VARCHAR

from scripts.lake.connecting import LakeError, checked_catalog, checked_data_path, load_extensions
from scripts.lake.lock import BuildLock

_SCHEME = "ducklake:postgres:"


class Plugin(BasePlugin):
    """Prepares each connection that dbt opens, and gives macros/engine/lake.sql the function that locks."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Find the one attached database."""
        assert self.creds is not None
        (self._attached,) = self.creds.attach or []

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Refuse what would show a password, or not be found again."""
        try:
            self._lock = BuildLock(checked_catalog(self._attached.path.removeprefix(_SCHEME)))
            checked_data_path(str((self._attached.options or {}).get("data_path")))
        except LakeError as refused:
            raise DbtRuntimeError(str(refused)) from None

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extensions, before dbt attaches the lake, and register the function."""
        try:
            load_extensions(conn)
        except LakeError as refused:
            raise DbtRuntimeError(str(refused)) from None
        atexit.register(self._lock.release)
        conn.create_function("build_lock", self._build_lock, [VARCHAR], VARCHAR, side_effects=True)

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Let names without a database mean the lake, as they mean the one file of the target dev."""
        cursor.execute(f"use {self._attached.alias}")

    def _build_lock(self, action: str) -> str:
        """Answers {} or, where macros should stop, {"refused": one clear line}."""
        try:
            if action == "take" and not self._lock.take():
                return json.dumps({"refused": "another build is writing to this lake; wait until it has ended"})
            if action == "check":
                self._lock.check()
            if action == "release":
                self._lock.release()
        except LakeError as refused:
            return json.dumps({"refused": str(refused)})
        return "{}"
