"""Rows that are bad by themselves, or by what they refer to, as they come from real systems and from spreadsheets.

Each must be in audit.rejected_rows with its reason; a snapshot with a bad row is refused whole.
"""

from collections.abc import Callable, Sequence
from datetime import date

from tests.torture.defects.good_day import Row, number, table_of
from tests.torture.defects.planting import Expected, Kind, Rejected, Today, rejected

NO_NUMBER = "the text is no number of the contract's grammar"
NO_DATE = "the text is no date of the contract's grammar"
REFERS = "it refers to what is not there"


def _snapshot(today: Today, reason: str, bad: list[Row]) -> list[Expected]:
    """``bad`` rows of a snapshot are rejected for ``reason``, the others of it for being with them."""
    portfolio = bad[0]["portfolio_id"]
    innocent = [row for row in today.snapshots[portfolio] if not any(row is other for other in bad)]
    return _found(today, "holdings", reason, bad) + _found(today, "holdings", "incomplete_snapshot", innocent)


def _found(today: Today, table: str, reason: str, rows: list[Row]) -> list[Expected]:
    return [rejected(reason, table, today.file(table), rows)] if rows else []


def _quantity(text: Callable[[str], str], reason: str = "invalid_quantity") -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        position = today.position(today.take_portfolio())
        position["quantity"] = text(position["quantity"])
        return _snapshot(today, reason, [position])

    return plant


def _close(text: Callable[[str], str], reason: str = "invalid_close_price") -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        close = today.closes[today.take_security()]
        close["close_price"] = text(close["close_price"])
        return _found(today, "prices", reason, [close])

    return plant


def _whole_snapshot(column: str, text: Callable[[str], str], reason: str) -> Callable[[Today], list[Expected]]:
    """Every row of one portfolio's snapshot, spoilt in the same way."""

    def plant(today: Today) -> list[Expected]:
        rows = today.snapshots[today.take_portfolio()]
        for row in rows:
            row[column] = text(row[column])
        return _found(today, "holdings", reason, rows)

    return plant


def _quantity_and_security_swapped(today: Today) -> list[Expected]:
    rows = today.snapshots[today.take_portfolio()]
    for row in rows:
        row["quantity"], row["security_id"] = row["security_id"], row["quantity"]
    return _found(today, "holdings", "invalid_quantity", rows)


def _close_and_date_swapped(today: Today) -> list[Expected]:
    close = today.closes[today.take_security()]
    close["close_price"], close["price_date"] = close["price_date"], close["close_price"]
    return _found(today, "prices", "invalid_price_date", [close])


def _other_quantity_beside(today: Today) -> list[Expected]:
    position = today.position(today.take_portfolio())
    other = {**position, "quantity": number(position["quantity"], 2)}
    today.rows("holdings").append(other)
    return _snapshot(today, "duplicate_key", [position]) + _found(today, "holdings", "duplicate_key", [other])


def _other_close_beside(today: Today) -> list[Expected]:
    close = today.closes[today.take_security()]
    other = {**close, "close_price": number(close["close_price"], "1.01")}
    today.rows("prices").append(other)
    return _found(today, "prices", "duplicate_key", [close, other])


def _delivered_twice(today: Today) -> list[Expected]:
    again = [dict(row) for row in today.snapshots[today.take_portfolio()]]
    today.rows("holdings").extend(again)
    return _found(today, "holdings", "repeated_row", again)


def _booked_on_top_of_another(today: Today) -> list[Expected]:
    one = today.take_portfolio()
    mine = {row["security_id"]: row for row in today.snapshots[one]}

    def contradicts(rows: list[Row]) -> bool:
        in_both = [row for row in rows if row["security_id"] in mine]
        return bool(in_both) and all(row["quantity"] != mine[row["security_id"]]["quantity"] for row in in_both)

    other = today.take_portfolio(contradicts)
    theirs = {row["security_id"]: row for row in today.snapshots[other]}
    for row in mine.values():
        row["portfolio_id"] = other
    twice = [rows[security] for security in mine.keys() & theirs.keys() for rows in (mine, theirs)]
    once = [(mine | theirs)[security] for security in mine.keys() ^ theirs.keys()]
    return _found(today, "holdings", "duplicate_key", twice) + _found(today, "holdings", "incomplete_snapshot", once)


def _header_in_the_middle(today: Today) -> list[Expected]:
    rows = today.rows("holdings")
    header = {column: column for column in rows[0]}
    rows.insert(len(rows) // 2, header)
    return _found(today, "holdings", "invalid_snapshot_date", [header])


def _total_at_the_end(today: Today) -> list[Expected]:
    rows = today.rows("custodian_balances")
    total = {"portfolio_id": "TOTAL", "balance_date": "", "market_value": "0.00"}
    rows.append(total)
    return _found(today, "custodian_balances", "missing_balance_date", [total])


def _as_serial(text: str) -> str:
    """A day as spreadsheets number it: from the last but one of 1899 on."""
    return str((date.fromisoformat(text) - date(1899, 12, 30)).days)


def _american_date(today: Today) -> list[Expected]:
    balance = today.balances[today.take_portfolio()]
    year, month, day = balance["balance_date"].split("-")
    balance["balance_date"] = f"{month}/{day}/{year}"
    return _found(today, "custodian_balances", "invalid_balance_date", [balance])


def _client_missing(today: Today) -> list[Expected]:
    """Its portfolio falls with it, and what refers to that."""
    owners = [row["client_id"] for row in today.rows("portfolios")]
    alone = {row["portfolio_id"]: row for row in today.rows("portfolios") if owners.count(row["client_id"]) == 1}
    portfolio = today.take_portfolio(lambda rows: rows[0]["portfolio_id"] in alone)
    clients = today.rows("clients")
    clients[:] = [row for row in clients if row["client_id"] != alone[portfolio]["client_id"]]
    return [*_found(today, "portfolios", "unknown_client", [alone[portfolio]]), *_left_behind(today, portfolio)]


def _portfolio_missing(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    rows = today.rows("portfolios")
    rows[:] = [row for row in rows if row["portfolio_id"] != portfolio]
    return _left_behind(today, portfolio)


def _left_behind(today: Today, portfolio: str) -> list[Expected]:
    """All rows that refer to a portfolio that is not there."""
    refer = ("risk_profile_assignments", "holdings", "custodian_balances")
    return [_in_all_files(today, refer, "unknown_portfolio", lambda row: row["portfolio_id"] == portfolio)]


def _in_all_files(today: Today, tables: Sequence[str], reason: str, is_bad: Callable[[Row], bool]) -> Rejected:
    return Rejected(
        reason,
        tuple(
            (table, file, dict(row))
            for file, rows in today.landing.files.items()
            for row in rows
            if (table := table_of(file)) in tables and is_bad(row)
        ),
    )


def _class_that_does_not_exist(today: Today) -> list[Expected]:
    """Its closes and positions refer to nothing any more, and the snapshots that hold it are refused."""
    ever_held: dict[str, set[str]] = {}
    for row in today.landing.rows("holdings"):
        ever_held.setdefault(row["security_id"], set()).add(row["portfolio_id"])
    security = min(ever_held, key=lambda name: (len(ever_held[name]), name))
    today.leave_alone(ever_held[security], security)
    (row,) = (row for row in today.rows("securities") if row["security_id"] == security)
    row["asset_class"] = "Alternatives"
    spoilt = {
        (row["portfolio_id"], row["snapshot_date"])
        for row in today.landing.rows("holdings")
        if row["security_id"] == security
    }
    return [
        *_found(today, "securities", "unknown_asset_class", [row]),
        _in_all_files(today, ("prices", "holdings"), "unknown_security", lambda row: row["security_id"] == security),
        _in_all_files(
            today,
            ("holdings",),
            "incomplete_snapshot",
            lambda row: (row["portfolio_id"], row["snapshot_date"]) in spoilt and row["security_id"] != security,
        ),
    ]


KINDS = (
    Kind("a security reclassified to a class that doesn't exist", REFERS, _class_that_does_not_exist),
    Kind("a client missing from the clients file", REFERS, _client_missing),
    Kind("a portfolio missing from the portfolios file", REFERS, _portfolio_missing),
    Kind("currency in a quantity", NO_NUMBER, _quantity(lambda text: f"USD {text}")),
    Kind("thousands separated in a quantity", NO_NUMBER, _quantity(lambda text: f"12'{text}")),
    Kind("a quantity in scientific notation", NO_NUMBER, _quantity(lambda text: f"{float(text):.2E}")),
    Kind(
        "the sign of a quantity flipped", "nobody owes a fund", _quantity(lambda text: f"-{text}", "negative_quantity")
    ),
    Kind("decimal comma in a close", NO_NUMBER, _close(lambda text: text.replace(".", ","))),
    Kind("N/A for a close", NO_NUMBER, _close(lambda text: "N/A")),
    Kind("the sign of a close flipped", "no price is negative", _close(lambda text: f"-{text}", "non_positive_price")),
    Kind("a close of zero", "no price is zero", _close(lambda text: "0.00", "non_positive_price")),
    Kind("ids in lower case", REFERS, _whole_snapshot("portfolio_id", str.lower, "unknown_portfolio")),
    Kind(
        "an invisible character in an id",
        REFERS,
        _whole_snapshot("portfolio_id", "\u200b{}".format, "unknown_portfolio"),
    ),
    Kind("tickers instead of ids", REFERS, _whole_snapshot("security_id", "{} US Equity".format, "unknown_security")),
    Kind(
        "dates as a spreadsheet counts them",
        NO_DATE,
        _whole_snapshot("snapshot_date", _as_serial, "invalid_snapshot_date"),
    ),
    Kind("dates the American way", NO_DATE, _american_date),
    Kind("columns swapped: quantity and security", NO_NUMBER, _quantity_and_security_swapped),
    Kind("columns swapped: close and date", NO_DATE, _close_and_date_swapped),
    Kind("a position again with another quantity", "nobody can say which is right", _other_quantity_beside),
    Kind("a close again with another price", "nobody can say which is right", _other_close_beside),
    Kind("a snapshot delivered twice in a file", "one of two equal rows is enough", _delivered_twice),
    Kind("a snapshot booked on top of another portfolio's", "one security, two quantities", _booked_on_top_of_another),
    Kind("a header in the middle of a file", NO_DATE, _header_in_the_middle),
    Kind("a total at the end of a file", "it has no date", _total_at_the_end),
)
