"""The door for landed files: nothing is lost, whatever a CSV file holds."""

import csv
import gzip
import io
import os
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import PROJECT

from scripts.landing.csv_records import open_csv
from scripts.landing.errors import LandingError
from scripts.landing.files import landed_files
from scripts.landing.policy import policy_query
from scripts.landing.queries import LandedCsv, csv_rows, landing_query
from scripts.landing.tables import LANDING_TABLES

PRICES = LANDING_TABLES["prices"]
HEADER = b"security_id,price_date,close_price\n"

# any text that a CSV field can hold: no NUL, and no lone surrogates
field_text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


def rows_of(path: Path) -> list[dict[str, object]]:
    csv_file = open_csv(path, "prices")
    assert csv_file is not None
    rows: list[dict[str, object]] = csv_rows(csv_file, PRICES.columns).to_pylist()
    return rows


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(field_text, field_text, field_text), max_size=8), line_end=st.sampled_from(["\n", "\r\n"])
)
def test_what_a_csv_writer_writes_is_what_is_read(rows: list[tuple[str, str, str]], line_end: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(PRICES.columns)
    writer.writerows(rows)
    with _temporary(written.getvalue().encode()) as path:
        assert [row["fields"] for row in rows_of(path)] == [list(row) for row in rows]


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_rows_or_one_clear_refusal(body: bytes) -> None:
    """No byte below the header is lost: each record is a row, in order, and every line belongs to one or is blank."""
    with _temporary(HEADER + body) as path:
        refusal = ""
        rows = []
        try:
            rows = rows_of(path)
        except LandingError as refused:
            refusal = str(refused)
        if refusal:
            assert refusal.startswith(f"prices: {path}")
            assert "\n" not in refusal
            return
    lines = body.split(b"\n")
    begun = {int(str(row["source_line"])) - 2 for row in rows}
    for number, line in enumerate(lines):
        assert number in begun or line.strip(b"\r") == b"" or _is_inside_quotes(lines, number, begun)
    for row in rows:
        assert (row["fields"] is None) != (row["malformed_line"] is None)


def _is_inside_quotes(lines: list[bytes], number: int, begun: set[int]) -> bool:
    start = max((line for line in begun if line < number), default=None)
    return start is not None and b'"' in b"\n".join(lines[start:number])


class _temporary:  # noqa: N801 (used as a function is)
    """A file for one example of a property: the fixtures of pytest live as long as the test."""

    def __init__(self, content: bytes) -> None:
        import tempfile  # noqa: PLC0415

        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "prices.csv"
        self.path.write_bytes(content)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


@pytest.mark.parametrize(
    ("body", "line", "text"),
    [
        (b"A,2026-01-02\n", 2, "A,2026-01-02"),
        (b"A,2026-01-02,1\nB,2026-01-02,1,2\n", 3, "B,2026-01-02,1,2"),
        (b"\xc4,2026-01-02,1\n", 2, "\ufffd,2026-01-02,1"),
        (b'"A"x,2026-01-02,1\n', 2, '"A"x,2026-01-02,1'),
    ],
    ids=["short", "long", "latin-1", "text after a quote"],
)
def test_a_malformed_line_is_kept_with_its_text(body: bytes, line: int, text: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(HEADER + body)
    malformed = [row for row in rows_of(path) if row["fields"] is None]
    assert malformed == [{"source_line": line, "fields": None, "malformed_line": text}]


def test_drops_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    for name in ("b.csv", "a.parquet", "c.csv", "README.txt", "_SUCCESS", ".hidden.csv"):
        (folder / name).touch()
    (folder / "archive").mkdir()
    assert [file.source_file for file in landed_files(tmp_path, PRICES)] == [
        "prices/a.parquet",
        "prices/b.csv",
        "prices/c.csv",
    ]


@pytest.mark.parametrize("name", ["2026-01-02.csv.gz", "2026-01-02.CSV", "2026-01-02.xlsx", "2026.txt", "2026/01.csv"])
def test_a_drop_that_cannot_be_read_is_not_passed_over(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    with pytest.raises(LandingError, match="is no readable"):
        landed_files(tmp_path, PRICES)


def test_a_link_to_nothing_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "a.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(LandingError, match="is no readable"):
        landed_files(tmp_path, PRICES)


@pytest.mark.parametrize("name", ["custodian_balance.csv", "Custodian_Balances.csv", "custodian_balances.csv.gz"])
def test_a_slip_in_the_name_of_the_optional_table_is_noticed(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(LandingError, match="is not read; call it"):
        landed_files(tmp_path, LANDING_TABLES["custodian_balances"])


def test_a_column_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("security_id,price_date,close_price,close_price\nA,2026-01-02,1,2\n")
    with pytest.raises(LandingError, match="has the column close_price twice"):
        landing_query(tmp_path, "prices", LandedCsv())


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.parquet").write_text("no")
    with pytest.raises(LandingError, match="is not a Parquet file"):
        landing_query(tmp_path, "prices", LandedCsv())


def test_parquet_files_of_one_schema_are_read_together(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    table = pa.table({"security_id": ["A"], "price_date": ["2026-01-02"], "close_price": ["1"]})
    for name in ("1", "2"):
        pq.write_table(table, folder / f"{name}.parquet")
    assert landing_query(tmp_path, "prices", LandedCsv()).count("read_parquet") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("effective_date,drift_status\n", "lacks the column severity"),
        ("Normal,0\n", "line 1: no header"),
        ("effective_date,drift_status,severity,max_drift\n", "has a header and no row"),
        (
            "effective_date,drift_status,severity,max_drift\n2000-01-01,Normal,0,3 %\n",
            "line 2: max_drift is '3 %', which is no decimal",
        ),
        (
            "effective_date,drift_status,severity,max_drift\n01/01/2000,Normal,0,0.03\n",
            "effective_date is '01/01/2000', which is no date; write YYYY-MM-DD",
        ),
        ("effective_date,drift_status,severity,max_drift\n2000-01-01,Normal,0\n", "line 2: not 4 fields"),
        ("effective_date,drift_status,severity,max_drift\n2000-02-30,Normal,0,0.03\n", "which is no date"),
        ("effective_date,drift_status,severity,max_drift\n2000-01-01,,0,0.03\n", "drift_status is empty; fill it in"),
        ("effective_date;drift_status\n", "fields are not separated by commas"),
        ("Effective_date,drift_status,severity,max_drift\n", "names of columns are lower case"),
        ("effective_date,drift_status,severity,max_drift\n2000-01-01,Normal,1.5,0.03\n", "which is no integer"),
    ],
)
def test_a_policy_file_with_a_slip_says_where(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "drift_policy.csv"
    path.write_text(content)
    types = {"effective_date": "date", "drift_status": "varchar", "severity": "integer", "max_drift": "decimal(18,10)"}
    with pytest.raises(LandingError) as refused:
        policy_query(path, types, LandedCsv())
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_policy_file_with_its_columns_in_another_order_is_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "asset_classes.csv"
    path.write_text("display_order,asset_class\n1,Equity\n")
    landed = LandedCsv()
    policy_query(path, {"asset_class": "varchar", "display_order": "integer"}, landed)
    assert landed.take(str(path)).to_pylist()[0]["fields"] == ["Equity", "1"]


def test_the_committed_calendar_is_the_exchange_s() -> None:
    import exchange_calendars  # noqa: PLC0415 (slow to import)

    calendar = exchange_calendars.get_calendar("XNYS", start="2000-01-01", end="2035-12-31")
    committed = (PROJECT / "seeds" / "policy" / "trading_calendar.csv").read_text().split()
    assert committed == ["trading_date", *(f"{day:%Y-%m-%d}" for day in calendar.sessions)]


def landed_parquet(folder: Path, table: pa.Table, name: str = "prices.parquet") -> list[tuple[object, ...]]:
    """What DuckDB reads of one Parquet file through the door's query."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    pq.write_table(table, path)
    query = landing_query(folder, "prices", LandedCsv())
    return duckdb.connect().execute(query).fetchall()


ONE_PRICE = pa.table({"security_id": ["A"], "price_date": ["2026-01-02"], "close_price": ["1"]})
AS_LANDED = ("A", "2026-01-02", "1")


def test_a_folder_that_looks_like_a_hive_partition_changes_no_value(tmp_path: Path) -> None:
    assert landed_parquet(tmp_path / "security_id=B", ONE_PRICE) == [(*AS_LANDED, "prices.parquet", 1, None)]


def test_a_name_with_brackets_is_a_name_and_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a [new] *folder?"
    landed_parquet(folder, ONE_PRICE, "prices/p1.parquet")
    rows = landed_parquet(folder, ONE_PRICE, "prices/p[1].parquet")
    assert [row[3] for row in rows] == ["prices/p1.parquet", "prices/p[1].parquet"]


@pytest.mark.parametrize("further", ["filename", "file_row_number"])
def test_a_further_column_may_have_any_name(further: str, tmp_path: Path) -> None:
    table = ONE_PRICE.append_column(further, pa.array(["x"]))
    assert landed_parquet(tmp_path, table) == [(*AS_LANDED, "prices.parquet", 1, None)]


def test_columns_that_differ_by_case_are_refused(tmp_path: Path) -> None:
    table = pa.table({"Close_Price": ["9"], "security_id": ["A"], "price_date": ["2026-01-02"], "close_price": ["1"]})
    with pytest.raises(LandingError, match="names differ only by case"):
        landed_parquet(tmp_path, table)


def test_a_field_longer_than_most_is_a_field(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(HEADER + b"A" * 200_000 + b",2026-01-02,1\n")
    assert [len(str(row["fields"])) > 200_000 for row in rows_of(path)] == [True]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(HEADER), "prices.csv is gzip; unpack it"),
        (b"PK\x03\x04", "prices.csv is a zip archive or a spreadsheet"),
        (b"PAR1", "prices.csv is Parquet; call it .parquet"),
        (HEADER.replace(b"\n", b"\rA,2026-01-02,1\r"), "prices.csv, line 1: the header can't be read; end lines by LF"),
    ],
    ids=["gzip", "spreadsheet", "Parquet", "CR alone"],
)
def test_what_is_called_csv_and_is_none_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(content)
    with pytest.raises(LandingError, match=said):
        landing_query(tmp_path, "prices", LandedCsv())


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "prices.csv")
    with pytest.raises(LandingError, match="is a pipe or a device"):
        landing_query(tmp_path, "prices", LandedCsv())


MANY_PRICES = pa.table(
    {"security_id": [f"S{n}" for n in range(999)], "price_date": ["2026-01-02"] * 999, "close_price": ["1"] * 999}
)


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (slice(0, 4), "its first bytes are overwritten"),
        (slice(20, 400), "is damaged"),
        (slice(-4, None), "is not a Parquet file"),
    ],
)
def test_a_damaged_parquet_file_is_named(damaged: slice, said: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pq.write_table(MANY_PRICES, path)
    content = bytearray(path.read_bytes())
    content[damaged] = b"\xa5" * len(content[damaged])
    path.write_bytes(content)
    with pytest.raises(LandingError, match=said) as refused:
        landing_query(tmp_path, "prices", LandedCsv())
    assert str(refused.value).startswith(f"prices: {path} is ")
    assert "\n" not in str(refused.value)


def test_a_column_name_of_broken_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pq.write_table(ONE_PRICE, path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"price_date", b"price\xffdate"))
    with pytest.raises(LandingError, match="is not a Parquet file"):
        landing_query(tmp_path, "prices", LandedCsv())


def test_text_that_is_not_marked_as_text_is_text(tmp_path: Path) -> None:
    table = ONE_PRICE.set_column(0, "security_id", pa.array(["Zoë's".encode()], pa.binary()))
    assert landed_parquet(tmp_path, table) == [("Zoë's", *AS_LANDED[1:], "prices.parquet", 1, None)]


def test_a_decimal_too_wide_to_be_exact_is_refused(tmp_path: Path) -> None:
    price = pa.array([Decimal("1.1")], pa.decimal256(50, 10))
    with pytest.raises(LandingError, match=r"close_price is DECIMAL\(50, 10\), which DuckDB would round"):
        landed_parquet(tmp_path, ONE_PRICE.set_column(2, "close_price", price))
