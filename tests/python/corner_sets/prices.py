"""Sets for prices and the as-of date."""

from pathlib import Path

from corner_sets.book import Book, corner
from corner_sets.writing import DAYS, SATURDAY, trading_days


@corner()
def corner_price_age(root: Path) -> Path:
    """Closes 1 to 5 trading days old are used, 6 not; over a holiday; two securities missing at once, in id order."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", EQ="600", BD="700", Z="10", b="10", CASH="5000")
    book.security("Z", "Equity", "10")
    book.security("b", "Equity", "10")
    book.unprice("EQ", DAYS[2:9])
    book.unprice("Z", DAYS[8:16])
    book.unprice("b", DAYS[9:16])
    book.unprice("BD", DAYS[-1:])
    return book.write(root)


@corner()
def corner_price_gap_over_holidays(root: Path) -> Path:
    """A last close before Christmas stays usable for 5 trading days, whatever the calendar days."""
    days = trading_days("2023-12-15", "2024-01-10")
    book = Book(days=days)
    book.on_target("P1", opened=days[0])
    book.unprice("EQ", days[5:])
    return book.write(root)


@corner(max_price_age_days=0)
def corner_price_of_the_day_only(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.unprice("EQ", [DAYS[3], DAYS[7]])
    return book.write(root)


@corner()
def corner_first_price_late(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.unprice("BD", DAYS[:4])
    book.security("NEVER", "Equity")
    book.portfolio("P2", EQ="1", NEVER="0")
    return book.write(root)


@corner()
def corner_mistyped_year(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.add("prices", "EQ", "2062-01-03", "100")  # beyond the calendar
    book.add("prices", "EQ", "2034-01-03", "100")  # a trading day
    book.add("prices", "EQ", "0202-01-03", "100")
    book.add("prices", "BD", SATURDAY, "50")
    return book.write(root)


@corner()
def corner_sparse_last_day(root: Path) -> Path:
    """Of 8 securities the last day has 3 prices, the one before 4, exactly half the median."""
    book = Book()
    for number in range(5):
        book.security(f"S{number}", "Equity", "10")
    book.on_target("P1")
    book.unprice("EQ", DAYS[-1:])
    for number in range(4):
        book.unprice(f"S{number}", DAYS[-2:])
    return book.write(root)


@corner()
def corner_median_of_two(root: Path) -> Path:
    """Two price dates with 3 and 1 prices: the median is 2, and 1 is half of it."""
    book = Book(days=DAYS[:2])
    book.on_target("P1")
    book.unprice("EQ", DAYS[1:2])
    book.unprice("CASH", DAYS[1:2])
    return book.write(root)


@corner()
def corner_rejected_prices_do_not_date(root: Path) -> Path:
    """Rejected prices count neither for the as-of date nor for the median."""
    book = Book()
    book.on_target("P1")
    for number in range(9):
        book.add("prices", f"UNKNOWN{number}", "2024-02-01", "10")
    book.add("prices", "EQ", "2024-02-01", "0")
    book.add("prices", "BD", "2024-02-01", "-1")
    book.add("prices", "CASH", "2024-02-01", "1")
    return book.write(root)


@corner(as_of_date="2024-01-21")
def corner_as_of_a_sunday(root: Path) -> Path:
    """The last trading day before: Friday the 19th; later prices are rejected, later snapshots wait."""
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", "2024-01-20", EQ="1")
    book.on_target("P2", opened="2024-01-20")
    book.on_target("P3", closed="2024-01-20")
    book.add("custodian_balances", "P1", "2024-01-20", "100000")
    book.add("custodian_balances", "P1", "2024-01-22", "100000")
    return book.write(root)


@corner(as_of_date="2024-02-09")
def corner_as_of_after_the_prices(root: Path) -> Path:
    """Seven trading days after the last price: 5 days carried, 2 unpriced."""
    book = Book()
    book.on_target("P1")
    return book.write(root)
