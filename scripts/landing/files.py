"""Which files land in which table: the table's own file, or its folder of daily drops in the order of their names."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from scripts.landing.errors import LandingError
from scripts.landing.tables import LANDING_TABLES, LandingTable

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class LandedFile:
    """One file of a table: where it is, and what it is called from the landing directory on."""

    path: Path
    source_file: str


def landed_files(landing: Path, table: LandingTable) -> list[LandedFile]:
    """The files of ``table`` below ``landing``, a later drop after an earlier one.

    Hidden files, markers and readmes in a table's folder are passed over. Raises LandingError where there is no file
    and the table is required, where a table is given twice, and for anything else in its folder: a drop passed over
    in silence is a wrong number.
    """
    if not landing.is_dir():
        raise LandingError(f"landing: {landing} is not a folder; name the folder that has the landed files")
    given = [landing / f"{table.name}{suffix}" for suffix in SUFFIXES]
    found = [path for path in [*given, landing / table.name] if path.exists()]
    if len(found) > 1:
        names = " and as ".join(f"{path}/" if path.is_dir() else str(path) for path in found)
        raise LandingError(f"{table.name}: given as {names}; keep one of them")
    if not found:
        if table.may_be_missing:
            _refuse_what_may_be_meant(landing, table)
            return []
        raise LandingError(
            f"{table.name}: {landing} has no {table.name}.csv, {table.name}.parquet or folder {table.name}; add one"
        )
    if found[0].is_dir():
        if found[0] in given:
            raise LandingError(f"{table.name}: {found[0]} is a folder; call it {landing / table.name}")
        return _daily_drops(landing, table, found[0])
    if not found[0].is_file():
        raise LandingError(f"{table.name}: {found[0]} is a pipe or a device; put a file there")
    return [LandedFile(path=found[0], source_file=found[0].name)]


def _daily_drops(landing: Path, table: LandingTable, folder: Path) -> list[LandedFile]:
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    for path in entries:
        if not _is_drop(path) and not _may_be_passed_over(path):
            raise LandingError(
                f"{table.name}: {path} is no readable .csv or .parquet file; make it one, or take it out of the folder"
            )
    drops = [path for path in entries if _is_drop(path)]
    for path in drops:
        if not is_utf8(path.name):
            raise LandingError(f"{table.name}: {os.fsencode(path)!r} has a name that is not UTF-8; rename it")
    if not drops and not table.may_be_missing:
        raise LandingError(f"{table.name}: the folder {folder} has no .csv or .parquet file; add one")
    return [LandedFile(path=path, source_file=f"{table.name}/{path.name}") for path in drops]


def is_utf8(name: str) -> bool:
    """Whether a name, as the system gives it, is text: bytes that are none come as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_drop(path: Path) -> bool:
    return path.is_file() and path.suffix in SUFFIXES and not path.name.startswith(".")


def _may_be_passed_over(path: Path) -> bool:
    """A hidden file, a marker such as _SUCCESS, a readme, or a folder without data in it."""
    if path.is_dir():
        return not any(inner.suffix in SUFFIXES for inner in path.rglob("*"))
    return path.name.startswith((".", "_")) or path.name.lower().startswith("readme")


def _refuse_what_may_be_meant(landing: Path, table: LandingTable) -> None:
    """A table that may be missing is missed in silence where its file's name has a slip."""
    names = {path.name.split(".")[0].lower(): path for path in landing.iterdir() if not path.name.startswith(".")}
    others = {name: path for name, path in names.items() if name == table.name or name not in LANDING_TABLES}
    for name in difflib.get_close_matches(table.name, others, n=1, cutoff=0.85):
        raise LandingError(f"{table.name}: {others[name]} is not read; call it {table.name}.csv, or take it away")
