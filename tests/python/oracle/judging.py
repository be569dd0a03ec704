"""Typing and judging rows: which are accepted, and the reason of each that is not."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date

from oracle.landing_tables import BLANKS, SNAPSHOT, TABLES, Landed, Table, Value
from oracle.policy import Policy


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
