"""Deliveries that are wrong as a whole: of another day, cut off, doubled, rescaled, unreadable.

Each must block the run or be refused, so each has a run of its own.
"""

from collections.abc import Callable
from datetime import date, timedelta

from tests.torture.defects.good_day import DROPPED, Row, day_of, number, table_of
from tests.torture.defects.planting import Alarmed, Expected, Kind, Refused, Today, rejected

LATE = "the book ends before the day that is expected"
COUNT = "on days that were published before, the book has other portfolios"
VALUE = "on days that were published before, the book has another value"
REFERS = "too many rows refer to what is not there"
BALANCES = "too many balances break to be breaks of single portfolios"
LOST_SHARE = 0.3  # of the portfolios


def _blocks(control: str, *names: str) -> list[Expected]:
    return [Alarmed(control, names, must_block=True)]


def _yesterday_again(today: Today) -> list[Expected]:
    for table in DROPPED:
        rows = today.landing.files[f"{table}/{today.yesterday}.csv"]
        today.rows(table)[:] = [dict(row) for row in rows if day_of(table, row) == today.yesterday]
    return _blocks("freshness", today.yesterday)


def _no_drop_of_prices(today: Today) -> list[Expected]:
    del today.landing.files[today.file("prices")]
    return _blocks("freshness", today.yesterday)


def _a_third_of_the_prices(today: Today) -> list[Expected]:
    rows = today.rows("prices")
    rows[:] = today.chance.sample(rows, len(rows) // 3)
    late = rejected("after_as_of_date", "prices", today.file("prices"), rows)
    return [late, *_blocks("freshness", today.yesterday)]


def _dated(today: Today, day: str) -> None:
    for row in today.rows("prices"):
        row["price_date"] = day


def _prices_dated_yesterday(today: Today) -> list[Expected]:
    _dated(today, today.yesterday)
    return _blocks("freshness", today.yesterday)


def _prices_dated_saturday(today: Today) -> list[Expected]:
    _dated(today, (date.fromisoformat(today.date) + timedelta(days=1)).isoformat())
    weekend = rejected("not_a_trading_day", "prices", today.file("prices"), today.rows("prices"))
    return [weekend, *_blocks("freshness", today.yesterday)]


def _prices_dated_a_year_ahead(today: Today) -> list[Expected]:
    """364 days, so that a trading day is met nearly always."""
    ahead = (date.fromisoformat(today.date) + timedelta(days=364)).isoformat()
    _dated(today, ahead)
    return _blocks("freshness", ahead)


def _balances_of_another_day(today: Today) -> list[Expected]:
    earlier: dict[str, str] = {}
    for row in today.landing.files[f"custodian_balances/{today.yesterday}.csv"]:
        earlier[row["portfolio_id"]] = row["market_value"]
    changed = [row for row in today.rows("custodian_balances") if row["portfolio_id"] in earlier]
    for row in changed:
        row["market_value"] = earlier[row["portfolio_id"]]
    return _blocks("custodian_balances", *_scopes(changed))


def _balances_in_thousands(today: Today) -> list[Expected]:
    rows = today.rows("custodian_balances")
    for row in rows:
        row["market_value"] = number(row["market_value"], "0.001")
    return _blocks("custodian_balances", *_scopes(rows))


def _scopes(balances: list[Row]) -> tuple[str, ...]:
    return tuple(f"{row['portfolio_id']} {row['balance_date']}" for row in balances)


def _all_prices_rescaled(today: Today) -> list[Expected]:
    _rescale(today, "prices", "close_price", "0.01")
    return _blocks("aum", today.yesterday)


def _all_quantities_rescaled(today: Today) -> list[Expected]:
    _rescale(today, "holdings", "quantity", "1000")
    return _blocks("aum", today.yesterday)


def _rescale(today: Today, table: str, column: str, by: str) -> None:
    for row in today.landing.rows(table):
        row[column] = number(row[column], by)


def _last_portfolios(today: Today) -> set[str]:
    """Those at the end of the files, which a transfer that broke off has lost."""
    portfolios = sorted(today.snapshots)
    return set(portfolios[-round(LOST_SHARE * len(portfolios)) :])


def _holdings_cut_off(today: Today) -> list[Expected]:
    lost = _last_portfolios(today)
    for name, rows in today.landing.files.items():
        if table_of(name) == "holdings":
            rows[:] = [row for row in rows if row["portfolio_id"] not in lost]
    return _blocks("portfolio_count", today.yesterday)


def _portfolios_closed(today: Today) -> list[Expected]:
    lost = _last_portfolios(today)
    for row in today.rows("portfolios"):
        if row["portfolio_id"] in lost:
            row["closed_date"] = today.sessions[-5]
    return _blocks("portfolio_count", today.yesterday)


def _another_book_beside(today: Today) -> list[Expected]:
    added = _last_portfolios(today)
    for name, rows in today.landing.files.items():
        if table_of(name) in ("portfolios", "risk_profile_assignments", "holdings"):
            rows += [{**row, "portfolio_id": f"B{row['portfolio_id']}"} for row in rows if row["portfolio_id"] in added]
    return _blocks("portfolio_count", today.yesterday)


def _old_prices_gone(today: Today) -> list[Expected]:
    kept_from = today.sessions[20]
    for name, rows in today.landing.files.items():
        if table_of(name) == "prices":
            rows[:] = [row for row in rows if row["price_date"] >= kept_from]
    return _blocks("portfolio_count", today.sessions[10])


def _portfolios_cut_off(today: Today) -> list[Expected]:
    lost = _last_portfolios(today)
    rows = today.rows("portfolios")
    rows[:] = [row for row in rows if row["portfolio_id"] not in lost]
    return _blocks("rejected_rows", "holdings")


def _advisors_cut_off(today: Today) -> list[Expected]:
    rows = today.rows("advisors")
    rows[:] = rows[: len(rows) // 2]
    return _blocks("rejected_rows", "portfolios")


def _positions_of_another_book(today: Today) -> list[Expected]:
    for row in today.rows("holdings"):
        row["portfolio_id"] = f"B{row['portfolio_id']}"
    return _blocks("rejected_rows", "holdings")


def _closes_with_decimal_commas(today: Today) -> list[Expected]:
    rows = list(today.landing.rows("prices"))
    for row in today.chance.sample(rows, len(rows) // 10):
        row["close_price"] = row["close_price"].replace(".", ",")
    return _blocks("rejected_rows", "prices")


def _damaged(table: str, damage: Callable[[bytes], bytes], words: str) -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        file = today.file(table)
        today.landing.damage[file] = damage
        return [Refused((file, words))]

    return plant


def _file_missing(today: Today) -> list[Expected]:
    del today.landing.files["clients.csv"]
    return [Refused(("has no clients.csv",))]


def _broken_off_in_quotes(content: bytes) -> bytes:
    """The last field was quoted, and the transfer ended within it."""
    start = content.rstrip(b"\n").rindex(b",") + 1
    return content[:start] + b'"' + content[start:].rstrip(b"\n")


def _without_header(content: bytes) -> bytes:
    return content.split(b"\n", 1)[1]


def _with_semicolons(content: bytes) -> bytes:
    return content.replace(b",", b";")


def _in_utf16(content: bytes) -> bytes:
    return content.decode().encode("utf-16")


def _header_alone(content: bytes) -> bytes:
    return content[: content.index(b"\n") + 1]


MONTH_END = (
    Kind("yesterday's drops delivered again", LATE, _yesterday_again),
    Kind("no drop of prices today", LATE, _no_drop_of_prices),
    Kind("a third of today's prices", "too few for a day to be as of, so " + LATE, _a_third_of_the_prices),
    Kind("today's prices dated yesterday", LATE, _prices_dated_yesterday),
    Kind("balances of the month before, dated today", BALANCES, _balances_of_another_day),
    Kind("balances in thousands", BALANCES, _balances_in_thousands),
    Kind("all prices rescaled, history too", VALUE, _all_prices_rescaled),
    Kind("all quantities rescaled, history too", VALUE, _all_quantities_rescaled),
    Kind("holdings cut off, 30 % of the portfolios gone", COUNT, _holdings_cut_off),
    Kind("30 % of the portfolios marked as closed", COUNT, _portfolios_closed),
    Kind("another book's files delivered beside", COUNT, _another_book_beside),
    Kind("the oldest 20 days of prices gone", "days that had a value have none", _old_prices_gone),
    Kind("portfolios file cut off", REFERS, _portfolios_cut_off),
    Kind("advisors file cut off", REFERS, _advisors_cut_off),
    Kind("positions of another book", REFERS, _positions_of_another_book),
    Kind("a tenth of the closes with decimal commas", "too many rows are no numbers", _closes_with_decimal_commas),
    Kind("a required file missing", "nothing can be judged", _file_missing),
)

# each of another table, so one run is refused for each of them
REFUSED = (
    Kind(
        "a file broken off within quotes",
        "its lines can't be told",
        _damaged("securities", _broken_off_in_quotes, "a quote is opened"),
    ),
    Kind("a file without its header", "its columns can't be told", _damaged("holdings", _without_header, "no header")),
    Kind(
        "a file separated by semicolons",
        "its columns can't be told",
        _damaged("prices", _with_semicolons, "not separated by commas"),
    ),
    Kind("a file in UTF-16", "its bytes are no UTF-8 text", _damaged("clients", _in_utf16, "UTF-16")),
    Kind(
        "a required file with nothing but a header",
        "nothing can be judged",
        _damaged("advisors", _header_alone, "a header and no row"),
    ),
)

MID_MONTH = (
    Kind("Friday's prices dated Saturday", "nobody trades on a Saturday, and " + LATE, _prices_dated_saturday),
    Kind("today's prices dated a year ahead", "the book ends on another day than expected", _prices_dated_a_year_ahead),
)
