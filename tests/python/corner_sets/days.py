"""Sets for snapshots and days."""

from pathlib import Path

from corner_sets.book import ON_TARGET, Book, corner
from corner_sets.writing import DAYS, HOLIDAY, SATURDAY, SUNDAY


@corner()
def corner_snapshot_days(root: Path) -> Path:
    """Snapshots on a weekend, on a holiday, on the first of January, before the prices, after the as-of date."""
    book = Book()
    book.on_target("P1", opened=SATURDAY)
    book.on_target("P2", opened=HOLIDAY)
    book.on_target("P3", opened="2024-01-01")
    book.on_target("P4", opened="2023-12-29")
    book.on_target("P5", opened="2024-02-01")
    book.on_target("P6")
    book.snapshot("P6", SATURDAY, EQ="650", BD="600")
    book.snapshot("P6", SUNDAY, EQ="660", BD="600")
    book.snapshot("P6", HOLIDAY, EQ="670", BD="600")
    book.snapshot("P6", DAYS[-1], EQ="680", BD="600")
    book.snapshot("P6", "2024-02-01", EQ="690", BD="600")
    book.on_target("P7", opened="1995-05-05")
    return book.write(root)


@corner()
def corner_sold_and_bought_back(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", DAYS[5], EQ="600", CASH="40000")
    book.snapshot("P1", DAYS[6], BD="1400", CASH="5000")
    book.snapshot("P1", DAYS[7], **ON_TARGET)
    return book.write(root)


@corner()
def corner_profile_changes(root: Path) -> Path:
    """Back and forth, twice the same, on a weekend, before the history, in the future, none at first."""
    book = Book()
    for number in range(1, 6):
        book.portfolio(f"P{number}", None, **ON_TARGET)
    for portfolio_id, day, profile in (
        ("P1", DAYS[0], "Moderate"),
        ("P1", DAYS[5], "Aggressive"),
        ("P1", DAYS[9], "Moderate"),
        ("P2", "2020-02-30", "Moderate"),
        ("P2", "2020-02-28", "Moderate"),
        ("P2", DAYS[3], "Moderate"),
        ("P2", SATURDAY, "Conservative"),
        ("P2", DAYS[10], "Conservative"),
        ("P3", DAYS[4], "Aggressive"),
        ("P4", "2024-02-01", "Aggressive"),
        ("P5", DAYS[0], "Moderate"),
        ("P5", "2024-02-01", "Aggressive"),
    ):
        book.add("risk_profile_assignments", portfolio_id, day, profile)
    return book.write(root)


@corner()
def corner_closed_portfolios(root: Path) -> Path:
    book = Book()
    book.on_target("OPEN")
    book.on_target("FIRST", closed=DAYS[0])
    book.on_target("SECOND", closed=DAYS[1])
    book.on_target("MID", closed=DAYS[9])
    book.on_target("WEEKEND", closed=SATURDAY)
    book.on_target("ASOF", closed=DAYS[-1])
    book.on_target("AFTER", closed="2024-02-01")
    book.on_target("NEVER", closed="9999-12-31")
    book.on_target("BEFORE", opened=DAYS[5], closed=DAYS[2])
    book.on_target("RESNAP", closed=DAYS[9])
    book.snapshot("RESNAP", DAYS[12], EQ="1")
    book.portfolio("LATESNAP", closed=DAYS[3])
    book.snapshot("LATESNAP", DAYS[5], **ON_TARGET)
    return book.write(root)


@corner()
def corner_open_without_value(root: Path) -> Path:
    """No holdings, no profile, profile or inception in the future, snapshot before inception; an idle advisor."""
    book = Book()
    book.add("advisors", "A2", "Bea", "")
    book.add("advisors", "A3", "Idle", "South")
    book.on_target("P0")
    book.portfolio("NOHOLD", advisor_id="A2")
    book.portfolio("NOPROF", None, **ON_TARGET)
    book.portfolio("NOTHING", None, advisor_id="A2", opened="2023-12-20")
    book.portfolio("FUTPROF", None, **ON_TARGET)
    book.add("risk_profile_assignments", "FUTPROF", "2024-02-01", "Moderate")
    book.portfolio("FUTURE", opened="2024-02-01")
    book.add("portfolios", "EARLY", "Early", "C1", "A2", DAYS[10], "")
    book.add("risk_profile_assignments", "EARLY", DAYS[10], "Moderate")
    book.snapshot("EARLY", DAYS[3], **ON_TARGET)
    book.add("portfolios", "LATESNAP", "Late", "C1", "A2", DAYS[2], "")
    book.add("risk_profile_assignments", "LATESNAP", DAYS[2], "Aggressive")
    book.snapshot("LATESNAP", DAYS[7], **ON_TARGET)
    return book.write(root)


@corner(max_snapshot_age_days=10)
def corner_snapshot_age(root: Path) -> Path:
    """Calendar days from the snapshot to the as-of date (2024-01-31): 10 is fresh, 11 is stale."""
    book = Book()
    book.on_target("P1", opened="2024-01-20")
    book.on_target("P2", opened="2024-01-21")
    book.on_target("P3", opened="2024-01-22")
    return book.write(root)


@corner(expect_date="2024-02-05")
def corner_expected_later(root: Path) -> Path:
    """The book ends on Wednesday, 31 January; the 1st, the 2nd and Monday, 5 February, are missing."""
    book = Book()
    book.on_target("P1")
    return book.write(root)


@corner(expect_date="2024-01-20")
def corner_expected_on_a_saturday_before_the_end(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root)
