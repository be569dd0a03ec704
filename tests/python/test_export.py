"""What `drift export` writes, read back with other people's readers, and what stays when it can't write."""

import csv
import hashlib
import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corner_sets import DAYS, Book
from hypothesis import given
from hypothesis import strategies as st
from test_commands import drift
from typer.testing import CliRunner

from scripts.cli import app
from scripts.export import command, harmless, marts, write_csv, write_parquet, write_workbook
from scripts.export.folder import FileFormat, TooManyRowsError, plan_export, write_export
from scripts.export.keys import declared_keys
from scripts.export.marts import Selection
from scripts.export.workbook import WorkbookError, sheet_names
from scripts.reader import open_published
from scripts.warehouse import Warehouse

AS_OF = DAYS[-1]
CREATED = datetime(2024, 1, 31)
ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
# a name as a spreadsheet would run it, as XlsxWriter would take it for markup, as CSV must quote it, and a plain one
NAMES = ("=HYPERLINK(1)", "<r>Ada & <b></r>", 'says "no", and\twaits', "Zoë")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two runs of a book with a portfolio that has a stale value, one without a value, and names that bite."""
    folder = tmp_path_factory.mktemp("export")
    book = Book()
    for number, name in enumerate(NAMES):
        book.add("advisors", f"-{number}", name, "")
        book.on_target(f"P{number}", advisor_id=f"-{number}")
    book.add("portfolios", "OLD", "OLD name", "C1", "A1", "1850-01-01", "")  # before Excel can count
    book.add("risk_profile_assignments", "OLD", "1850-01-01", "Aggressive")
    book.snapshot("OLD", DAYS[0], EQ="3", CASH="-100")
    book.security("GONE", "Equity")
    book.price("GONE", DAYS[:3], "7.123456")
    book.portfolio("STALE", GONE="10.5", CASH="1")
    book.portfolio("NONE", profile=None, EQ="1")
    book.unprice("EQ", DAYS[5:])
    book.price("EQ", DAYS[5:], "133.333333")
    landing = book.write(folder / "landing")
    for _ in range(2):
        run = drift("run", "--landing", str(landing), "--vars", "max_rejected_share: 1", warehouse=folder / "warehouse")
        assert run.returncode == 0, run.stderr
    return Warehouse(folder / "warehouse")


@pytest.fixture(scope="module")
def exported(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all marts in all formats, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("exported")
    for file_format in FileFormat:
        run = drift("export", "--format", file_format, "--out", str(folder / file_format), warehouse=warehouse.folder)
        assert run.returncode == 0, run.stderr
        assert run.stderr == ""
        (folder / f"{file_format}.txt").write_text(run.stdout)
    return folder


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    connection, _ = open_published(warehouse)
    with connection:
        return connection.execute(sql).fetchall()


def mart_names(warehouse: Warehouse) -> list[str]:
    return [
        name
        for (name,) in query(
            warehouse, "select table_name from duckdb_columns() where schema_name = 'marts' group by all order by all"
        )
    ]


def columns(warehouse: Warehouse, mart: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in query(warehouse, f"describe marts.{mart}")}


def rows(warehouse: Warehouse, mart: str) -> list[tuple[Any, ...]]:
    """A mart's rows as they must be exported: by day, then by the columns of its key."""
    limit = f"where as_of_date = '{AS_OF}'" if mart == "position_daily" else ""
    names = list(columns(warehouse, mart))
    key = list(declared_keys().get(mart, names))
    if "as_of_date" in key:
        key = ["as_of_date", *key]
    positions = [names.index(name) for name in key]
    return sorted(
        query(warehouse, f"select * from marts.{mart} {limit}"),
        key=lambda row: [(row[n] is None, row[n]) for n in positions],
    )


@contextmanager
def planned(warehouse: Warehouse, file_format: FileFormat, **how: Any) -> Iterator[Callable[..., object]]:
    """An export in this process: call what is given with the folder, and what to do with each number of rows read."""
    connection, run = open_published(warehouse)
    with connection:
        export = plan_export(connection, run, file_format, **{"selection": Selection(), **how})
        yield lambda folder, advance=lambda _: None: write_export(connection, export, folder, advance)


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def test_every_mart_is_exported_and_has_an_order(warehouse: Warehouse, exported: Path) -> None:
    names = mart_names(warehouse)
    assert len(names) > 12
    for file_format in ("parquet", "csv"):
        files = sorted(path.name for path in (exported / file_format).iterdir())
        assert files == sorted([*(f"{name}.{file_format}" for name in names), "manifest.json"])
    assert openpyxl.load_workbook(exported / "xlsx" / "portfolio_drift.xlsx", read_only=True).sheetnames == names
    assert set(names) - set(declared_keys()) == {"position_daily"}


def test_parquet_has_the_types_and_the_values_of_the_marts(warehouse: Warehouse, exported: Path) -> None:
    kinds = set()
    for mart in mart_names(warehouse):
        table = pq.read_table(exported / "parquet" / f"{mart}.parquet")
        for field, (name, kind) in zip(table.schema, columns(warehouse, mart).items(), strict=True):
            assert field.name == name
            expected = ARROW_TYPES.get(kind) or pa.decimal128(*map(int, kind[len("DECIMAL(") : -1].split(",")))
            assert field.type == expected, (mart, name)
            kinds.add(str(field.type))
        assert [tuple(row.values()) for row in table.to_pylist()] == rows(warehouse, mart), mart
    assert kinds >= {"string", "int32", "date32[day]", "bool", "decimal128(18, 2)", "decimal128(18, 10)"}


def test_csv_has_the_exact_text_of_the_marts(warehouse: Warehouse, exported: Path) -> None:
    for mart in mart_names(warehouse):
        with (exported / "csv" / f"{mart}.csv").open(encoding="utf-8", newline="") as file:
            header, *read = csv.reader(file)
        assert header == list(columns(warehouse, mart))
        expected = [
            ["" if value is None else harmless(value) if isinstance(value, str) else as_text(value) for value in row]
            for row in rows(warehouse, mart)
        ]
        assert read == expected, mart
    text = (exported / "csv" / "fct_asset_class_daily.csv").read_text()
    assert ",0.0000000000," in text
    assert "E-" not in text


def test_the_workbook_has_the_values_and_the_formats(warehouse: Warehouse, exported: Path) -> None:
    formats = {"DECIMAL(18,2)": "#,##0.00", "DECIMAL(18,10)": "0.00 %", "DECIMAL(18,6)": "#,##0.000000"}
    formats |= {"DATE": "yyyy-mm-dd", "INTEGER": "0", "VARCHAR": "General", "BOOLEAN": "General"}
    workbook = openpyxl.load_workbook(exported / "xlsx" / "portfolio_drift.xlsx")
    for mart in mart_names(warehouse):
        sheet = workbook[mart]
        header, *cells = sheet.iter_rows()
        names = columns(warehouse, mart)
        assert [cell.value for cell in header] == list(names)
        assert all(cell.font.bold for cell in header)
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{header[-1].column_letter}{len(cells) + 1}"
        for row, expected in zip(cells, rows(warehouse, mart), strict=True):
            for cell, value, kind in zip(row, expected, names.values(), strict=True):
                assert same_in_excel(cell.value, value), (mart, cell.coordinate, cell.value, value)
                if value is not None and cell.value is not None and not is_before_excel(value):
                    assert cell.number_format == formats[kind], (mart, cell.coordinate)
        assert all(10 < sheet.column_dimensions[group].width < 50 for group in sheet.column_dimensions)


def is_before_excel(value: object) -> bool:
    return isinstance(value, date) and value < date(1900, 3, 1)


def same_in_excel(found: Any, value: Any) -> bool:
    if isinstance(value, Decimal):
        return type(found) in (int, float) and f"{found:.15g}" == f"{float(value):.15g}"
    if isinstance(value, date):
        return bool(found == (str(value) if is_before_excel(value) else datetime(value.year, value.month, value.day)))
    expected = harmless(value) if isinstance(value, str) else value
    # openpyxl does not undo the escapes of control characters, as Excel does
    return type(found) is type(expected) and found == expected


def test_names_that_bite_are_harmless_and_parquet_has_them_as_they_are(exported: Path) -> None:
    names = ("'=HYPERLINK(1)", *NAMES[1:])
    ids = tuple(f"'-{number}" for number in range(len(NAMES)))
    with (exported / "csv" / "dim_advisor.csv").open(encoding="utf-8", newline="") as file:
        in_csv = {row["advisor_id"]: row["advisor_name"] for row in csv.DictReader(file)}
    sheet = openpyxl.load_workbook(exported / "xlsx" / "portfolio_drift.xlsx")["dim_advisor"]
    in_excel = {row[0]: row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}
    for found in (in_csv, in_excel):
        assert tuple(found[advisor_id] for advisor_id in ids) == names
    table = pq.read_table(exported / "parquet" / "dim_advisor.parquet").to_pylist()
    assert {row["advisor_id"]: row["advisor_name"] for row in table}["-0"] == NAMES[0]


def test_the_manifest_is_what_a_receiver_finds(warehouse: Warehouse, exported: Path) -> None:
    for file_format in FileFormat:
        folder = exported / file_format
        manifest = json.loads((folder / "manifest.json").read_text())
        _, run = open_published(warehouse)
        assert (manifest["run_id"], manifest["as_of_date"], manifest["format"]) == (run.run_id, AS_OF, file_format)
        found: dict[str, Any] = {}
        for file in manifest["files"]:
            content = (folder / file["file"]).read_bytes()
            assert (file["sha256"], file["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
            assert file["file"] in (exported / f"{file_format}.txt").read_text()
            found |= {table["table"]: (table["rows"], table["columns"]) for table in file["tables"]}
        assert found == {mart: (len(rows(warehouse, mart)), columns(warehouse, mart)) for mart in mart_names(warehouse)}


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_second_export_has_the_same_bytes(
    file_format: FileFormat, warehouse: Warehouse, exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "dim_date.csv").write_text("of last year")
    with planned(warehouse, file_format) as write:
        write(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    for path in (exported / file_format).iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_rows_are_the_same_however_they_are_cut(
    warehouse: Warehouse, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marts, "_CHUNK_ROWS", 10)
    monkeypatch.setattr(marts, "_BATCH_ROWS", 3)
    sizes: list[int] = []
    with planned(warehouse, FileFormat.csv) as write:
        write(tmp_path, sizes.append)
    assert max(sizes) == 3
    for path in (exported / "csv").iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_from_limits_the_days_and_nothing_else(warehouse: Warehouse, exported: Path, tmp_path: Path) -> None:
    options = ("--from", DAYS[-3], "--positions-from", DAYS[-2])
    run = drift("export", "--format", "csv", "--out", str(tmp_path), *options, warehouse=warehouse.folder)
    assert run.returncode == 0, run.stderr

    def days(folder: Path, mart: str) -> set[str]:
        with (folder / f"{mart}.csv").open(newline="") as file:
            return {row["as_of_date"] for row in csv.DictReader(file)}

    for mart in ("fct_portfolio_daily", "fct_asset_class_daily", "advisor_overview", "drift_trend", "book_overview"):
        assert days(tmp_path, mart) == set(DAYS[-3:])
        assert days(exported / "csv", mart) == set(DAYS)
    assert days(tmp_path, "position_daily") == set(DAYS[-2:])
    assert days(exported / "csv", "position_daily") == {AS_OF}
    stale = {day for day in days(tmp_path, "drift_monitor") if day < DAYS[-3]}
    assert stale  # an alert of a portfolio that was valued last before the first day is an alert all the same
    for mart in ("dim_date", "drift_monitor", "dim_portfolio"):
        assert (tmp_path / f"{mart}.csv").read_bytes() == (exported / "csv" / f"{mart}.csv").read_bytes()


def test_some_tables_only(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = ("--tables", "dim_date, drift_monitor,dim_date")
    run = drift("export", "--format", "parquet", "--out", str(tmp_path), *tables, warehouse=warehouse.folder)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("dim_date.parquet", "drift_monitor.parquet", "manifest.json"),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tables", "dim_date,dim_nothing"), "no mart is called dim_nothing; there are advisor_overview, "),
        (("--format", "json"), "'json' is not one of"),
        (("--from", "31/01/2024"), "'31/01/2024' is no date as YYYY-MM-DD"),
        (("--from", "2030-01-01"), f"2030-01-01 is after the as-of date, {AS_OF}"),
        (("--positions-from", "2030-01-01"), f"2030-01-01 is after the as-of date, {AS_OF}"),
    ],
)
def test_wrong_arguments_write_nothing(
    options: tuple[str, ...], said: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = drift("export", "--format", "csv", "--out", str(out), *options, warehouse=warehouse.folder)
    assert run.returncode == 2
    assert said in " ".join(run.stderr.split())
    assert not out.exists()


def test_a_sheet_that_excel_could_not_hold_is_refused(warehouse: Warehouse) -> None:
    count = len(rows(warehouse, "fct_asset_class_daily"))
    connection, run = open_published(warehouse)
    with connection:
        plan = partial(plan_export, connection, run, selection=Selection(("fct_asset_class_daily",)))
        with pytest.raises(TooManyRowsError) as refused:
            plan(FileFormat.xlsx, sheet_rows=count)
        assert str(refused.value) == (
            f"fct_asset_class_daily has {count:,} rows, and an Excel sheet holds {count - 1:,} below its header: begin "
            "later with --from, choose marts with --tables, or take --format parquet or csv"
        )
        assert plan(FileFormat.xlsx, sheet_rows=count + 1).row_count == count
        assert plan(FileFormat.csv, sheet_rows=count).row_count == count


def test_nothing_published_is_one_line(tmp_path: Path) -> None:
    run = drift("export", "--format", "csv", "--out", str(tmp_path / "out"), warehouse=tmp_path)
    assert run.returncode == 1
    assert run.stderr == f"drift: nothing is published in {tmp_path} yet; run `make build` first\n"
    assert not (tmp_path / "out").exists()


def test_a_damaged_run_gives_way_to_the_one_before_and_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    shutil.copytree(warehouse.folder, tmp_path / "warehouse", symlinks=True)
    copy = Warehouse(tmp_path / "warehouse")
    before, newest = (copy.database(run) for run in sorted(path.stem for path in copy.published.iterdir()))

    def damage(path: Path) -> None:
        path.chmod(0o644)
        path.write_bytes(b"not what was published")

    damage(newest)
    out = tmp_path / "out"
    run = drift("export", "--format", "parquet", "--out", str(out), warehouse=copy.folder)
    assert run.returncode == 0
    assert f"is damaged; shown is {before.stem} as of {AS_OF}" in run.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["run_id"] == before.stem
    assert "is damaged" in manifest["notice"]
    kept = {path.name: path.read_bytes() for path in out.iterdir()}
    damage(before)
    run = drift("export", "--format", "parquet", "--out", str(out), warehouse=copy.folder)
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "is damaged, and its book has no earlier run to show" in run.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == kept


@pytest.mark.parametrize("file_format", FileFormat)
def test_an_interrupted_export_leaves_the_old_files(
    file_format: FileFormat, warehouse: Warehouse, exported: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported / file_format, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    seen = 0

    def stop_late(count: int) -> None:
        nonlocal seen
        seen += count
        if seen > 300:
            raise KeyboardInterrupt

    selection = Selection(first_day=date.fromisoformat(DAYS[3]))  # other rows, other bytes
    with planned(warehouse, file_format, selection=selection) as write, pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", stop_late)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    with planned(warehouse, file_format, selection=selection) as write:
        write(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} != before


@pytest.mark.parametrize(("sent", "code", "said"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_a_stopped_export_says_so(
    sent: signal.Signals, code: int, said: str, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_DRIFT_WAREHOUSE", str(warehouse.folder))
    monkeypatch.setattr(command, "write_export", lambda *_: os.kill(os.getpid(), sent))
    handler = signal.getsignal(signal.SIGTERM)
    try:
        stopped = CliRunner().invoke(app, ["export", "--format", "csv", "--out", str(tmp_path / "out")])
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert stopped.exit_code == code
    assert f"Stopped by {said}. {tmp_path / 'out'} is as it was." in stopped.stderr


def test_a_folder_that_can_t_be_written_is_one_line(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    run = drift("export", "--format", "csv", "--out", str(tmp_path / "file" / "out"), warehouse=warehouse.folder)
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "can't be written (Not a directory)" in run.stderr


def test_real_prices(real_market: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    run = drift("run", "--landing", str(real_market), warehouse=warehouse.folder)
    assert run.returncode == 0, run.stderr
    out = tmp_path / "out"
    run = drift("export", "--format", "parquet", "--out", str(out), warehouse=warehouse.folder)
    assert run.returncode == 0, run.stderr
    run = drift("export", "--format", "csv", "--out", str(out / "csv"), warehouse=warehouse.folder)
    assert run.returncode == 0, run.stderr
    types = {mart: columns(warehouse, mart) for mart in mart_names(warehouse)}
    with duckdb.connect(str(warehouse.link.resolve()), read_only=True) as connection:
        for mart, kinds in types.items():
            source = f"select * from marts.{mart}"
            if mart == "position_daily":
                source += " where as_of_date = (select as_of_date from marts.dim_date where is_as_of_date)"
            typed = json.dumps(kinds).replace('"', "'")
            text = f"read_csv('{out}/csv/{mart}.csv', columns = {typed}, allow_quoted_nulls = false)"
            for file in (f"'{out}/{mart}.parquet'", text):
                ((there, here),) = connection.execute(
                    f"select count(*), (select count(*) from {file}) from ({source})"
                ).fetchall()
                assert there == here, mart
                assert not connection.execute(f"{source} except all from {file} limit 1").fetchall(), (mart, file)


# the writers by themselves: what a table of anything becomes


def csv_of(table: pa.Table) -> str:
    file = io.BytesIO()
    write_csv(table, file)
    return file.getvalue().decode()


def workbook_of(sheets: dict[str, pa.Table], scratch: Path | None = None) -> bytes:
    file = io.BytesIO()
    write_workbook(sheets, file, CREATED, scratch)
    return file.getvalue()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_harmless(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "1-1", "a=b", "'=1", " =1", "Ünal", "5 %"])
def test_other_text_is_as_it_was(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_harmless_text_begins_no_formula_and_loses_nothing(text: str) -> None:
    safe = harmless(text)
    assert safe[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert safe in (text, "'" + text)
    assert harmless(safe) == safe


any_text = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


@given(st.lists(st.tuples(any_text, any_text), max_size=6))
def test_any_text_comes_back_from_csv(values: list[tuple[str | None, str | None]]) -> None:
    table = pa.table([pa.array([row[n] for row in values], pa.string()) for n in (0, 1)], names=["a", "b"])
    _, *read = csv.reader(io.StringIO(csv_of(table), newline=""))
    assert read == [[harmless(value or "") for value in row] for row in values]


def test_null_and_empty_text_differ() -> None:
    table = pa.table({"a": pa.array([None, "", "x"]), "n": pa.array([None, 0, -1], pa.int32())})
    assert csv_of(table) == 'a,n\n,\n"",0\nx,-1\n'
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of({"t": table})))["t"]
    assert list(sheet.iter_rows(min_row=2, values_only=True)) == [(None, None), ("", 0), ("x", -1)]


def test_numbers_stay_numbers() -> None:
    small = pa.array([Decimal("-0.0000000001"), Decimal("0E-10"), None, Decimal("12345678.9")], pa.decimal128(18, 10))
    table = pa.table({"share": small, "is": [True, False, None, True]})
    assert csv_of(table) == "share,is\n-0.0000000001,true\n0.0000000000,false\n,\n12345678.9000000000,true\n"
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of({"t": table})))["t"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [-1e-10, 0, None, 12345678.9]


def test_a_table_without_rows_keeps_its_columns() -> None:
    table = pa.table({"a": pa.array([], pa.string()), "d": pa.array([], pa.date32())})
    assert csv_of(table) == "a,d\n"
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of({"t": table})))["t"]
    assert list(sheet.iter_rows(values_only=True)) == [("a", "d")]
    file = io.BytesIO()
    write_parquet(table.to_reader(), file)
    assert pq.read_table(file).schema == table.schema


@pytest.mark.parametrize("text", ["<r><t>a</t></r>", "<r>&</r>", "a & <b>", " blanks ", "two\nlines"])
def test_markup_in_a_name_is_text(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of({"t": pa.table({"a": [text]})})))["t"]
    assert sheet["A2"].value == text


def test_a_text_that_no_cell_can_hold_is_named(tmp_path: Path) -> None:
    table = pa.table({"a": ["x", "y" * 32_767, "z" * 32_768]})
    with pytest.raises(WorkbookError, match=r"^t, a, row 3: Excel has no cell for 'z"):
        workbook_of({"t": table})
    assert workbook_of({"t": table.slice(0, 2)}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_knows_no_clock() -> None:
    core = zipfile.ZipFile(io.BytesIO(workbook_of({"t": pa.table({"a": [1]})}))).read("docProps/core.xml").decode()
    assert core.count("2024-01-31T00:00:00Z") == 2


def test_long_names_are_cut_and_told_apart() -> None:
    long = "a_mart_whose_name_is_long_indeed_and_more"
    names = sheet_names([long, long.upper() + "_2", "short"])
    assert list(names.values()) == [long[:31], long.upper()[:29] + "~2", "short"]
    assert all(len(name) <= 31 for name in names.values())
