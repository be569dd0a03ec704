"""How Python reads a lake: at a published version, in which all tables are of one book, whatever is being built."""

import os
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from scripts.lake.connecting import OFFLINE, LakeError, catalog_of_environment, load_extensions, quoted


@dataclass(frozen=True)
class PublishedVersion:
    """A version of the lake that a whole build has ended at; ``published_at`` is UTC."""

    version: int
    as_of_date: date
    published_at: datetime


def published_versions(catalog: str | None = None) -> list[PublishedVersion]:
    """What was published, the newest first. Raises LakeError where there is no such lake or nothing is published."""
    with _attached(catalog or catalog_of_environment()) as connection:
        try:
            found = connection.execute(
                "select version, as_of_date, published_at from audit.published_versions order by version desc"
            ).fetchall()
        except duckdb.CatalogException:
            found = []
    if not found:
        raise LakeError("nothing is published in this lake yet; run `dbt build --target lake` first")
    return [PublishedVersion(*row) for row in found]


def open_book(
    version: int | None = None, catalog: str | None = None
) -> tuple[duckdb.DuckDBPyConnection, PublishedVersion]:
    """A read-only connection to a published version, the newest by default, and which one that is.

    It goes on seeing that version for as long as it is open. Raises LakeError for a version that was not published.
    """
    catalog = catalog or catalog_of_environment()
    versions = published_versions(catalog)
    chosen = next((one for one in versions if version in (None, one.version)), None)
    if chosen is None:
        raise LakeError(f"version {version} was not published; the newest that were: {', '.join(_shown(versions[:5]))}")
    return _attached(catalog, f", snapshot_version {chosen.version}"), chosen


def _shown(versions: list[PublishedVersion]) -> list[str]:
    return [f"{one.version} (as of {one.as_of_date})" for one in versions]


def _attached(catalog: str, options: str = "") -> duckdb.DuckDBPyConnection:
    """A connection whose names mean the lake, and which reaches no file but the lake's."""
    limits = {
        "memory_limit": os.environ.get("PORTFOLIO_DRIFT_READER_MEMORY") or "2GB",
        "threads": os.environ.get("PORTFOLIO_DRIFT_THREADS") or "2",
    }
    connection = duckdb.connect(config={**OFFLINE, **limits})
    try:
        load_extensions(connection)
        connection.execute(f"attach {quoted(f'ducklake:postgres:{catalog}')} as lake (read_only{options})")
        ((folder,),) = connection.execute(
            "select value from ducklake_options('lake') where option_name = 'data_path'"
        ).fetchall()
    except duckdb.Error as broken:
        connection.close()
        raise LakeError(f"the lake can't be opened: {str(broken).splitlines()[0]}") from None
    connection.execute("use lake")
    connection.execute(f"set allowed_directories = [{quoted(folder)}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection
