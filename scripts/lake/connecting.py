"""What every connection to a lake needs: DuckDB's two extensions, from their packages, and where the catalog is."""

import importlib.util
import os
import re
from pathlib import Path

import duckdb

# the first reads the catalog, the second the lake
_EXTENSIONS = ("postgres_scanner", "ducklake")
CATALOG_VARIABLE = "PORTFOLIO_DRIFT_LAKE_CATALOG"
DATA_VARIABLE = "PORTFOLIO_DRIFT_LAKE_DATA"
# DuckLake numbers a commit as the last one + 1, and tries again when another took that number. By default (10 tries,
# each wait 1.5 x the one before) a build lost to somebody who committed a few times a second.
_PATIENCE = {"ducklake_max_retry_count": 200, "ducklake_retry_wait_ms": 50, "ducklake_retry_backoff": 1.01}
# nothing is fetched at run time: what is not loaded here is not there
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class LakeError(Exception):
    """Why a lake can't be used as asked: one line that says what, where and what to do."""


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Load and set the extensions of a connection's database, by their path: nothing is installed or fetched.

    Raises LakeError where this environment has none for its DuckDB.
    """
    for name in _EXTENSIONS:
        connection.execute(f"load {quoted(str(_extension(name)))}")
    for setting, value in _PATIENCE.items():
        connection.execute(f"set global {setting} = {value}")


def _extension(name: str) -> Path:
    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise LakeError(
            f"no {package} for DuckDB {duckdb.__version__} here: `make engines`, then .venv-engines/bin/dbt or python"
        )
    path = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not path.is_file():
        raise LakeError(f"{package} is not for DuckDB {duckdb.__version__}: install the two in the same version")
    return path


def catalog_of_environment() -> str:
    """How libpq reaches the catalog, as PORTFOLIO_DRIFT_LAKE_CATALOG says. Raises LakeError where it is not set."""
    catalog = os.environ.get(CATALOG_VARIABLE, "")
    if not catalog:
        raise LakeError(
            f"{CATALOG_VARIABLE} is not set; name the catalog, such as 'host=db.example dbname=lake user=me'"
        )
    return checked_catalog(catalog)


def checked_catalog(catalog: str) -> str:
    """``catalog``, unless it has a password in it: dbt shows where it connects to. Raises LakeError then."""
    if re.search(r"\bpassword\s*=|://[^/@]*:[^/@]*@", catalog, flags=re.IGNORECASE):
        raise LakeError(f"{CATALOG_VARIABLE} has a password in it; put it in PGPASSWORD or in the file of PGPASSFILE")
    return catalog


def checked_data_path(data_path: str) -> str:
    """``data_path``, unless it depends on where one stands. Raises LakeError then."""
    if not re.match(r"/|[a-z0-9]+://", data_path):
        raise LakeError(f"{DATA_VARIABLE} is {data_path!r}; give a whole path, which readers elsewhere find too")
    return data_path


def quoted(text: str) -> str:
    """``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
