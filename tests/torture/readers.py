"""What readers see of a warehouse, by every way in, proven by content: wholly a known book, or nothing yet."""

import hashlib
import json
import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb

from scripts.reader import open_published
from scripts.warehouse import Warehouse
from tests.torture.books import Book, Content, content_of
from tests.torture.campaign import HarmError
from tests.torture.drift import events_of


def book_seen(warehouse: Warehouse, books: Sequence[Book], link_may_lack: bool = False) -> Book | None:
    """The book that readers see, None before the first was published.

    Looked at are the pointer, the symbolic link and the project's own reader. Raises HarmError unless each leads to a
    whole run: the file is the one whose SHA-256 is told, read-only, without a write-ahead log, and every mart holds
    what that book's marts must hold. The link alone may still lead to another whole run, as after a crash between the
    two, or be missing where ``link_may_lack``.
    """
    if not warehouse.pointer.exists():
        _expect(not warehouse.link.is_symlink(), "the symbolic link is there without a pointer")
        return None
    pointer = json.loads(warehouse.pointer.read_bytes())
    if pointer["run_id"] is None:
        _expect(not warehouse.link.is_symlink(), "the symbolic link is there before the pointer names a run")
        return None
    path = warehouse.folder / pointer["file"]
    _expect(path.parent.name == "published", f"the pointer leads to {path}")
    book = _book_in(path, pointer["sha256"], pointer["run_id"], books)
    if warehouse.link.is_symlink() or not link_may_lack:
        _expect_link_to_whole_run(warehouse, path, books)
    connection, run = open_published(warehouse)
    with connection:
        _expect(run.notice is None, f"the reader found trouble: {run.notice}")
        _expect(run.run_id == pointer["run_id"], f"the reader opened {run.run_id}, the pointer says {pointer}")
        _expect(content_of(connection) == book.content, "the reader saw something else than the pointer's file")
    return book


def expect_seen(warehouse: Warehouse, books: Sequence[Book], expected: Book) -> None:
    """Raise HarmError unless readers see the expected one of the books, wholly and by every way."""
    seen = book_seen(warehouse, books)
    _expect(seen is expected, f"readers see {seen and seen.name}, not {expected.name}")


def _expect_link_to_whole_run(warehouse: Warehouse, pointed_at: Path, books: Sequence[Book]) -> None:
    _expect(warehouse.link.is_symlink(), "current.duckdb is no symbolic link, or missing")
    path = warehouse.link.resolve()
    if path == pointed_at.resolve():
        return
    told = [event["sha256"] for event in events_of(warehouse) if event["run_id"] == path.stem and "sha256" in event]
    _expect(bool(told), f"current.duckdb leads to {path.name}, whose publishing is not in the audit log")
    _book_in(path, told[-1], path.stem, books)


def _book_in(path: Path, sha256: str, run_id: str, books: Sequence[Book]) -> Book:
    _expect(path.is_file(), f"{path.name} is missing")
    _expect(stat.S_IMODE(path.stat().st_mode) & 0o222 == 0, f"{path.name} is not read-only")
    _expect(not path.with_name(f"{path.name}.wal").exists(), f"{path.name} has a write-ahead log beside it")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    _expect(found == sha256, f"{path.name} has another SHA-256 than was told")
    with duckdb.connect(str(path), read_only=True) as connection:
        content = content_of(connection)
        own = connection.execute("select status from audit.runs where run_id = ?", [run_id]).fetchall()
    _expect(own == [("published",)], f"audit.runs in {path.name} says {own} of {run_id}")
    book = next((book for book in books if book.content == content), None)
    if book is None:
        raise HarmError(f"{path.name} is neither book, wholly: {_mixture(content, books)}")
    return book


def _mixture(content: Content, books: Sequence[Book]) -> str:
    marts = sorted({*content, *(mart for book in books for mart in book.content)})
    found = {
        mart: next((book.name for book in books if book.content.get(mart) == content.get(mart)), "neither")
        for mart in marts
    }
    return ", ".join(f"{mart} {name}" for mart, name in found.items())


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise HarmError(otherwise)
