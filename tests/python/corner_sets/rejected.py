"""Sets for rejected rows."""

from pathlib import Path

from corner_sets.book import ON_TARGET, Book, corner
from corner_sets.writing import DAYS, SATURDAY


@corner()
def corner_spoilt_snapshots(root: Path) -> Path:
    """Each kind of bad row spoils a second snapshot: the first stays in force. A malformed line spoils nothing."""
    book = Book()
    bad_rows: dict[str, list[list[str]]] = {
        "MISSEC": [["", "5"]],
        "MISQTY": [["X", ""]],
        "BLANKQTY": [["X", " \t "]],
        "BADQTY": [["X", "1e3"]],
        "DUP": [["EQ", "5"]],
        "DUPNEW": [["X", "5"], ["X", "6"]],
        "UNKNOWN": [["NOSUCH", "5"]],
        "NEGATIVE": [["X", "-5"]],
        "REPEATED": [["X", "5"], ["X", "5.0"], [" X ", "+005.000000000"]],
        "TWOBAD": [["NOSUCH", "-5"], ["X", "abc"], ["X", "-1"]],
        "OVERDRAWN": [["CASH2", "-5"]],
    }
    book.security("X", "Equity", "10")
    book.security("CASH2", "Cash", "1")
    for portfolio_id, rows in bad_rows.items():
        book.on_target(portfolio_id)
        book.snapshot(portfolio_id, DAYS[5], EQ="100", CASH="1")
        for security_id, quantity in rows:
            book.add("holdings", portfolio_id, DAYS[5], security_id, quantity)
    book.on_target("FIELDS")
    book.snapshot("FIELDS", DAYS[5], EQ="100", CASH="1")
    book.add("holdings", "FIELDS", DAYS[5], "X", "5", "6")
    book.add("holdings", "FIELDS", DAYS[5], "X")
    book.on_target("NODATE")
    book.add("holdings", "NODATE", "", "EQ", "1")
    book.add("holdings", "", DAYS[0], "EQ", "1")
    book.add("holdings", "NODATE", "2024-01-32", "EQ", "1")
    return book.write(root)


@corner()
def corner_first_snapshot_spoilt(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.add("holdings", "P1", DAYS[0], "NOSUCH", "1")
    book.snapshot("P1", DAYS[7], **ON_TARGET)
    book.on_target("P2")
    book.add("holdings", "P2", DAYS[0], "NOSUCH", "1")
    book.add("portfolios", "P3", "P3", "C1", "A1", DAYS[9], "")
    book.snapshot("P3", DAYS[2], EQ="-1")
    return book.write(root)


@corner()
def corner_every_reason(root: Path) -> Path:
    """Each reason of each table that needs no second file, and rows that have several: the first in order counts."""
    book = Book()
    book.on_target("P1")
    book.add("custodian_balances", "P1", DAYS[0], "100000")
    for table, rows in {
        "advisors": [
            ["", "No id", "T"],
            ["A8", "", ""],
            ["A9", "One", ""],
            ["A9", "Other", ""],
            ["A1", "Ada", "North"],
        ],
        "clients": [["", ""], ["C8", " "], ["C9", "One"], ["C9", "Two"], ["C9", "One"], ["C1", "Client One "]],
        "portfolios": [
            ["", "", "", "", "", ""],
            ["Q1", "", "C1", "A1", "bad", ""],
            ["Q2", "Q2", "", "A1", DAYS[0], ""],
            ["Q3", "Q3", "C1", "", DAYS[0], ""],
            ["Q4", "Q4", "C1", "A1", "", "bad"],
            ["Q5", "Q5", "C1", "A1", "2024-02-30", "bad"],
            ["Q6", "Q6", "C1", "A1", DAYS[0], "soon"],
            ["Q7", "Q7", "NOSUCH", "NOSUCH", DAYS[0], ""],
            ["Q8", "Q8", "C1", "NOSUCH", DAYS[0], ""],
            ["Q9", "Q9", "C1", "A1", DAYS[0], ""],
            ["Q9", "Q9", "C1", "A1", DAYS[0], DAYS[3]],
            ["P1", " P1 name ", "C1", "A1", DAYS[0], " "],
            ["c1", "case", "c1", "A1", DAYS[0], ""],
        ],
        "risk_profile_assignments": [
            ["", DAYS[0], "Moderate"],
            ["P1", "", ""],
            ["P1", "x", ""],
            ["P1", "01/02/2024", "Moderate"],
            ["NOSUCH", DAYS[1], "NoProfile"],
            ["P1", DAYS[1], "moderate"],
            ["P1", DAYS[2], "Moderate"],
            ["P1", DAYS[2], "Aggressive"],
            ["P1", DAYS[0], "Moderate"],
        ],
        "securities": [
            ["", "n", "Equity", ""],
            ["S1", "", "Equity", ""],
            ["S2", "n", "", ""],
            ["S3", "n", "equity", ""],
            ["S4", "n", "Equity", "a"],
            ["S4", "n", "Equity", ""],
            ["EQ", "EQ name", "Equity", "\t"],
        ],
        "prices": [
            ["", DAYS[0], "1"],
            ["EQ", "", "1"],
            ["EQ", DAYS[0], ""],
            ["EQ", "yesterday", "x"],
            ["EQ", DAYS[1], "x"],
            ["NOSUCH", SATURDAY, "0"],
            ["EQ", SATURDAY, "0"],
            ["EQ", "2024-02-01", "0"],
            ["EQ", "2024-02-01", "100"],
            ["EQ", "2024-02-02", "-0.5"],
            ["BD", DAYS[3], "51"],
            ["CASH", DAYS[3], "1.000000"],
            ["EQ", "2024-02-05", "100"],
        ],
        "holdings": [["P1", DAYS[3], "EQ", "5"], ["NOSUCH", DAYS[3], "EQ", "5"], ["NOSUCH", DAYS[3], "NOSUCH", "-5"]],
        "custodian_balances": [
            ["", DAYS[0], "1"],
            ["P1", "", "1"],
            ["P1", DAYS[1], ""],
            ["P1", "2024-13-01", "x"],
            ["P1", DAYS[1], "1,000.00"],
            ["P1", DAYS[2], "1"],
            ["P1", DAYS[2], "2"],
            ["P1", DAYS[0], "100000.00"],
            ["NOSUCH", DAYS[0], "1"],
        ],
    }.items():
        for row in rows:
            book.add(table, *row)
    return book.write(root)


@corner()
def corner_chain_of_rejects(root: Path) -> Path:
    """A bad client takes its portfolio, and that its holdings, profile and balance; a bad security its snapshot."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", "")
    book.add("advisors", "A2", "One", "")
    book.add("advisors", "A2", "Two", "")
    for portfolio_id, client_id, advisor_id in (("P2", "C2", "A1"), ("P3", "C1", "A2"), ("P4", "C2", "A2")):
        book.add("portfolios", portfolio_id, portfolio_id, client_id, advisor_id, DAYS[0], "")
        book.add("risk_profile_assignments", portfolio_id, DAYS[0], "Nonsense")
        book.snapshot(portfolio_id, DAYS[0], **ON_TARGET)
        book.add("custodian_balances", portfolio_id, DAYS[0], "1")
    book.security("OIL", "Commodity", "70")
    book.on_target("P5")
    book.snapshot("P5", DAYS[4], EQ="1", OIL="-1")
    return book.write(root)


@corner()
def corner_numbers(root: Path) -> Path:
    """How a number may be written, in all three numeric columns."""
    book = Book()
    texts = [
        "+5", "-0", "007.500000000", ".5", "5.", "1e3", "1_000", "(12.50)", " 12.5 ", "\t12.5\t", "1,000", "0x1F",
        "1.1234567", "1.1234560000", "9999999999", "10000000000", "00009999999999.999999", "0.0000001", "999999",
        "1000000", "999999.999999", "1000000.0", "99999999999999", "100000000000000", "--5", "+-5", "+ 5", "5 0", "NaN",
        "inf", "-", "+", "$5", "5%", "5USD", "\u0661\u0662", "\uff15", "-5.5", "0", "0.000000", "1E3", "null", "NULL",
        "NA", "''", '"5"', "\u00a05", "5\u00a0", "\u22125", "99999999999999.999999", "1.", "1..2", "1.2.3",
        "0000000000000000000000000000000001",
        "1.0000000000000000000000000000000000",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        portfolio_id = f"P{number:02}"
        book.portfolio(portfolio_id, EQ="1", BD="1")
        book.snapshot(portfolio_id, DAYS[2], EQ="1", CASH=text)
        book.security(f"S{number:02}", "Equity")
        book.add("prices", f"S{number:02}", DAYS[0], text)
        book.add("custodian_balances", portfolio_id, DAYS[0], text)
    return book.write(root)


@corner()
def corner_dates(root: Path) -> Path:
    book = Book()
    texts = [
        "2024-02-30", "2024-1-5", "20240105", "2024-01-05T00:00:00", "2024-01-05 00:00:00", " 2024-01-05 ",
        "2023-02-29", "2024-02-29", "05/01/2024", "2024/01/05", "24-01-05", "2024-13-01", "2024-00-10", "2024-01-00",
        "0001-01-01", "9999-12-31", "infinity", "today", "12024-01-05", "+2024-01-05", "-2024-01-05",
        "2024-01-05 (BC)", "\uff12\uff10\uff12\uff14-01-05", "2024-01-5 ", "1900-02-29", "2000-02-29", "null",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        portfolio_id = f"P{number:02}"
        book.on_target(portfolio_id)
        book.add("risk_profile_assignments", portfolio_id, text, "Aggressive")
        book.add("holdings", portfolio_id, text, "EQ", "7")
        book.add("custodian_balances", portfolio_id, text, "700")
        book.add("portfolios", f"C{number:02}", "closed", "C1", "A1", DAYS[0], text)
        book.add(
            "portfolios", f"I{number:02}", "inception", "C1", "A1", DAYS[0] if text[:2] in ("00", "19") else text, ""
        )
        book.security(f"S{number:02}", "Equity")
        book.add("prices", f"S{number:02}", text, "5")
    return book.write(root)
