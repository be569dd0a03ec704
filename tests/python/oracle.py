"""What a build must publish, computed a second time from the data contract alone.

Plain Python with whole numbers: no SQL, no data frame, no float. It is written to be checked by reading it beside the
contract, and the warehouse is then compared with it row for row (`differences`).

Units inside this file: quantities and prices are whole millionths, money is whole cents, weights and drifts are whole
units of 1e-10. They become Decimal at the edge.
"""

import csv
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Generic, Literal, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

BLANKS = " \t"
MILLION = 10**6
WEIGHT_ONE = 10**10
MONEY_LIMIT = 10**18  # cents that no longer fit DECIMAL(18,2)
WEIGHT_LIMIT = 10**18  # units of 1e-10 that no longer fit DECIMAL(18,10)
RECONCILIATION_TOLERANCE = Decimal("0.01")

Value = str | date | int | None
Row = tuple[object, ...]


class Refused(Exception):  # noqa: N818 - a verdict on the input, not a fault of the program
    """The landing directory can't be read as the contract demands; the message names table, file and line."""


# --- the landing tables, as in section 1 of the contract ----------------------------------------------------


@dataclass(frozen=True)
class Column:
    name: str
    kind: Literal["text", "date", "number"] = "text"
    required: bool = True
    whole_digits: int = 0


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    may_be_empty: bool = False


TABLES: dict[str, Table] = {
    "advisors": Table((Column("advisor_id"), Column("advisor_name"), Column("team", required=False)), ("advisor_id",)),
    "clients": Table((Column("client_id"), Column("client_name")), ("client_id",)),
    "portfolios": Table(
        (
            Column("portfolio_id"),
            Column("portfolio_name"),
            Column("client_id"),
            Column("advisor_id"),
            Column("inception_date", "date"),
            Column("closed_date", "date", required=False),
        ),
        ("portfolio_id",),
    ),
    "risk_profile_assignments": Table(
        (Column("portfolio_id"), Column("effective_date", "date"), Column("risk_profile")),
        ("portfolio_id", "effective_date"),
    ),
    "securities": Table(
        (
            Column("security_id"),
            Column("security_name"),
            Column("asset_class"),
            Column("sector", required=False),
        ),
        ("security_id",),
    ),
    "prices": Table(
        (Column("security_id"), Column("price_date", "date"), Column("close_price", "number", whole_digits=6)),
        ("security_id", "price_date"),
    ),
    "holdings": Table(
        (
            Column("portfolio_id"),
            Column("snapshot_date", "date"),
            Column("security_id"),
            Column("quantity", "number", whole_digits=10),
        ),
        ("portfolio_id", "snapshot_date", "security_id"),
    ),
    "custodian_balances": Table(
        (Column("portfolio_id"), Column("balance_date", "date"), Column("market_value", "number", whole_digits=14)),
        ("portfolio_id", "balance_date"),
        may_be_empty=True,
    ),
}
SNAPSHOT = ("portfolio_id", "snapshot_date")


@dataclass
class Landed:
    """One landed row: `raw` as it came (contract columns), or the text of a malformed line."""

    source_file: str
    file_number: int
    raw: dict[str, str]
    malformed: bool = False
    text: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Value] = field(default_factory=dict)
    reason: str | None = None

    def key_text(self, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.text[column] for column in columns)

    def string(self, column: str) -> str:
        value = self.typed[column]
        assert isinstance(value, str)
        return value

    def optional(self, column: str) -> str | None:
        value = self.typed[column]
        assert value is None or isinstance(value, str)
        return value

    def day(self, column: str) -> date:
        value = self.typed[column]
        assert isinstance(value, date)
        return value

    def optional_day(self, column: str) -> date | None:
        value = self.typed[column]
        assert value is None or isinstance(value, date)
        return value

    def millionths(self, column: str) -> int:
        value = self.typed[column]
        assert isinstance(value, int)
        return value


# --- reading files ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    line: int
    text: str
    fields: list[str] | None  # None: text after a closing quote


def csv_records(text: str, name: str) -> Iterator[Record]:
    """Split CSV text into records; raises Refused for a quote that is not closed, with the line where it opened."""
    position, line = 0, 1
    while position < len(text):
        line_end = _line_end(text, position)
        first_line = text[position:line_end].removesuffix("\r")
        if '"' not in first_line:
            if first_line:  # a wholly empty line is no row
                yield Record(line, first_line, first_line.split(","))
            position, line = line_end + 1, line + 1
            continue
        start, start_line = position, line
        fields: list[str] | None = []
        while True:
            if position < len(text) and text[position] == '"':
                opened = line
                value, position = _quoted_field(text, position, name, opened)
                line += value.count("\n")
                rest_end = _line_end(text, position)
                rest = text[position:rest_end]
                if rest.startswith(","):
                    assert fields is not None
                    fields.append(value)
                    position += 1
                    continue
                if rest not in ("", "\r"):
                    if line > opened:
                        raise Refused(f"{name}, line {opened}: unclosed quote")
                    fields = None
                else:
                    assert fields is not None
                    fields.append(value)
                position = rest_end
                break
            line_end = _line_end(text, position)
            comma = text.find(",", position, line_end)
            assert fields is not None
            if comma == -1:
                fields.append(text[position:line_end].removesuffix("\r"))
                position = line_end
                break
            fields.append(text[position:comma])
            position = comma + 1
        yield Record(start_line, text[start:position].removesuffix("\r"), fields)
        position, line = position + 1, line + 1


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end == -1 else end


def _quoted_field(text: str, position: int, name: str, opened: int) -> tuple[str, int]:
    """The value of the quoted field that opens at `position`, and the position after its closing quote."""
    parts: list[str] = []
    position += 1
    while True:
        quote = text.find('"', position)
        if quote == -1:
            raise Refused(f"{name}, line {opened}: unclosed quote")
        parts.append(text[position:quote])
        if not text.startswith('""', quote):
            return '"'.join(parts), quote + 1
        position = quote + 2


def _check_header(header: list[str], table: str, name: str) -> None:
    for column in TABLES[table].columns:
        if header.count(column.name) > 1:
            raise Refused(f"{name}: column {column.name} is given twice")
        if column.required and column.name not in header:
            raise Refused(f"{name}: missing column {column.name}")


def read_csv(path: Path, table: str, source_file: str, file_number: int) -> list[Landed]:
    name = f"{table}: {source_file}"
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(f"{name}, line 1: UTF-16, not UTF-8")
    nul = content.find(b"\0")
    if nul != -1:
        raise Refused(f"{name}, line {_line_of(content, nul)}: NUL byte")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    records = csv_records(text, name)
    first = next(records, None)
    if first is None:
        if not content and TABLES[table].may_be_empty:
            return []
        raise Refused(f"{name}: missing header")
    if first.fields is None or not _is_utf8(first.text):
        raise Refused(f"{name}, line {first.line}: unreadable header")
    header = [column.strip(BLANKS) for column in first.fields]
    _check_header(header, table, name)
    where = {column.name: header.index(column.name) for column in TABLES[table].columns if column.name in header}
    rows = []
    for record in records:
        if record.fields is None or len(record.fields) != len(header) or not _is_utf8(record.text):
            shown = record.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            rows.append(Landed(source_file, file_number, {"line": shown}, malformed=True))
        else:
            raw = {column: record.fields[index] for column, index in where.items()}
            rows.append(Landed(source_file, file_number, raw))
    return rows


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def read_parquet(path: Path, table: str, source_file: str, file_number: int) -> list[Landed]:
    name = f"{table}: {source_file}"
    try:
        content = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(f"{name}: not a Parquet file ({error})") from error
    _check_header(content.column_names, table, name)
    columns = {
        column.name: [as_written(value) for value in content.column(column.name).to_pylist()]
        for column in TABLES[table].columns
        if column.name in content.column_names
    }
    return [
        Landed(source_file, file_number, dict(zip(columns, values, strict=True)))
        for values in zip(*columns.values(), strict=True)
    ]


def as_written(value: object) -> str:
    """A Parquet value as text: a date as YYYY-MM-DD, a number in plain digits (a double by its shortest decimal)."""
    if value is None:
        return ""
    if isinstance(value, float):
        shortest = Decimal(repr(value))
        return format(shortest, "f") if shortest.is_finite() else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def read_table(landing: Path, table: str) -> list[Landed]:
    files = [path for suffix in (".csv", ".parquet") if (path := landing / f"{table}{suffix}").is_file()]
    folder = landing / table
    if folder.is_dir():
        if files:
            raise Refused(f"{table}: given both as {files[0].name} and as {table}/")
        files = sorted(
            (path for path in folder.iterdir() if path.is_file() and path.suffix in (".csv", ".parquet")),
            key=lambda path: path.name,
        )
    elif len(files) > 1:
        raise Refused(f"{table}: given both as {files[0].name} and as {files[1].name}")
    rows: list[Landed] = []
    for number, path in enumerate(files):
        read = read_csv if path.suffix == ".csv" else read_parquet
        rows.extend(read(path, table, path.relative_to(landing).as_posix(), number))
    if not files and not TABLES[table].may_be_empty:
        raise Refused(f"{table}: missing table (no {table}.csv, {table}.parquet or {table}/ in the landing directory)")
    if not rows and not TABLES[table].may_be_empty:
        raise Refused(f"{table}: {', '.join(path.relative_to(landing).as_posix() for path in files)}: empty table")
    return rows


# --- typing and judging rows --------------------------------------------------------------------------------


def parse_date(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_number(text: str, whole_digits: int) -> int | None:
    """The number in whole millionths; None if the grammar or the size does not allow it."""
    match = re.fullmatch(r"([+-]?)([0-9]+)(?:\.([0-9]+))?", text)
    if match is None:
        return None
    sign, whole, decimals = match[1], match[2].lstrip("0"), (match[3] or "").rstrip("0")
    if len(whole) > whole_digits or len(decimals) > 6:
        return None
    number = int((whole or "0") + decimals.ljust(6, "0"))
    return -number if sign == "-" else number


def judge_alone(table: str, rows: list[Landed]) -> None:
    """Superseded, malformed, missing, invalid, duplicate and repeated rows: all that one table can tell by itself."""
    definition = TABLES[table]
    for row in rows:
        if not row.malformed:
            row.text = {column.name: row.raw.get(column.name, "").strip(BLANKS) for column in definition.columns}

    _judge_each(definition, rows, SNAPSHOT if table == "holdings" else definition.key)
    rows_of_key: dict[tuple[str, ...], list[Landed]] = defaultdict(list)
    for row in accepted(rows):
        rows_of_key[row.key_text(definition.key)].append(row)
    for same_key in rows_of_key.values():
        if any(row.typed != same_key[0].typed for row in same_key):
            for row in same_key:
                row.reason = "duplicate_key"
        else:
            for row in same_key[1:]:
                row.reason = "repeated_row"


def _judge_each(definition: Table, rows: list[Landed], superseding_key: tuple[str, ...]) -> None:
    last_file: dict[tuple[str, ...], int] = {}
    for row in rows:
        if not row.malformed:
            key = row.key_text(superseding_key)
            last_file[key] = max(last_file.get(key, 0), row.file_number)
    for row in rows:
        if row.malformed:
            row.reason = "malformed_line"
        elif row.file_number < last_file[row.key_text(superseding_key)]:
            row.reason = "superseded"
        else:
            row.reason = _type_row(definition, row)


def _type_row(definition: Table, row: Landed) -> str | None:
    """Fill `row.typed`; the reason if a required column is empty or a value does not follow the grammar."""
    for column in definition.columns:
        if column.required and not row.text[column.name]:
            return f"missing_{column.name}"
    for column in definition.columns:
        text = row.text[column.name]
        value: Value = text or None
        if text and column.kind == "date":
            value = parse_date(text)
        elif text and column.kind == "number":
            value = parse_number(text, column.whole_digits)
        if text and value is None:
            return f"invalid_{column.name}"
        row.typed[column.name] = value
    return None


def reject(rows: Iterable[Landed], reason: str, when: Callable[[Landed], bool]) -> None:
    """Give `reason` to the rows that have none yet and for which `when` holds."""
    for row in rows:
        if row.reason is None and when(row):
            row.reason = reason


def accepted(rows: Iterable[Landed]) -> list[Landed]:
    return [row for row in rows if row.reason is None]


# --- policy -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    drift_status: str
    severity: int
    max_drift: int | None  # units of 1e-10; None: no limit
    action: str
    risk_level: str


@dataclass
class Policy:
    display_order: dict[str, int]
    allows_negative: dict[str, bool]
    targets: dict[str, dict[date, dict[str, int]]]  # profile -> effective date -> class -> units of 1e-10
    bands: dict[date, list[Band]]  # in the order of severity
    trading_days: list[date]


def _weight_units(text: str) -> int:
    units = Decimal(text) * WEIGHT_ONE
    assert units == int(units), f"{text} has more than 10 decimals"
    return int(units)


def read_policy(folder: Path) -> Policy:
    def rows_of(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
            return [{column: value.strip() for column, value in row.items()} for row in csv.DictReader(lines)]

    classes = rows_of("asset_classes")
    targets: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows_of("target_allocations"):
        effective = date.fromisoformat(row["effective_date"])
        targets[row["risk_profile"]][effective][row["asset_class"]] = _weight_units(row["target_weight"])
    for profile, sets in targets.items():
        for effective, weights in sets.items():
            if sum(weights.values()) != WEIGHT_ONE:
                raise Refused(f"target_allocations: {profile} of {effective} does not sum to 1")
    bands: dict[date, list[Band]] = defaultdict(list)
    for row in rows_of("drift_policy"):
        limit = _weight_units(row["max_drift"]) if row["max_drift"] else None
        band = Band(row["drift_status"], int(row["severity"]), limit, row["action"], row["risk_level"])
        bands[date.fromisoformat(row["effective_date"])].append(band)
    return Policy(
        display_order={row["asset_class"]: int(row["display_order"]) for row in classes},
        allows_negative={row["asset_class"]: row["allows_negative"].lower() == "true" for row in classes},
        targets={profile: dict(sets) for profile, sets in targets.items()},
        bands={day: sorted(set_, key=lambda band: band.severity) for day, set_ in bands.items()},
        trading_days=sorted(date.fromisoformat(row["trading_date"]) for row in rows_of("trading_calendar")),
    )


T = TypeVar("T")


class InForce(Generic[T]):
    """Dated sets of which the latest, dated not after the day, is in force."""

    def __init__(self, sets: Mapping[date, T]) -> None:
        self.dates = sorted(sets)
        self.sets = sets

    def date_on(self, day: date) -> date | None:
        position = bisect_right(self.dates, day)
        return self.dates[position - 1] if position else None

    def on(self, day: date) -> T | None:
        effective = self.date_on(day)
        return None if effective is None else self.sets[effective]


# --- arithmetic ---------------------------------------------------------------------------------------------


def divide_half_away(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded to a whole number, half away from zero; the denominator is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def position_cents(quantity: int, price: int) -> int:
    """Millionths x millionths, rounded to the cent."""
    return divide_half_away(quantity * price, 10**10)


def usd(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def share(units: int) -> Decimal:
    return Decimal(units).scaleb(-10)


def millionths(units: int) -> Decimal:
    return Decimal(units).scaleb(-6)


# --- the outcome --------------------------------------------------------------------------------------------

# table -> (key columns, other columns compared), in the order of a row
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "marts.fct_portfolio_daily": (
        ("portfolio_id", "as_of_date"),
        (
            "advisor_id",
            "risk_profile",
            "snapshot_date",
            "market_value",
            "drift_score",
            "drift_asset_class",
            "drift_status",
            "severity",
            "recommended_action",
            "risk_level",
            "position_count",
            "stale_position_count",
            "days_in_status",
        ),
    ),
    "marts.fct_asset_class_daily": (
        ("portfolio_id", "as_of_date", "asset_class"),
        ("market_value", "actual_weight", "target_weight", "signed_drift", "drift"),
    ),
    "marts.position_daily": (
        ("portfolio_id", "as_of_date", "security_id"),
        (
            "snapshot_date",
            "quantity",
            "price_date",
            "close_price",
            "market_value",
            "actual_weight",
            "source_file",
        ),
    ),
    "marts.dim_portfolio": (
        ("portfolio_id", "valid_from"),
        (
            "portfolio_name",
            "client_id",
            "client_name",
            "advisor_id",
            "risk_profile",
            "inception_date",
            "closed_date",
            "valid_to",
            "is_current",
        ),
    ),
    "marts.dim_risk_profile": (("risk_profile", "asset_class", "valid_from"), ("valid_to",)),
    "marts.dim_advisor": (("advisor_id",), ()),
    "marts.dim_security": (("security_id",), ()),
    "marts.dim_asset_class": (("asset_class",), ()),
    "marts.drift_monitor": (
        ("portfolio_id",),
        (
            "alert_rank",
            "portfolio_name",
            "client_name",
            "advisor_id",
            "advisor_name",
            "risk_profile",
            "as_of_date",
            "market_value",
            "drift_score",
            "drift_asset_class",
            "signed_drift",
            "drift_status",
            "severity",
            "recommended_action",
            "risk_level",
            "days_in_status",
            "drift_score_5d_ago",
            "drift_score_change_5d",
            "snapshot_date",
            "is_stale",
        ),
    ),
    "marts.advisor_overview": (
        ("advisor_id", "as_of_date"),
        (
            "advisor_name",
            "team",
            "portfolio_count",
            "aum",
            "normal_count",
            "watch_count",
            "rebalance_count",
            "aum_rebalance",
            "average_drift_score",
            "unvalued_count",
        ),
    ),
    "marts.drift_trend": (("as_of_date", "risk_profile", "drift_status"), ("portfolio_count", "aum")),
    "audit.valuation_exceptions": (("portfolio_id", "as_of_date"), ("reason", "security_ids")),
    "audit.unvalued_portfolios": (("portfolio_id",), ("advisor_id", "reason", "last_valued_date")),
    "audit.reconciliation": (
        ("control", "scope"),
        ("expected", "actual", "difference", "tolerance", "is_reconciled"),
    ),
}


@dataclass(frozen=True)
class Rejected:
    """`raw` has the landed fields untrimmed, contract columns only, or {"line": text} for a malformed line."""

    table: str
    reason: str
    source_file: str
    raw: dict[str, str]


@dataclass(frozen=True)
class Counts:
    landed: int
    accepted: int
    rejected: int
    superseded: int


@dataclass
class Outcome:
    """Everything that comes out: `tables[name]` maps a key to the values of the other columns (`COLUMNS`)."""

    as_of_date: date | None
    counts: dict[str, Counts]
    rejected_rows: list[Rejected]
    tables: dict[str, dict[Row, Row]]

    def row(self, table: str, *key: object) -> dict[str, object]:
        """One row by its key, by column name; KeyError if it is not there."""
        return dict(zip(COLUMNS[table][1], self.tables[table][key], strict=True))

    def reasons(self, table: str) -> Counter[str]:
        return Counter(rejected.reason for rejected in self.rejected_rows if rejected.table == table)


@dataclass(frozen=True)
class Portfolio:
    portfolio_id: str
    portfolio_name: str
    client_id: str
    client_name: str
    advisor_id: str
    advisor_name: str
    team: str | None
    inception_date: date
    closed_date: date | None


@dataclass(frozen=True)
class Position:
    security_id: str
    asset_class: str
    quantity: int
    source_file: str


@dataclass(frozen=True)
class Close:
    price_date: date
    price: int


@dataclass(frozen=True)
class NoValue:
    reason: str
    security_ids: str | None


@dataclass(frozen=True)
class ClassDrift:
    asset_class: str
    cents: int
    weight: int
    target: int

    @property
    def signed_drift(self) -> int:
        return self.weight - self.target


@dataclass(frozen=True)
class Valuation:
    """A portfolio-day that has a value."""

    day: date
    profile: str
    snapshot_date: date
    cents: int
    positions: list[tuple[Position, Close, int, int]]  # position, its price, cents, weight
    classes: list[ClassDrift]  # in display order
    worst: ClassDrift
    band: Band
    stale_positions: int
    days_in_status: int

    @property
    def drift_score(self) -> int:
        return abs(self.worst.signed_drift)


def compute(
    landing: Path,
    policy: Path,
    *,
    as_of_date: date | None = None,
    max_price_age_days: int = 5,
    max_snapshot_age_days: int = 400,
) -> Outcome:
    """Everything that a build of `landing` under the policy in `policy` must publish; Refused if it must not build."""
    rules = read_policy(policy)
    tables = {table: read_table(landing, table) for table in TABLES}
    for table, rows in tables.items():
        judge_alone(table, rows)
    judge_references(tables, rules)
    as_of = judge_prices(tables["prices"], rules.trading_days, as_of_date)
    if as_of is None:
        raise Refused("prices: no row is usable")
    good = {table: accepted(rows) for table, rows in tables.items()}

    portfolios = read_portfolios(good)
    profiles = assignments_in_force(good["risk_profile_assignments"])
    holdings = snapshots_in_force(good)
    days = [day for day in rules.trading_days if as_of is not None and day <= as_of]
    closes = closes_carried_forward(good["prices"], days, max_price_age_days)

    valued: dict[str, dict[date, Valuation]] = {}
    exceptions: dict[str, dict[date, NoValue]] = {}
    for portfolio in portfolios:
        valued[portfolio.portfolio_id], exceptions[portfolio.portfolio_id] = value_portfolio(
            portfolio,
            holdings=holdings.get(portfolio.portfolio_id),
            profiles=profiles.get(portfolio.portfolio_id),
            closes=closes,
            days=days,
            rules=rules,
        )
    snapshot_days = [day for snapshots in holdings.values() for day in snapshots.dates]
    book_days = [day for day in days if day == days[-1] or day >= min(snapshot_days, default=date.max)]
    open_days = {
        portfolio.portfolio_id: days_open(portfolio, holdings.get(portfolio.portfolio_id), book_days)
        for portfolio in portfolios
    }

    outcome: dict[str, dict[Row, Row]] = {
        "marts.fct_portfolio_daily": {},
        "marts.fct_asset_class_daily": {},
        "marts.position_daily": {},
    }
    write_facts(outcome, portfolios, valued)
    outcome["marts.dim_portfolio"] = dim_portfolio(portfolios, good["risk_profile_assignments"], as_of)
    outcome["marts.dim_risk_profile"] = dim_risk_profile(rules)
    outcome["marts.dim_advisor"] = {(row.string("advisor_id"),): () for row in good["advisors"]}
    outcome["marts.dim_security"] = {(row.string("security_id"),): () for row in good["securities"]}
    outcome["marts.dim_asset_class"] = {(asset_class,): () for asset_class in rules.display_order}
    outcome["marts.drift_monitor"] = drift_monitor(portfolios, valued, open_days, days, max_snapshot_age_days)
    outcome["marts.advisor_overview"] = advisor_overview(portfolios, valued, open_days, rules)
    outcome["marts.drift_trend"] = drift_trend(portfolios, valued, open_days, profiles)
    outcome["audit.valuation_exceptions"] = {
        (portfolio_id, day): (exception.reason, exception.security_ids)
        for portfolio_id, of_portfolio in exceptions.items()
        for day, exception in of_portfolio.items()
    }
    outcome["audit.unvalued_portfolios"] = unvalued_portfolios(portfolios, valued, exceptions, open_days, days)
    counts = {table: count(rows) for table, rows in tables.items()}
    outcome["audit.reconciliation"] = reconciliation(counts, valued, good["custodian_balances"], rules)
    return Outcome(
        as_of_date=as_of,
        counts=counts,
        rejected_rows=[
            Rejected(table, row.reason, row.source_file, row.raw)
            for table, rows in tables.items()
            for row in rows
            if row.reason is not None
        ],
        tables=outcome,
    )


def count(rows: Sequence[Landed]) -> Counts:
    superseded = sum(row.reason == "superseded" for row in rows)
    rejected = sum(row.reason is not None for row in rows) - superseded
    return Counts(len(rows), len(rows) - rejected - superseded, rejected, superseded)


def judge_references(tables: dict[str, list[Landed]], rules: Policy) -> None:
    """A row that refers to a rejected row refers to something unknown, so judge in the order of the references."""

    def ids(table: str) -> set[str]:
        return {row.string(TABLES[table].key[0]) for row in accepted(tables[table])}

    clients, advisors = ids("clients"), ids("advisors")
    reject(tables["portfolios"], "unknown_client", lambda row: row.string("client_id") not in clients)
    reject(tables["portfolios"], "unknown_advisor", lambda row: row.string("advisor_id") not in advisors)
    reject(
        tables["securities"],
        "unknown_asset_class",
        lambda row: row.string("asset_class") not in rules.display_order,
    )
    portfolios, securities = ids("portfolios"), ids("securities")
    for table in ("risk_profile_assignments", "holdings", "custodian_balances"):
        reject(tables[table], "unknown_portfolio", lambda row: row.string("portfolio_id") not in portfolios)
    reject(
        tables["risk_profile_assignments"],
        "unknown_risk_profile",
        lambda row: row.string("risk_profile") not in rules.targets,
    )
    for table in ("holdings", "prices"):
        reject(tables[table], "unknown_security", lambda row: row.string("security_id") not in securities)
    may_be_negative = {
        row.string("security_id"): rules.allows_negative[row.string("asset_class")]
        for row in accepted(tables["securities"])
    }
    reject(
        tables["holdings"],
        "negative_quantity",
        lambda row: row.millionths("quantity") < 0 and not may_be_negative[row.string("security_id")],
    )
    spoilt = {
        row.key_text(SNAPSHOT)
        for row in tables["holdings"]
        if row.reason not in (None, "superseded", "repeated_row", "malformed_line")
    }
    reject(tables["holdings"], "incomplete_snapshot", lambda row: row.key_text(SNAPSHOT) in spoilt)


def judge_prices(prices: list[Landed], trading_days: list[date], given: date | None) -> date | None:
    """Judge the prices (securities are known by now) and settle the as-of date; None if nothing is priced."""
    calendar = set(trading_days)
    reject(prices, "not_a_trading_day", lambda row: row.day("price_date") not in calendar)
    reject(prices, "non_positive_price", lambda row: row.millionths("close_price") <= 0)
    as_of: date | None = None
    if given is not None:
        position = bisect_right(trading_days, given)
        as_of = trading_days[position - 1] if position else None
    else:
        prices_on = Counter(row.day("price_date") for row in accepted(prices))
        ordered = sorted(prices_on.values())
        if ordered:
            middle = len(ordered) // 2
            twice_median = ordered[middle] + ordered[middle if len(ordered) % 2 else middle - 1]
            as_of = max(day for day, number in prices_on.items() if 4 * number >= twice_median)
    reject(prices, "after_as_of_date", lambda row: as_of is not None and row.day("price_date") > as_of)
    return as_of


def read_portfolios(good: dict[str, list[Landed]]) -> list[Portfolio]:
    clients = {row.string("client_id"): row.string("client_name") for row in good["clients"]}
    advisors = {row.string("advisor_id"): row for row in good["advisors"]}
    return [
        Portfolio(
            portfolio_id=row.string("portfolio_id"),
            portfolio_name=row.string("portfolio_name"),
            client_id=row.string("client_id"),
            client_name=clients[row.string("client_id")],
            advisor_id=row.string("advisor_id"),
            advisor_name=advisors[row.string("advisor_id")].string("advisor_name"),
            team=advisors[row.string("advisor_id")].optional("team"),
            inception_date=row.day("inception_date"),
            closed_date=row.optional_day("closed_date"),
        )
        for row in good["portfolios"]
    ]


def assignments_in_force(rows: list[Landed]) -> dict[str, InForce[str]]:
    by_portfolio: dict[str, dict[date, str]] = defaultdict(dict)
    for row in rows:
        by_portfolio[row.string("portfolio_id")][row.day("effective_date")] = row.string("risk_profile")
    return {portfolio_id: InForce(sets) for portfolio_id, sets in by_portfolio.items()}


def snapshots_in_force(good: dict[str, list[Landed]]) -> dict[str, InForce[list[Position]]]:
    class_of = {row.string("security_id"): row.string("asset_class") for row in good["securities"]}
    by_portfolio: dict[str, dict[date, list[Position]]] = defaultdict(lambda: defaultdict(list))
    for row in good["holdings"]:
        security_id = row.string("security_id")
        by_portfolio[row.string("portfolio_id")][row.day("snapshot_date")].append(
            Position(security_id, class_of[security_id], row.millionths("quantity"), row.source_file)
        )
    return {portfolio_id: InForce(dict(sets)) for portfolio_id, sets in by_portfolio.items()}


def closes_carried_forward(prices: list[Landed], days: list[date], max_age: int) -> dict[str, dict[date, Close]]:
    """The usable price of each security and trading day: the latest close, at most `max_age` trading days old."""
    by_security: dict[str, dict[date, int]] = defaultdict(dict)
    for row in prices:
        by_security[row.string("security_id")][row.day("price_date")] = row.millionths("close_price")
    carried: dict[str, dict[date, Close]] = {}
    for security_id, closes in by_security.items():
        carried[security_id] = {}
        latest: Close | None = None
        age = 0
        for day in days:
            age += 1
            if day in closes:
                latest, age = Close(day, closes[day]), 0
            if latest is not None and age <= max_age:
                carried[security_id][day] = latest
    return carried


def before_closing(portfolio: Portfolio, day: date) -> bool:
    return portfolio.closed_date is None or day < portfolio.closed_date


def days_open(portfolio: Portfolio, holdings: InForce[list[Position]] | None, days: list[date]) -> list[date]:
    """Open from the earlier of inception and first usable snapshot, until before the closing date."""
    opened = portfolio.inception_date
    if holdings is not None:
        opened = min(opened, holdings.dates[0])
    return [day for day in days[bisect_left(days, opened) :] if before_closing(portfolio, day)]


def value_portfolio(
    portfolio: Portfolio,
    *,
    holdings: InForce[list[Position]] | None,
    profiles: InForce[str] | None,
    closes: dict[str, dict[date, Close]],
    days: list[date],
    rules: Policy,
) -> tuple[dict[date, Valuation], dict[date, NoValue]]:
    valued: dict[date, Valuation] = {}
    exceptions: dict[date, NoValue] = {}
    if holdings is None:
        return valued, exceptions
    targets = {profile: InForce(sets) for profile, sets in rules.targets.items()}
    bands = InForce(rules.bands)
    previous: Valuation | None = None
    for day in days[bisect_left(days, holdings.dates[0]) :]:
        if not before_closing(portfolio, day):
            break
        snapshot_date = holdings.date_on(day)
        assert snapshot_date is not None
        profile = profiles.on(day) if profiles is not None else None
        result = value_day(
            day,
            snapshot_date=snapshot_date,
            positions=holdings.sets[snapshot_date],
            profile=profile,
            targets=targets[profile].on(day) if profile is not None else None,
            closes=closes,
            bands=bands.on(day) or [],
            display_order=rules.display_order,
            previous=previous,
        )
        if isinstance(result, Valuation):
            valued[day] = previous = result
        else:
            exceptions[day] = result
    return valued, exceptions


def value_day(
    day: date,
    *,
    snapshot_date: date,
    positions: list[Position],
    profile: str | None,
    targets: dict[str, int] | None,
    closes: dict[str, dict[date, Close]],
    bands: list[Band],
    display_order: dict[str, int],
    previous: Valuation | None,
) -> Valuation | NoValue:
    if profile is None:
        return NoValue("no_risk_profile", None)
    if targets is None:
        return NoValue("no_target_allocation", None)
    nothing: dict[date, Close] = {}
    priced = [(position, closes.get(position.security_id, nothing).get(day)) for position in positions]
    unpriced = sorted(position.security_id for position, close in priced if close is None)
    if unpriced:
        return NoValue("unpriced_position", ",".join(unpriced))

    values = [
        (position, close, position_cents(position.quantity, close.price))
        for position, close in priced
        if close is not None
    ]
    class_cents = dict.fromkeys(targets, 0)
    for position, _, cents in values:
        class_cents[position.asset_class] = class_cents.get(position.asset_class, 0) + cents
    total = sum(class_cents.values())
    if total <= 0 or total >= MONEY_LIMIT or any(abs(cents) >= MONEY_LIMIT for cents in class_cents.values()):
        return NoValue("no_market_value", None)

    classes = [
        ClassDrift(asset_class, cents, divide_half_away(cents * WEIGHT_ONE, total), targets.get(asset_class, 0))
        for asset_class, cents in sorted(class_cents.items(), key=lambda item: display_order[item[0]])
    ]
    weighted = [
        (position, close, cents, divide_half_away(cents * WEIGHT_ONE, total)) for position, close, cents in values
    ]
    shares = [weight for *_, weight in weighted]
    for drift in classes:
        shares += [drift.weight, drift.signed_drift]
    if any(abs(units) >= WEIGHT_LIMIT for units in shares):
        return NoValue("no_market_value", None)

    worst = max(classes, key=lambda drift: abs(drift.signed_drift))  # the first of equals: the lower display_order
    score = abs(worst.signed_drift)
    band = next(band for band in bands if band.max_drift is None or band.max_drift >= score)
    same_status = previous is not None and previous.band.drift_status == band.drift_status
    return Valuation(
        day=day,
        profile=profile,
        snapshot_date=snapshot_date,
        cents=total,
        positions=weighted,
        classes=classes,
        worst=worst,
        band=band,
        stale_positions=sum(close.price_date < day for _, close, _ in values),
        days_in_status=previous.days_in_status + 1 if previous is not None and same_status else 1,
    )


def write_facts(
    outcome: dict[str, dict[Row, Row]],
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
) -> None:
    for portfolio in portfolios:
        portfolio_id = portfolio.portfolio_id
        for day, value in valued[portfolio_id].items():
            outcome["marts.fct_portfolio_daily"][portfolio_id, day] = (
                portfolio.advisor_id,
                value.profile,
                value.snapshot_date,
                usd(value.cents),
                share(value.drift_score),
                value.worst.asset_class,
                value.band.drift_status,
                value.band.severity,
                value.band.action,
                value.band.risk_level,
                len(value.positions),
                value.stale_positions,
                value.days_in_status,
            )
            for drift in value.classes:
                outcome["marts.fct_asset_class_daily"][portfolio_id, day, drift.asset_class] = (
                    usd(drift.cents),
                    share(drift.weight),
                    share(drift.target),
                    share(drift.signed_drift),
                    share(abs(drift.signed_drift)),
                )
            for position, close, cents, weight in value.positions:
                outcome["marts.position_daily"][portfolio_id, day, position.security_id] = (
                    value.snapshot_date,
                    millionths(position.quantity),
                    close.price_date,
                    millionths(close.price),
                    usd(cents),
                    share(weight),
                    position.source_file,
                )


def dim_portfolio(portfolios: list[Portfolio], assignments: list[Landed], as_of: date | None) -> dict[Row, Row]:
    by_portfolio: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in assignments:
        by_portfolio[row.string("portfolio_id")].append((row.day("effective_date"), row.string("risk_profile")))
    versions: dict[Row, Row] = {}
    for portfolio in portfolios:
        changes: list[tuple[date, str]] = []
        for effective, profile in sorted(by_portfolio[portfolio.portfolio_id]):
            if not changes or changes[-1][1] != profile:
                changes.append((effective, profile))
        ends: list[date | None] = [effective for effective, _ in changes[1:]] + [None]
        for (valid_from, profile), valid_to in zip(changes, ends, strict=False):
            is_current = as_of is not None and valid_from <= as_of and (valid_to is None or as_of < valid_to)
            versions[portfolio.portfolio_id, valid_from] = (
                portfolio.portfolio_name,
                portfolio.client_id,
                portfolio.client_name,
                portfolio.advisor_id,
                profile,
                portfolio.inception_date,
                portfolio.closed_date,
                valid_to,
                is_current,
            )
    return versions


def dim_risk_profile(rules: Policy) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for profile, sets in rules.targets.items():
        dates = sorted(sets)
        for valid_from, valid_to in zip(dates, [*dates[1:], None], strict=True):
            for asset_class in sets[valid_from]:
                rows[profile, asset_class, valid_from] = (valid_to,)
    return rows


def drift_monitor(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    days: list[date],
    max_snapshot_age_days: int,
) -> dict[Row, Row]:
    if not days:
        return {}
    as_of = days[-1]
    listed: list[tuple[Portfolio, Valuation]] = []
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        if as_of in open_days[portfolio.portfolio_id] and of_portfolio:
            listed.append((portfolio, of_portfolio[max(of_portfolio)]))
    listed.sort(key=lambda item: item[0].portfolio_id)
    listed.sort(key=lambda item: (item[1].band.severity, item[1].drift_score, item[1].cents), reverse=True)

    rows: dict[Row, Row] = {}
    for rank, (portfolio, value) in enumerate(listed, start=1):
        index = days.index(value.day)
        earlier = valued[portfolio.portfolio_id].get(days[index - 5]) if index >= 5 else None
        is_stale = (
            value.day < as_of or value.stale_positions > 0 or (as_of - value.snapshot_date).days > max_snapshot_age_days
        )
        rows[(portfolio.portfolio_id,)] = (
            rank,
            portfolio.portfolio_name,
            portfolio.client_name,
            portfolio.advisor_id,
            portfolio.advisor_name,
            value.profile,
            value.day,
            usd(value.cents),
            share(value.drift_score),
            value.worst.asset_class,
            share(value.worst.signed_drift),
            value.band.drift_status,
            value.band.severity,
            value.band.action,
            value.band.risk_level,
            value.days_in_status,
            None if earlier is None else share(earlier.drift_score),
            None if earlier is None else share(value.drift_score - earlier.drift_score),
            value.snapshot_date,
            is_stale,
        )
    return rows


def advisor_overview(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    rules: Policy,
) -> dict[Row, Row]:
    advisors = {portfolio.advisor_id: portfolio for portfolio in portfolios}
    values: dict[tuple[str, date], list[Valuation]] = defaultdict(list)
    unvalued: Counter[tuple[str, date]] = Counter()
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        for day in open_days[portfolio.portfolio_id]:
            if day in of_portfolio:
                values[portfolio.advisor_id, day].append(of_portfolio[day])
            else:
                unvalued[portfolio.advisor_id, day] += 1

    bands = InForce(rules.bands)
    rows: dict[Row, Row] = {}
    for advisor_id, day in values.keys() | unvalued.keys():
        book = values.get((advisor_id, day), [])
        policy_set = bands.on(day) or []
        normal = [value for value in book if value.band == policy_set[0]]
        rebalance = [value for value in book if value.band == policy_set[-1]]
        aum = sum(value.cents for value in book)
        rows[advisor_id, day] = (
            advisors[advisor_id].advisor_name,
            advisors[advisor_id].team,
            len(book),
            usd(aum) if book else None,
            len(normal),
            len(book) - len(normal) - len(rebalance),
            len(rebalance),
            usd(sum(value.cents for value in rebalance)) if book else None,
            share(divide_half_away(sum(value.drift_score * value.cents for value in book), aum)) if book else None,
            unvalued[advisor_id, day],
        )
    return rows


def drift_trend(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    open_days: dict[str, list[date]],
    profiles: dict[str, InForce[str]],
) -> dict[Row, Row]:
    cents: dict[Row, list[int | None]] = defaultdict(list)
    for portfolio in portfolios:
        of_portfolio = valued[portfolio.portfolio_id]
        in_force = profiles.get(portfolio.portfolio_id)
        for day in open_days[portfolio.portfolio_id]:
            if day in of_portfolio:
                value = of_portfolio[day]
                cents[day, value.profile, value.band.drift_status].append(value.cents)
            else:
                cents[day, in_force.on(day) if in_force else None, "Unvalued"].append(None)
    return {
        key: (len(amounts), None if key[2] == "Unvalued" else usd(sum(amount or 0 for amount in amounts)))
        for key, amounts in cents.items()
    }


def unvalued_portfolios(
    portfolios: list[Portfolio],
    valued: dict[str, dict[date, Valuation]],
    exceptions: dict[str, dict[date, NoValue]],
    open_days: dict[str, list[date]],
    days: list[date],
) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for portfolio in portfolios:
        portfolio_id = portfolio.portfolio_id
        if not days or days[-1] not in open_days[portfolio_id] or days[-1] in valued[portfolio_id]:
            continue
        exception = exceptions[portfolio_id].get(days[-1])
        reason = "no_holdings" if exception is None else exception.reason
        rows[(portfolio_id,)] = (portfolio.advisor_id, reason, max(valued[portfolio_id], default=None))
    return rows


def reconciliation(
    counts: dict[str, Counts],
    valued: dict[str, dict[date, Valuation]],
    balances: list[Landed],
    rules: Policy,
) -> dict[Row, Row]:
    """Difference is actual - expected; the scope of a custodian balance is 'portfolio_id balance_date'."""
    rows: dict[Row, Row] = {}
    for table, number in counts.items():
        found = number.accepted + number.rejected + number.superseded
        rows["row_counts", table] = (number.landed, found, found - number.landed, 0, number.landed == found)
    recomputed: Counter[date] = Counter()
    published: Counter[date] = Counter()
    for of_portfolio in valued.values():
        for day, value in of_portfolio.items():
            recomputed[day] += sum(cents for _, _, cents, _ in value.positions)
            published[day] += value.cents
    for day, expected in recomputed.items():
        actual = published[day]
        rows["position_values", day.isoformat()] = (
            usd(expected),
            usd(actual),
            usd(actual - expected),
            0,
            actual == expected,
        )
    for row in balances:
        portfolio_id, balance_date = row.string("portfolio_id"), row.day("balance_date")
        reported = millionths(row.millionths("market_value"))
        position = bisect_right(rules.trading_days, balance_date)
        found_value = valued[portfolio_id].get(rules.trading_days[position - 1]) if position else None
        scope = f"{portfolio_id} {balance_date}"
        if found_value is None:
            rows["custodian_balances", scope] = (to_cents(reported), None, None, RECONCILIATION_TOLERANCE, False)
        else:
            difference = usd(found_value.cents) - reported
            rows["custodian_balances", scope] = (
                to_cents(reported),
                usd(found_value.cents),
                to_cents(difference),
                RECONCILIATION_TOLERANCE,
                abs(difference) <= RECONCILIATION_TOLERANCE,
            )
    return rows


# --- comparing with a warehouse -----------------------------------------------------------------------------

MAX_DIFFERENCES = 20
TYPES: dict[str, str] = {
    **dict.fromkeys(("market_value", "aum", "aum_rebalance"), "DECIMAL(18,2)"),
    **dict.fromkeys(("actual_weight", "target_weight", "signed_drift", "drift"), "DECIMAL(18,10)"),
    **dict.fromkeys(("drift_score", "drift_score_5d_ago", "drift_score_change_5d"), "DECIMAL(18,10)"),
    "average_drift_score": "DECIMAL(18,10)",
    **dict.fromkeys(("quantity", "close_price"), "DECIMAL(18,6)"),
    **dict.fromkeys(("valid_from", "valid_to"), "DATE"),
    "severity": "INTEGER",
}
TYPE_OF_ENDING = {
    "_date": "DATE",
    "_count": "INTEGER",
    "_days": "INTEGER",
    "_id": "VARCHAR",
    "_key": "VARCHAR",
    "_name": "VARCHAR",
}


def column_type(column: str) -> str | None:
    """The type that section 3 of the contract fixes for a column of that name."""
    if column.startswith("is_"):
        return "BOOLEAN"
    of_ending = (type_name for ending, type_name in TYPE_OF_ENDING.items() if column.endswith(ending))
    return TYPES.get(column) or next(of_ending, None)


def differences(outcome: Outcome, db: Path) -> list[str]:
    """Where the marts and audit tables of a DuckDB file differ from the outcome, at most MAX_DIFFERENCES lines."""
    found: list[str] = []
    with duckdb.connect(str(db), read_only=True) as connection:
        for table in COLUMNS:
            for difference in _table_differences(outcome, connection, table):
                found.append(difference)
                if len(found) >= MAX_DIFFERENCES:
                    return found
        found += _key_differences(connection)
        found += _rejected_differences(outcome, connection)
    return found[:MAX_DIFFERENCES]


def _table_differences(outcome: Outcome, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    key, values = COLUMNS[table]
    try:
        described = connection.execute(f"describe {table}").fetchall()
    except duckdb.Error as error:
        yield f"{table}: {error}"
        return
    types = {name: type_name for name, type_name, *_ in described}
    missing = [column for column in (*key, *values) if column not in types]
    if missing:
        yield f"{table}: no column {', '.join(missing)}"
        return
    if table.startswith("marts."):
        for column in (*key, *values):
            wanted = column_type(column)
            if wanted is not None and types[column] != wanted:
                yield f"{table}.{column}: type {types[column]}, contract {wanted}"
    quoted = ", ".join(f'"{column}"' for column in (*key, *values))
    published = _rows(connection.execute(f"select {quoted} from {table}"), len(key))
    expected = outcome.tables[table]
    if table == "audit.reconciliation":
        expected = {_plain_scope(row_key): _plain_reconciliation(row) for row_key, row in expected.items()}
        plain = ((_plain_scope(row_key), _plain_reconciliation(row)) for row_key, row in published)
        # nothing against nothing may be reported or left out: a day without any value, a table that is not there
        published = ((row_key, row) for row_key, row in plain if row_key in expected or not row[0] == row[1] == 0)
    yield from _row_differences(table, published, expected)


def _rows(cursor: duckdb.DuckDBPyConnection, key_length: int) -> Iterator[tuple[Row, Row]]:
    while rows := cursor.fetchmany(100_000):
        for row in rows:
            yield row[:key_length], row[key_length:]


def _row_differences(table: str, published: Iterable[tuple[Row, Row]], expected: dict[Row, Row]) -> Iterator[str]:
    seen: set[Row] = set()
    for row_key, row in published:
        if row_key in seen:
            yield f"{table} {_show(row_key)}: more than one row"
        seen.add(row_key)
        wanted = expected.get(row_key)
        if wanted is None:
            yield f"{table} {_show(row_key)}: should not be there: {_show(row)}"
        elif row != wanted:
            for column, got, want in zip(COLUMNS[table][1], row, wanted, strict=True):
                if got != want:
                    yield f"{table} {_show(row_key)} {column}: {_show((got,))}, oracle {_show((want,))}"
    for row_key, row in expected.items():
        empty_count = row_key[0] == "row_counts" and row[0] == 0
        if row_key not in seen and not empty_count:
            yield f"{table} {_show(row_key)}: not there, oracle {_show(row)}"


def _show(values: Iterable[object]) -> str:
    shown = (str(value) if isinstance(value, date | Decimal) else repr(value) for value in values)
    return " ".join(shown)


def _plain_scope(key: Row) -> Row:
    """The contract names what a scope identifies but not how it is written: keep the date and the rest apart."""
    control, scope = str(key[0]), str(key[1])
    if control == "row_counts":
        return control, scope
    dates = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", scope)
    if not dates:
        return control, scope
    day = dates[-1]
    return control, "".join(scope.rsplit(day, 1)).strip(" /|,:;@-_()"), day


def _plain_reconciliation(row: Row) -> Row:
    """The contract does not say which is subtracted from which: compare the size of the difference."""
    expected, actual, difference, *rest = row
    if isinstance(difference, int | Decimal):
        difference = abs(difference)
    return expected, actual, difference, *rest


def _key_differences(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """portfolio_key has no fixed value; it must lead from each fact to the version in force on its day."""
    try:
        rows = connection.execute(
            """
            select portfolio_id, as_of_date from marts.fct_portfolio_daily
            where not exists (
                select 1 from marts.dim_portfolio
                where
                    dim_portfolio.portfolio_key = fct_portfolio_daily.portfolio_key
                    and dim_portfolio.portfolio_id = fct_portfolio_daily.portfolio_id
                    and dim_portfolio.risk_profile = fct_portfolio_daily.risk_profile
                    and dim_portfolio.valid_from <= fct_portfolio_daily.as_of_date
                    and (dim_portfolio.valid_to is null or fct_portfolio_daily.as_of_date < dim_portfolio.valid_to)
            ) order by all limit 3
            """
        ).fetchall()
        repeated = connection.execute(
            "select portfolio_key from marts.dim_portfolio group by all having count(*) > 1 limit 3"
        ).fetchall()
    except duckdb.Error as error:
        return [f"portfolio_key: {error}"]
    found = [
        f"marts.fct_portfolio_daily {_show(row)}: portfolio_key is not that of the version in force" for row in rows
    ]
    return found + [f"marts.dim_portfolio {_show(row)}: portfolio_key is not unique" for row in repeated]


def _rejected_differences(outcome: Outcome, connection: duckdb.DuckDBPyConnection) -> list[str]:
    try:
        rows = connection.execute(
            "select table_name, reason, source_file, cast(raw_row as varchar) from audit.rejected_rows"
        ).fetchall()
    except duckdb.Error as error:
        return [f"audit.rejected_rows: {error}"]
    published: Counter[Row] = Counter()
    for table, reason, source_file, raw_row in rows:
        try:
            raw = json.loads(raw_row)
        except (TypeError, ValueError):
            return [f"audit.rejected_rows {table} {reason} {source_file}: raw_row is not JSON: {raw_row!r}"]
        published[_comparable(table, reason, source_file, raw)] += 1
    expected = Counter(_comparable(row.table, row.reason, row.source_file, row.raw) for row in outcome.rejected_rows)
    found = []
    for row, number in (published - expected).items():
        found.append(f"audit.rejected_rows {_show(row)}: {number} too many")
    for row, number in (expected - published).items():
        found.append(f"audit.rejected_rows {_show(row)}: {number} too few")
    return sorted(found)


def _comparable(table: str, reason: str, source_file: str, raw: Mapping[str, object]) -> Row:
    """Fields as landed, with what the contract leaves open made equal.

    An absent, null or empty field is the same; a run of bad bytes is one U+FFFD; a number that came in Parquet may be
    written in several ways; of repeated rows, it is not said which one is kept.
    """
    fields: list[tuple[str, str]] = []
    for column, value in sorted(raw.items()):
        text = "" if value is None else str(value)
        if reason == "malformed_line":
            text = re.sub("\ufffd+", "\ufffd", text)
        if reason == "repeated_row":
            text = text.strip(BLANKS)
        if reason == "repeated_row" or source_file.endswith(".parquet"):
            text = _plain_number(text)
        if text:
            fields.append((column, text))
    return table, reason, source_file, tuple(fields)


def _plain_number(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return format(Decimal(text).normalize() + 0, "f")
    return text.lower() if text.lower().lstrip("+-") in ("nan", "inf", "infinity") else text
