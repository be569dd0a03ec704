"""The landing directory: tables given twice or not at all, folders of daily drops, names, and what is no file."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from tests.torture.makers.landing import Landing, Row, csv_bytes, text_table, whole_file


def _into_drops(landing: Landing, table: str, drops: dict[str, Sequence[Row]]) -> Path:
    """Let a folder with these files stand in the place of the table's own file."""
    landing.csv(table).unlink()
    folder = landing.folder / table
    folder.mkdir()
    for name, rows in drops.items():
        if name.endswith(".parquet"):
            pq.write_table(text_table(table, rows), folder / name)
        else:
            (folder / name).write_bytes(csv_bytes(table, rows))
    return folder


@whole_file
def drops_of_odd_names(landing: Landing) -> None:
    """Blanks, quotes, brackets, other scripts; hidden files, markers, readmes and empty folders beside them."""
    rows = landing.book.rows["prices"]
    names = ["1 of 3.csv", "2 o'clock [re-sent]*.parquet", "3 株 {{ 1 }}.csv"]
    folder = _into_drops(landing, "prices", {name: rows[number::3] for number, name in enumerate(names)})
    for name in ("README.txt", "_SUCCESS", ".~lock.csv#"):
        (folder / name).write_bytes(b"not,a,drop\0")
    (folder / "archive").mkdir()


@whole_file
def file_behind_a_link(landing: Landing) -> None:
    elsewhere = landing.folder / "delivered by sftp"
    landing.csv("securities").rename(elsewhere)
    landing.csv("securities").symlink_to(elsewhere)


@whole_file
def drop_without_rows(landing: Landing) -> None:
    rows = landing.book.rows["risk_profile_assignments"]
    _into_drops(landing, "risk_profile_assignments", {"1.csv": rows, "2.parquet": [], "3.csv": []})


@whole_file
def optional_table_missing(landing: Landing) -> None:
    landing.csv("custodian_balances").unlink()


@whole_file
def snapshot_corrected_by_a_later_drop(landing: Landing) -> None:
    """The list is complete, so the whole earlier one is superseded, the lines that came again as they were too."""
    snapshot = landing.snapshot()
    wrong = [{**snapshot[0], "quantity": "1"}, *snapshot[1:]]
    others = [row for row in landing.book.rows["holdings"] if row not in snapshot]
    _into_drops(landing, "holdings", {"2026-06-29.csv": [*others, *wrong], "2026-06-30.csv": snapshot})
    for row in wrong:
        landing.expect("holdings", row, source_file="holdings/2026-06-29.csv")


@whole_file
def drop_sent_again(landing: Landing) -> None:
    rows = landing.book.rows["clients"]
    _into_drops(landing, "clients", {"1.csv": rows, "2 (sent again).csv": rows[:5]})
    for row in rows[:5]:
        landing.expect("clients", row, source_file="clients/1.csv")


@whole_file
def table_as_csv_and_as_parquet(landing: Landing) -> None:
    pq.write_table(text_table("prices", landing.book.rows["prices"]), landing.folder / "prices.parquet")


@whole_file
def table_as_file_and_as_folder(landing: Landing) -> None:
    (landing.folder / "holdings").mkdir()
    shutil.copy(landing.csv("holdings"), landing.folder / "holdings" / "2026-06-30.csv")


@whole_file
def table_missing(landing: Landing) -> None:
    landing.csv("securities").unlink()


@whole_file
def folder_without_a_file(landing: Landing) -> None:
    _into_drops(landing, "holdings", {})


@whole_file
def folder_named_csv(landing: Landing) -> None:
    folder = _into_drops(landing, "prices", {"1.csv": landing.book.rows["prices"]})
    folder.rename(landing.csv("prices"))


@whole_file
def gzip_among_the_drops(landing: Landing) -> None:
    folder = _into_drops(landing, "prices", {"2026-06-29.csv": landing.book.rows["prices"]})
    (folder / "2026-06-30.csv.gz").write_bytes(b"\x1f\x8b\x08")


@whole_file
def drop_with_a_suffix_in_capitals(landing: Landing) -> None:
    folder = _into_drops(landing, "holdings", {"2026-06-29.csv": landing.book.rows["holdings"]})
    shutil.copy(folder / "2026-06-29.csv", folder / "2026-06-30.CSV")


@whole_file
def drops_in_folders_of_folders(landing: Landing) -> None:
    folder = _into_drops(landing, "prices", {"2026-06-29.csv": landing.book.rows["prices"]})
    (folder / "2026-06").mkdir()
    shutil.copy(folder / "2026-06-29.csv", folder / "2026-06" / "30.csv")


@whole_file
def link_to_nothing_among_the_drops(landing: Landing) -> None:
    folder = _into_drops(landing, "clients", {"1.csv": landing.book.rows["clients"]})
    (folder / "2.csv").symlink_to(landing.folder / "gone.csv")


@whole_file
def drop_of_another_table(landing: Landing) -> None:
    folder = _into_drops(landing, "prices", {"1.csv": landing.book.rows["prices"]})
    (folder / "2.csv").write_bytes(csv_bytes("holdings", landing.book.rows["holdings"]))


@whole_file
def pipe_named_csv(landing: Landing) -> None:
    """Nobody writes into it: who opens it waits for ever."""
    landing.csv("prices").unlink()
    os.mkfifo(landing.csv("prices"))


@whole_file
def optional_table_misspelt(landing: Landing) -> None:
    landing.csv("custodian_balances").rename(landing.folder / "custodian_balance.csv")


@whole_file
def file_name_in_capitals(landing: Landing) -> None:
    landing.csv("securities").rename(landing.folder / "SECURITIES.CSV")


@whole_file
def landing_is_a_file(landing: Landing) -> None:
    shutil.rmtree(landing.folder)
    landing.folder.write_bytes(b"PK\x03\x04")
