"""The input: books made by the simulator, as Parquet, with the days after them as daily drops."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator import SimulatorOptions, simulate
from scripts.warehouse import PROJECT

FURTHER_DAYS = 5  # as many days can be added to a book, one after the other
_DATED = {"prices": "price_date", "holdings": "snapshot_date", "custodian_balances": "balance_date"}


@dataclass(frozen=True)
class Book:
    """A book of ``days`` trading days: ``landing`` has one Parquet file per table, ``drops`` the days after it.

    A book of one more day is another book to the simulator, which spreads openings and closings over the whole history.
    So it is simulated with its further days, which are then cut off. What is known beforehand stays: a portfolio may
    carry the date on which it is going to be closed.
    """

    portfolios: int
    days: int
    landing: Path
    drops: tuple[Path, ...]

    def land_daily(self, folder: Path) -> None:
        """Lay the book out as a user with daily drops has it: dated tables as folders, the history as one drop."""
        folder.mkdir(parents=True)
        for path in self.landing.glob("*.parquet"):
            if path.stem in _DATED:
                (folder / path.stem).mkdir()
                os.link(path, folder / path.stem / "0000-00-00.parquet")
            else:
                os.link(path, folder / path.name)

    def add_day(self, folder: Path, number: int) -> None:
        """Land the ``number``th day after the history, from 0, in ``folder``."""
        for path in self.drops[number].glob("*.parquet"):
            os.link(path, folder / path.stem / f"{self.drops[number].name}.parquet")


def make_book(portfolios: int, days: int, seed: int, shelf: Path) -> Book:
    """The book, simulated unless it stands on the ``shelf`` already, made by the same simulator."""
    folder = shelf / f"{portfolios}_portfolios_{days}_days"
    made_by = {"seed": seed, "further_days": FURTHER_DAYS, "simulator": _simulator_hash()}
    note = folder / "made_by.json"
    if not note.exists() or json.loads(note.read_text()) != made_by:
        shutil.rmtree(folder, ignore_errors=True)
        whole = folder / "whole"
        simulate(
            SimulatorOptions(portfolios=portfolios, days=days + FURTHER_DAYS, seed=seed, file_format="parquet"), whole
        )
        _cut(whole, folder, days)
        shutil.rmtree(whole)
        note.write_text(json.dumps(made_by))
    return Book(portfolios, days, folder / "landing", tuple(sorted((folder / "drops").iterdir())))


def _cut(whole: Path, folder: Path, days: int) -> None:
    sessions = sorted(pc.unique(pq.read_table(whole / "prices.parquet")["price_date"]).to_pylist())
    (folder / "landing").mkdir()
    for day in sessions[days:]:
        (folder / "drops" / str(day)).mkdir(parents=True)
    for table in LANDING_TABLES:
        rows = pq.read_table(whole / f"{table}.parquet")
        for path, part in _parts(table, rows, sessions[days - 1], sessions[days:]):
            _write(part, folder / path / f"{table}.parquet")


def _parts(table: str, rows: pa.Table, last_day: date, further_days: list[date]) -> Iterator[tuple[str, pa.Table]]:
    if table not in _DATED:
        yield "landing", rows
        return
    days = rows[_DATED[table]]
    yield "landing", rows.filter(pc.less_equal(days, pa.scalar(last_day)))
    for day in further_days:
        of_day = rows.filter(pc.equal(days, pa.scalar(day)))
        if of_day.num_rows:
            yield f"drops/{day}", of_day


def _write(rows: pa.Table, path: Path) -> None:
    """As the simulator writes its files (scripts/simulator/write.py)."""
    pq.write_table(rows, path, compression="zstd", row_group_size=131_072)


def _simulator_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "scripts" / "simulator").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
