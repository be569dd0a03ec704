"""Which files land in which table: the table's own file, or its folder of daily drops in the order of their names."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.landing.errors import LandingError
from scripts.landing.tables import LandingTable

SUFFIXES = (".csv", ".parquet")
# a drop in another spelling, compressed, or saved by a spreadsheet
_UNREADABLE_DATA = re.compile(r"\.(csv|parquet|tsv|xlsx?|gz|zip|bz2|zst)\b", re.IGNORECASE)


@dataclass(frozen=True)
class LandedFile:
    """One file of a table: where it is, and what it is called from the landing directory on."""

    path: Path
    source_file: str


def landed_files(landing: Path, table: LandingTable) -> list[LandedFile]:
    """The files of ``table`` below ``landing``, a later drop after an earlier one.

    What is no drop in a table's folder (a note, a folder, a hidden file) is passed over. Raises LandingError where
    there is none and the table is required, where a table is given twice, and for data in a form that can't be
    read: a drop passed over in silence is a wrong number.
    """
    if not landing.is_dir():
        raise LandingError(f"landing: {landing} is not a folder; name the folder that holds the landed files")
    given = [landing / f"{table.name}{suffix}" for suffix in SUFFIXES]
    found = [path for path in [*given, landing / table.name] if path.exists()]
    if len(found) > 1:
        names = " and as ".join(f"{path}/" if path.is_dir() else str(path) for path in found)
        raise LandingError(f"{table.name}: given as {names}; keep one of them")
    if not found:
        if table.may_be_missing:
            return []
        raise LandingError(
            f"{table.name}: {landing} has no {table.name}.csv, {table.name}.parquet or folder {table.name}; add one"
        )
    if found[0].is_dir():
        if found[0] in given:
            raise LandingError(f"{table.name}: {found[0]} is a folder; call it {landing / table.name}")
        return _daily_drops(landing, table, found[0])
    return [LandedFile(path=found[0], source_file=found[0].name)]


def _daily_drops(landing: Path, table: LandingTable, folder: Path) -> list[LandedFile]:
    files = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.name)
    shown = [path for path in files if not path.name.startswith(".")]
    for path in shown:
        if path.suffix not in SUFFIXES and _UNREADABLE_DATA.search(path.name):
            raise LandingError(f"{table.name}: {path} can't be read; make it a .csv or .parquet file, or take it away")
    drops = [path for path in shown if path.suffix in SUFFIXES]
    if not drops and not table.may_be_missing:
        raise LandingError(f"{table.name}: the folder {folder} has no .csv or .parquet file; add one")
    return [LandedFile(path=path, source_file=f"{table.name}/{path.name}") for path in drops]
