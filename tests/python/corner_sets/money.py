"""Sets for money and weights."""

from pathlib import Path

from corner_sets.book import Book, corner
from corner_sets.writing import DAYS


@corner()
def corner_overdrawn(root: Path) -> Path:
    """Weights beyond 1, at the limit of DECIMAL(18,10) and over it; total zero and negative."""
    book = Book()
    book.portfolio("P1", EQ="2000", CASH="-100000")
    book.portfolio("FITS", EQ="9999.9999", CASH="-999999.98")  # 999,999.99 of 0.01: weight 99,999,999
    book.portfolio("BEYOND", EQ="10000", CASH="-999999.99")  # weight 100,000,000
    book.portfolio("SIGNED", "Conservative", EQ="600000.0097", BD="800000", CASH="-99999999.97")  # only the drift is
    book.portfolio("ZERO", EQ="10", CASH="-1000")
    book.portfolio("CENT", EQ="10", CASH="-999.99")
    book.portfolio("DEBT", EQ="10", CASH="-1000.01")
    book.portfolio("ONLYDEBT", CASH="-1")
    book.portfolio("EMPTY", EQ="0")
    book.portfolio("DUST", CASH="0.004999")
    return book.write(root)


@corner()
def corner_position_weight_beyond(root: Path) -> Path:
    """Every class weight fits and a position's does not: read here as no_market_value."""
    book = Book()
    book.security("LOAN", "Cash", "1")
    book.portfolio("P1", CASH="200000000", LOAN="-199999999")
    book.on_target("P2")
    return book.write(root)


@corner()
def corner_weight_ties(root: Path) -> Path:
    """Of 200,000,000.00 an odd number of cents is a weight that ends in half a unit of 1e-10; also below zero."""
    book = Book()
    book.portfolio("P1", EQ="1200000.0001", BD="1400000", CASH="9999999.99")
    book.portfolio("P2", EQ="2000000.0003", CASH="-0.03")
    book.portfolio("P3", EQ="1999999.9997", CASH="0.03")
    book.portfolio("P4", EQ="0.0001", BD="4000000.0008", CASH="-0.05")
    book.portfolio("P5", EQ="1", BD="1", CASH="150")  # thirds: the weights sum to 0.9999999999 or so
    book.portfolio("P6", EQ="1", BD="2", CASH="100")
    return book.write(root)


@corner()
def corner_money_ties(root: Path) -> Path:
    """Half a cent away from zero, above and below zero, and a hair to each side."""
    book = Book()
    prices = {"H": "0.5", "K": "5000", "T": "0.335", "M": "0.000001", "B": "999999.999999", "N": "0.009999"}
    for security_id, price in prices.items():
        book.security(security_id, "Cash", price)
    number = 0
    for security_id, quantities in {
        "CASH": ["0.005", "1.005", "2.675", "1.115", "0.004999", "0.005001", "1234567.895", "8.575", "70368744177.665"],
        "H": ["0.01", "0.03", "0.05", "2.01", "0.009999", "0.010001"],
        "K": ["0.000001", "0.000003", "0.000005"],
        "T": ["3", "1", "5", "7"],
        "M": ["5000", "4999.999999", "5000.000001", "15000"],
        "B": ["0.000001", "1.005", "0.000005"],
        "N": ["0.5", "0.500051", "1.5"],
    }.items():
        for quantity in quantities:
            if len(quantity.split(".")[0]) <= 10:
                number += 1
                book.portfolio(f"P{number:02}", EQ="1", **{security_id: quantity})
                book.portfolio(f"N{number:02}", EQ="1000000", **{security_id: f"-{quantity}"})
    return book.write(root)


@corner()
def corner_largest_position(root: Path) -> Path:
    """The largest quantity at the largest price fits DECIMAL(18,2); two of them don't."""
    book = Book()
    for security_id, asset_class in (("E1", "Equity"), ("E2", "Equity"), ("C1", "Cash"), ("C2", "Cash")):
        book.security(security_id, asset_class, "999999.999999")
    most = "9999999999.999999"
    book.portfolio("ONE", E1=most)
    book.portfolio("TWO", E1=most, E2=most)
    book.portfolio("CLASSES", E1=most, C1=most)
    book.portfolio("OFFSET", E1=most, E2=most, C1=f"-{most}", C2=f"-{most}", CASH="5")
    book.portfolio("NEGATIVE", C1=f"-{most}", C2=f"-{most}")
    return book.write(root)


@corner()
def corner_zero_quantity(root: Path) -> Path:
    book = Book()
    book.security("X", "Equity", "10")
    book.unprice("X", DAYS[3:])
    book.portfolio("P1", EQ="600", BD="700", CASH="5000", X="0")
    book.portfolio("P2", EQ="-0", BD="700", CASH="-0.000000")
    return book.write(root)
