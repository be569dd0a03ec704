"""Sets for custodian balances."""

from pathlib import Path

from corner_sets.book import Book, corner
from corner_sets.writing import DAYS, HOLIDAY, SATURDAY


@corner()
def corner_custodian(root: Path) -> Path:
    """Weekend, holiday, before the history, after the as-of date, after closing, breaks of 0.01 and 0.02 both ways."""
    book = Book()
    book.on_target("P1")
    book.on_target("P2", closed=DAYS[5])
    book.portfolio("P3")
    book.on_target("P4", opened=DAYS[8])
    for portfolio_id, day, value in (
        ("P1", SATURDAY, "100000"),
        ("P1", HOLIDAY, "100000.00"),
        ("P1", DAYS[0], "100000.01"),
        ("P1", DAYS[1], "100000.02"),
        ("P1", DAYS[2], "99999.99"),
        ("P1", DAYS[3], "99999.98"),
        ("P1", DAYS[4], "-100000"),
        ("P1", "2024-01-01", "100000"),
        ("P1", "1999-06-01", "100000"),
        ("P1", "2024-02-01", "100000"),
        ("P1", "2099-01-01", "100000"),
        ("P2", DAYS[4], "100000"),
        ("P2", DAYS[5], "100000"),
        ("P2", DAYS[9], "0"),
        ("P3", DAYS[9], "0"),
        ("P4", DAYS[7], "100000"),
        ("P4", DAYS[8], "99999999999999.99"),
    ):
        book.add("custodian_balances", portfolio_id, day, value)
    return book.write(root)


@corner()
def corner_custodian_missing(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root, without=("custodian_balances",))


@corner()
def corner_custodian_header_only(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root)
