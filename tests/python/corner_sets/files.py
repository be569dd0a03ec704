"""Sets for files: dialects, drops, Parquet."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from corner_sets.book import ON_TARGET, Book, corner
from corner_sets.writing import DAYS, HEADERS, SATURDAY, csv_text, write_csv, write_parquet, write_parquet_text


@corner()
def corner_blanks(root: Path) -> Path:
    """Spaces and tabs around every value, header included; inside a value they stay; other blanks are text."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C 2", "Two  words")
    book.add("clients", "C3\u00a0", "no-break space is text")
    book.add("portfolios", "P2", "P2", "C3", "A1", DAYS[0], "")
    book.write(root)
    for table, header in HEADERS.items():
        padded = [[f" \t{value}\t " for value in row] for row in book.rows[table]]
        write_csv(root / f"{table}.csv", [f" {column}\t" for column in header], padded)
    return root


@corner()
def corner_csv_dialects(root: Path) -> Path:
    """A BOM, CRLF, quotes around everything, commas, quotes and line ends inside, empty lines, no last line end."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", 'Smith, "Jo" & Co')
    book.add("clients", "C3", "two\nlines")
    book.add("clients", "C4", "two\r\nlines\n\nand an empty one")
    book.add("clients", "C5", '"')
    book.add("clients", 'C"6', "a quote in an unquoted field below")
    book.add("portfolios", "P2", "of C3", "C3", "A1", DAYS[0], "")
    book.write(root)
    for table, header in HEADERS.items():
        text = csv_text(header, book.rows[table], "\r\n" if table in ("prices", "clients") else "\n")
        if table in ("holdings", "securities"):
            quoted = [",".join(f'"{value}"' for value in row) for row in [header, *book.rows[table]]]
            text = "\n\n".join(quoted)
        if table == "clients":
            text += 'C7,5" screen\r\nC8,a"b"c\r\n\r\nC9,""\r\n"C10",""""\r\n'
        bom = "\ufeff" if table in ("prices", "holdings", "advisors") else ""
        (root / f"{table}.csv").write_bytes((bom + text.removesuffix("\n")).encode())
    return root


@corner()
def corner_columns(root: Path) -> Path:
    """Columns in another order, further columns, optional columns left out; files of other names are no tables."""
    book = Book()
    book.on_target("P1")
    book.write(root, without=("custodian_balances",))
    for table in ("prices", "holdings", "portfolios"):
        header = [*reversed(HEADERS[table]), "comment", "comment"]
        write_csv(root / f"{table}.csv", header, [[*reversed(row), "x", ""] for row in book.rows[table]])
    write_csv(root / "advisors.csv", HEADERS["advisors"][:2], [row[:2] for row in book.rows["advisors"]])
    write_csv(root / "securities.csv", HEADERS["securities"][:3], [row[:3] for row in book.rows["securities"]])
    (root / "README.md").write_text("not a table", encoding="utf-8")
    (root / "notes.csv").write_text("a,b\n1\n", encoding="utf-8")
    return root


@corner()
def corner_malformed_lines(root: Path) -> Path:
    """Too few or too many fields, Latin-1, text after a closing quote, lines of blanks; unicode names are fine."""
    book = Book()
    book.on_target("P1")
    book.add("clients", "C2", "Zoë Müller 株式会社 😀")
    book.add("clients", "C\u00e9", "composed")
    book.add("clients", "Ce\u0301", "decomposed is another key")
    book.write(root)
    with (root / "clients.csv").open("ab") as clients:
        clients.write(b"C7\nC8,Eight,8\nC9,Ren\xe9\nC10,\xff\xfe\n" + "C11,half \u20ac\n".encode()[:-2] + b"\n")
        clients.write(
            b'"C12"x,Twelve\nC13,"Thirteen"x\nC14,"two\nlines",too many\n   \n,\nC15,Fifteen,\nC16,"a ""b"" c"\n'
        )
    with (root / "holdings.csv").open("ab") as holdings:
        holdings.write(b"P1,2024-01-02,EQ\nP1,2024-01-09,EQ,5,6\nP1,2024-01-02,\xe9,1\n")
    with (root / "prices.csv").open("ab") as prices:
        prices.write(b"EQ,2024-01-02;100\nEQ,2024-01-03,1,000.00\n")
    return root


@corner()
def corner_drops(root: Path) -> Path:
    """A later file corrects an earlier one: fewer rows, bad rows, identical rows, three files, one key among many."""
    book = Book()
    portfolios = ["FEWER", "BAD", "SAME", "THREE", "UNTOUCHED", "MALFORMED", "BLANKS"]
    for portfolio_id in portfolios:
        book.on_target(portfolio_id)
        book.snapshot(portfolio_id, DAYS[5], EQ="650", BD="600", CASH="5000")
    book.write(root, without=("holdings", "prices", "clients"))
    header = HEADERS["holdings"]
    first = book.rows["holdings"]
    day = DAYS[5]
    write_csv(root / "holdings" / "2024-01-09.csv", header, first)
    write_csv(
        root / "holdings" / "2024-01-10.csv",
        header,
        [
            ["FEWER", day, "EQ", "700"],
            ["BAD", day, "EQ", "700"],
            ["BAD", day, "NOSUCH", "700"],
            *[row for row in first if row[0] == "SAME"],
            ["THREE", day, "EQ", "701"],
            ["THREE", day, "BD", "701"],
            ["MALFORMED", day, "EQ"],
            [" BLANKS\t", f" {day}", "BD ", "800"],
        ],
    )
    write_csv(root / "holdings" / "2024-01-11.csv", header, [["THREE", day, "CASH", "702"], ["", "", "", ""]])
    write_csv(root / "holdings" / "2024-01-12.csv", header, [["", "", "EQ", "1"]])
    prices = book.rows["prices"]
    price_header = HEADERS["prices"]
    write_csv(root / "prices" / "a.csv", price_header, [*prices, ["", "", ""], ["EQ", "2024-1-5", "1"]])
    write_csv(root / "prices" / "B.csv", price_header, [["EQ", DAYS[3], "999"], ["BD", DAYS[3], "51"]])  # B before a
    write_csv(
        root / "prices" / "b.csv",
        price_header,
        [
            ["EQ", DAYS[4], "101"],
            ["EQ", DAYS[6], "oops"],
            ["EQ", DAYS[7], "101"],
            ["EQ", DAYS[7], "102"],
            ["", "", "5"],
        ],
    )
    write_csv(root / "prices" / "c.csv", price_header, [])
    write_csv(root / "clients" / "1.csv", HEADERS["clients"], [["C1", "Old name"], ["C2", "Two"]])
    write_csv(root / "clients" / "10.csv", HEADERS["clients"], [["C1", "Older than 2.csv"]])
    write_csv(root / "clients" / "2.csv", HEADERS["clients"], [["C1", "New name"], ["C2", ""]])
    (root / "clients" / "readme.txt").write_text("ignored", encoding="utf-8")
    return root


@corner()
def corner_drops_that_spoil(root: Path) -> Path:
    """The later file turns a good snapshot bad, or a bad one good; the first snapshot is the one replaced."""
    book = Book()
    for portfolio_id in ("GOODBAD", "BADGOOD", "FIRSTBAD"):
        book.on_target(portfolio_id)
    book.snapshot("GOODBAD", DAYS[5], EQ="650", BD="600", CASH="5000")
    book.snapshot("BADGOOD", DAYS[5], EQ="-650", BD="600", CASH="5000")
    book.write(root, without=("holdings",))
    header = HEADERS["holdings"]
    write_csv(root / "holdings" / "1.csv", header, book.rows["holdings"])
    write_csv(
        root / "holdings" / "2.csv",
        header,
        [
            ["GOODBAD", DAYS[5], "EQ", "-650"],
            ["BADGOOD", DAYS[5], "EQ", "650"],
            ["FIRSTBAD", DAYS[0], "EQ", "650"],
            ["FIRSTBAD", DAYS[0], "EQ", "651"],
        ],
    )
    return root


@corner()
def corner_parquet_types(root: Path) -> Path:
    """CSV and Parquet in one table; dates, whole numbers, decimals and doubles as columns of their own type."""
    book = Book()
    for number in range(1, 12):
        book.portfolio(f"{number}", "Moderate", **ON_TARGET)
    book.add("custodian_balances", "1", DAYS[0], "100000")
    book.write(root, without=("prices", "holdings", "clients", "portfolios", "custodian_balances"))
    day = date.fromisoformat(DAYS[5])
    days = [date.fromisoformat(text) for text in DAYS]
    doubles = [1e-06, 0.1, 1e16, float("nan"), 0.1 + 0.2, 1e10, 9999999999.0, -0.0, 12.5, float("inf"), 1e-07]
    write_csv(root / "holdings" / "1.csv", HEADERS["holdings"], book.rows["holdings"])
    write_parquet(
        root / "holdings" / "2.parquet",
        {
            "portfolio_id": pa.array(range(1, 12), pa.int64()),
            "snapshot_date": pa.array([day] * 11, pa.date32()),
            "security_id": ["EQ"] * 11,
            "quantity": pa.array(doubles, pa.float64()),
            "ignored": [None] * 11,
        },
    )
    write_parquet(
        root / "prices" / "1.parquet",
        {
            "price_date": pa.array(days * 2, pa.date32()),
            "security_id": pa.array(["EQ"] * len(days) + ["BD"] * len(days)).dictionary_encode(),
            "close_price": pa.array(
                [Decimal("100.000000")] * len(days) + [Decimal("50.1")] * len(days), pa.decimal128(12, 6)
            ),
        },
    )
    write_parquet(
        root / "prices" / "2.parquet",
        {
            "security_id": pa.array(["CASH"] * len(days), pa.large_string()),
            "price_date": DAYS,
            "close_price": pa.array([1] * len(days), pa.int32()),
        },
    )
    write_parquet(
        root / "prices" / "3.parquet",
        {
            "security_id": ["EQ", " BD ", None, "EQ", "EQ"],
            "price_date": [DAYS[2], DAYS[2], DAYS[2], None, f" {DAYS[3]}\t"],
            "close_price": pa.array([None, 50.25, 1.0, 1.0, 99.999999], pa.float64()),
        },
    )
    write_parquet_text(root / "clients.parquet", HEADERS["clients"], [["C1", 'Client, "One"\nof two lines'], ["", "x"]])
    write_parquet(
        root / "portfolios.parquet",
        {
            "portfolio_id": pa.array(range(1, 12), pa.int16()),
            "portfolio_name": [f"Portfolio {number}" for number in range(1, 12)],
            "client_id": ["C1"] * 11,
            "advisor_id": ["A1"] * 11,
            "inception_date": pa.array([days[0]] * 11, pa.date32()),
            "closed_date": pa.array([None] * 10 + [days[8]], pa.date32()),
        },
    )
    write_parquet(
        root / "custodian_balances.parquet",
        {
            "portfolio_id": ["1", "2", "3"],
            "balance_date": pa.array([days[0]] * 3, pa.date32()),
            "market_value": pa.array(
                [Decimal("100070.00"), Decimal("100070.01"), Decimal("100070.02")], pa.decimal128(18, 2)
            ),
        },
    )
    return root


@corner()
def corner_parquet_empty_drop(root: Path) -> Path:
    """A Parquet file without rows among others, and Parquet without the optional columns."""
    book = Book()
    book.on_target("P1")
    book.write(root, without=("prices", "advisors"))
    write_parquet_text(root / "prices" / "1.parquet", HEADERS["prices"], book.rows["prices"])
    write_parquet_text(root / "prices" / "2.parquet", HEADERS["prices"], [])
    write_parquet_text(root / "advisors.parquet", HEADERS["advisors"][:2], [["A1", "Ada"]])
    return root


@corner()
def corner_drops_of_small_tables(root: Path) -> Path:
    """Later files change the advisor, close, rename, reclassify, correct; a portfolio and a security turn bad."""
    book = Book()
    book.add("advisors", "A2", "Bea", "South")
    book.security("X", "Equity", "10")
    for portfolio_id in ("MOVED", "CLOSED", "TURNSBAD", "HOLDSX", "RECLASS"):
        book.on_target(portfolio_id)
    book.snapshot("HOLDSX", DAYS[5], EQ="600", X="10")
    book.security("Y", "Bonds", "10")
    book.snapshot("RECLASS", DAYS[5], EQ="600", Y="1000")
    book.add("custodian_balances", "MOVED", DAYS[0], "1")
    book.write(root, without=("portfolios", "securities", "risk_profile_assignments", "custodian_balances", "advisors"))
    later = {
        "advisors": [["A2", "Bea Renamed", ""]],
        "portfolios": [
            ["MOVED", "Moved", "C1", "A2", DAYS[0], ""],
            ["CLOSED", "Closed", "C1", "A1", DAYS[0], DAYS[9]],
            ["TURNSBAD", "Bad", "C1", "NOSUCH", DAYS[0], ""],
        ],
        "securities": [["X", "X", "NoClass", ""], ["Y", "Y", "Equity", ""]],
        "risk_profile_assignments": [
            ["MOVED", DAYS[0], "Aggressive"],
            ["CLOSED", DAYS[0], "nonsense"],
            ["RECLASS", DAYS[3], "Conservative"],
        ],
        "custodian_balances": [["MOVED", DAYS[0], "100000"]],
    }
    for table, rows in later.items():
        write_csv(root / table / "1.csv", HEADERS[table], book.rows[table])
        write_csv(root / table / "2.csv", HEADERS[table], rows)
    return root


@corner()
def corner_hostile_text(root: Path) -> Path:
    """Ids and names that look like quotes, numbers, nothing, code or JSON; ids that differ by case or leading zeros."""
    book = Book()
    texts = [
        "007", "7", "7.0", "NULL", "null", "nan", "true", "None", "'; drop table marts.fct_portfolio_daily; --", "a\\b",
        '{"line": 1}', "50 %", "%s", "{{ ref('x') }}", "${HOME}", "=1+1", "a, b", 'say "hi"', "tab\tinside", "\x01\x7f",
        "line\u2028separator", "p1", "P1", "ß", "SS", "İ", "-", "--", "2024-01-02", "a|b", "$1", "?", "#", "\ufeffbom",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        book.add("clients", text, text)
        book.security(text, "Equity", "10" if number % 2 else None)
        book.add("portfolios", text, text, text, "A1", DAYS[0], "")
        book.add("risk_profile_assignments", text, DAYS[0], "Aggressive")
        book.snapshot(text, DAYS[0], EQ="10", CASH="1")
        book.add("holdings", text, DAYS[1], text, "2")
        book.add("holdings", text, DAYS[1], texts[number - 1], "2")
        book.add("advisors", text, text, text)
        book.add("prices", text, SATURDAY, text)
    return book.write(root)


@corner(as_of_date="2023-12-29")
def corner_as_of_before_everything(root: Path) -> Path:
    """Every price comes after the as-of date and no portfolio is open yet, but for one without holdings."""
    book = Book()
    book.on_target("P1")
    book.portfolio("P2", opened="2023-12-28")
    return book.write(root)


@corner()
def corner_only_malformed_balances(root: Path) -> Path:
    """A table of which no row can be read, and a snapshot of which each row is there twice."""
    book = Book()
    book.on_target("P1")
    book.snapshot("P1", DAYS[4], EQ="1", CASH="1")
    book.snapshot("P1", DAYS[4], EQ="1.0", CASH="1")
    book.add("custodian_balances", "P1", DAYS[0])
    return book.write(root)
