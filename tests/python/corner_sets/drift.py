"""Sets for drift and status."""

from decimal import Decimal
from pathlib import Path

from corner_sets.book import Book, corner
from corner_sets.writing import DAYS


@corner()
def corner_band_edges(root: Path) -> Path:
    """Exactly 3 % and 5 %, one step of 1e-10 to each side, and a weight that rounds onto the edge; both directions."""
    book = Book()
    number = 0
    # of 100,000,000.00, where a cent is a weight of 1e-10: equity at 60 % + shift, bonds at 35 % - shift
    for shift_cents in (300_000_000, 500_000_000):
        for step in (-1, 0, 1):
            for sign in (1, -1):
                number += 1
                shift = sign * Decimal(shift_cents + step) / 100
                book.portfolio(
                    f"P{number:02}",
                    EQ=str((60_000_000 + shift) / 100),
                    BD=str((35_000_000 - shift) / 50),
                    CASH="5000000",
                )
    # of 1,000,000,000.00, where a cent is 1e-11: 63.00000000_4 % rounds onto the edge, _5 away from it
    for cents in ("04", "05", "06"):
        number += 1
        book.security(f"E{cents}", "Equity", f"0.{cents}")
        book.portfolio(f"P{number:02}", EQ="6300000", BD="6400000", CASH=f"{50_000_000 - Decimal(f'0.{cents}')}")
        book.add("holdings", f"P{number:02}", DAYS[0], f"E{cents}", "1")
    return book.write(root)


@corner()
def corner_class_ties(root: Path) -> Path:
    book = Book()
    book.portfolio("P1", EQ="620", BD="660", CASH="5000")  # equity +2 %, bonds -2 %
    book.portfolio("P2", EQ="600", BD="660", CASH="7000")  # bonds -2 %, cash +2 %
    book.portfolio("P3", EQ="580", BD="700", CASH="7000")  # equity -2 %, cash +2 %
    book.portfolio("P4", EQ="600", BD="700", CASH="5000")  # all zero
    return book.write(root)


@corner()
def corner_class_missing(root: Path) -> Path:
    book = Book()
    book.portfolio("P1", EQ="600", CASH="5000")
    book.portfolio("P2", CASH="5000")
    book.portfolio("P3", EQ="1")
    book.portfolio("P4", EQ="0", BD="0", CASH="1")
    book.portfolio("P5", "Conservative", BD="700")
    return book.write(root)


@corner()
def corner_days_in_status(root: Path) -> Path:
    """Status changes, changes back, and an unvalued gap in the middle of a run."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", EQ="640", BD="620", CASH="5000")
    book.unprice("EQ", DAYS)
    for number, day in enumerate(DAYS):
        if not 4 <= number <= 12:  # 9 days without a price: 5 carried, 4 unvalued
            book.add("prices", "EQ", day, "100" if number < 15 or number == 18 else "150")
    book.rows["risk_profile_assignments"].append(["P2", DAYS[14], "Aggressive"])
    return book.write(root)


@corner()
def corner_rank_ties(root: Path) -> Path:
    """Equal severity; then equal drift; then equal value: the portfolio id decides, as bytes."""
    book = Book()
    for portfolio_id in ("p1", "P10", "P2", "É1", "_1", "Z"):
        book.portfolio(portfolio_id, EQ="700", BD="500", CASH="5000")
    book.portfolio("BIG", EQ="1400", BD="1000", CASH="10000")
    book.portfolio("WATCH", EQ="645", BD="610", CASH="5000")
    book.portfolio("MORE", EQ="701", BD="498", CASH="5000")
    return book.write(root)


@corner()
def corner_five_days_ago(root: Path) -> Path:
    """Five trading days before the latest valued day: no row yet, no value then, the first day, a gap."""
    book = Book()
    book.portfolio("FIVE", opened=DAYS[-6], EQ="600", BD="700", CASH="5000")
    book.portfolio("FOUR", opened=DAYS[-5], EQ="600", BD="700", CASH="5000")
    book.portfolio("LATE", None, EQ="600", BD="700", CASH="5000")
    book.add("risk_profile_assignments", "LATE", DAYS[-6], "Moderate")
    book.portfolio("LATER", None, EQ="600", BD="700", CASH="5000")
    book.add("risk_profile_assignments", "LATER", DAYS[-5], "Moderate")
    book.security("X", "Equity")
    book.price("X", DAYS[:10], "20")
    book.portfolio("GONE", EQ="600", BD="700", CASH="5000", X="10")
    for number, day in enumerate(DAYS):
        for row in book.rows["prices"]:
            if row[:2] == ["EQ", day]:
                row[2] = str(100 + number)
    return book.write(root)
