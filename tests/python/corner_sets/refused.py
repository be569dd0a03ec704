"""Sets that must be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corner_sets.book import Book, Builder
from corner_sets.writing import DAYS, HEADERS, write_csv, write_parquet, write_parquet_text


@dataclass(frozen=True)
class RefusedSet:
    build: Builder
    fragments: tuple[str, ...]


REFUSED: dict[str, RefusedSet] = {}


def refused(*fragments: str) -> Callable[[Builder], Builder]:
    def register(build: Builder) -> Builder:
        REFUSED[build.__name__.removeprefix("refused_")] = RefusedSet(build, fragments)
        return build

    return register


def _clean(root: Path, without: Sequence[str] = ()) -> Path:
    book = Book()
    book.on_target("P1")
    return book.write(root, without)


@refused("prices", "no row is usable")
def refused_no_usable_price(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    for row in book.rows["prices"]:
        row[2] = "0"
    return book.write(root)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


@refused("clients", "clients.csv", "4")
def refused_unclosed_quote_to_the_end(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b'C2,Two\nC3,"Three\nC4,Four\nC5,Five\n')
    return root


@refused("clients", "clients.csv", "4")
def refused_unclosed_quote_that_a_later_quote_closes(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b'C2,Two\nC3,"Three\nC4,"Four"\nC5,Five\n')
    return root


@refused("clients", "clients.csv", "5")
def refused_unclosed_quote_after_a_quoted_line_end(root: Path) -> Path:
    """A field that spans two lines before it: the line is that of the file, not the number of the record."""
    _clean(root)
    _append(root / "clients.csv", b'C2,"two\nlines"\nC3,"Three\nC4,Four')
    return root


@refused("holdings", "holdings/2.csv", "3")
def refused_unclosed_quote_in_a_drop(root: Path) -> Path:
    _clean(root)
    (root / "holdings").mkdir()
    (root / "holdings.csv").rename(root / "holdings" / "1.csv")
    header = ",".join(HEADERS["holdings"])
    (root / "holdings" / "2.csv").write_text(f'{header}\nP1,2024-01-09,EQ,5\nP1,2024-01-09,BD,"6\n', encoding="utf-8")
    return root


@refused("clients", "clients.csv", "3")
def refused_nul_byte(root: Path) -> Path:
    _clean(root)
    _append(root / "clients.csv", b"C2,T\0wo\n")
    return root


@refused("prices", "prices.csv")
def refused_utf16_with_bom(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return root


@refused("prices", "prices.csv")
def refused_utf16_big_endian(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(b"\xfe\xff" + path.read_text(encoding="utf-8").encode("utf-16-be"))
    return root


@refused("prices", "prices.csv")
def refused_utf16_without_bom(root: Path) -> Path:
    _clean(root)
    path = root / "prices.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16-le"))
    return root


@refused("securities", "securities.csv")
def refused_file_of_no_bytes(root: Path) -> Path:
    _clean(root)
    (root / "securities.csv").write_bytes(b"")
    return root


@refused("securities", "securities.csv", "security_id")
def refused_no_header(root: Path) -> Path:
    """The first row is data: the columns are missing."""
    _clean(root)
    path = root / "securities.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[1:]), encoding="utf-8")
    return root


@refused("portfolios", "portfolios.csv", "inception_date")
def refused_missing_column(root: Path) -> Path:
    book = Book()
    book.on_target("P1")
    book.write(root)
    write_csv(root / "portfolios.csv", HEADERS["portfolios"][:4], [row[:4] for row in book.rows["portfolios"]])
    return root


@refused("prices", "prices/2.parquet", "close_price")
def refused_missing_column_in_parquet(root: Path) -> Path:
    _clean(root)
    (root / "prices").mkdir()
    (root / "prices.csv").rename(root / "prices" / "1.csv")
    write_parquet(root / "prices" / "2.parquet", {"security_id": ["EQ"], "price_date": [DAYS[0]], "price": ["1"]})
    return root


@refused("prices", "prices/2.csv")
def refused_no_header_in_one_drop(root: Path) -> Path:
    _clean(root)
    (root / "prices").mkdir()
    (root / "prices.csv").rename(root / "prices" / "1.csv")
    (root / "prices" / "2.csv").write_text("EQ,2024-01-02,100\n", encoding="utf-8")
    return root


@refused("custodian_balances", "custodian_balances.csv", "market_value")
def refused_missing_column_of_the_optional_table(root: Path) -> Path:
    _clean(root)
    write_csv(root / "custodian_balances.csv", HEADERS["custodian_balances"][:2], [])
    return root


@refused("securities")
def refused_missing_table(root: Path) -> Path:
    return _clean(root, without=("securities",))


@refused("holdings")
def refused_empty_folder(root: Path) -> Path:
    _clean(root, without=("holdings",))
    (root / "holdings").mkdir()
    return root


@refused("risk_profile_assignments", "risk_profile_assignments.csv")
def refused_header_only(root: Path) -> Path:
    _clean(root)
    write_csv(root / "risk_profile_assignments.csv", HEADERS["risk_profile_assignments"], [])
    return root


@refused("advisors")
def refused_parquet_without_rows(root: Path) -> Path:
    _clean(root, without=("advisors",))
    write_parquet_text(root / "advisors.parquet", HEADERS["advisors"], [])
    return root


@refused("prices", "prices.csv", "prices/")
def refused_file_and_folder(root: Path) -> Path:
    _clean(root)
    write_csv(root / "prices" / "2024-01-02.csv", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    return root


@refused("prices", "prices.parquet", "prices/")
def refused_parquet_file_and_folder(root: Path) -> Path:
    _clean(root, without=("prices",))
    write_parquet_text(root / "prices.parquet", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    write_csv(root / "prices" / "2024-01-02.csv", HEADERS["prices"], [["EQ", DAYS[0], "100"]])
    return root
