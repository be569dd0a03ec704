"""Wrong positions and wrong balances on a month's end: the custodian's balances name the portfolio and the day.

No row is bad by itself. The custodian confirms every portfolio's value on that day, to the cent, from its own books, so
whatever changes a value by more than a cent breaks with the balance. Every kind takes portfolios of its own, so that
each is named for its own defect.
"""

from collections.abc import Callable
from decimal import Decimal

from tests.torture.defects.good_day import CASH, Row, number
from tests.torture.defects.planting import Alarmed, Expected, Kind, Today, Unvalued

VALUE = "the portfolio's value is another than the custodian's"
DEPOSIT = 25_000


def _breaks(day: str, *portfolios: str) -> list[Expected]:
    return [Alarmed("custodian_balances", tuple(f"{portfolio} {day}" for portfolio in portfolios))]


def _has_several(rows: list[Row]) -> bool:
    return len({row["security_id"] for row in rows} - CASH) >= 2


def _has_cash(rows: list[Row]) -> bool:
    return any(abs(Decimal(row["quantity"])) > 1 for row in _cash_of(rows))


def _cash_of(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["security_id"] in CASH]


def _quantity_times(by: str) -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        portfolio = today.take_portfolio()
        position = today.position(portfolio)
        position["quantity"] = number(position["quantity"], by)
        return _breaks(today.date, portfolio)

    return plant


def _quantities_swapped(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_several)
    one, other = today.chance.sample(today.positions(portfolio), 2)
    one["quantity"], other["quantity"] = other["quantity"], one["quantity"]
    return _breaks(today.date, portfolio)


def _another_security(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    today.position(portfolio)["security_id"] = _not_held(today, portfolio)
    return _breaks(today.date, portfolio)


def _position_left_out(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_several)
    today.rows("holdings").remove(today.position(portfolio))
    return _breaks(today.date, portfolio)


def _sold_and_still_there(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    sold = {"portfolio_id": portfolio, "snapshot_date": today.date, "security_id": _not_held(today, portfolio)}
    today.rows("holdings").append({**sold, "quantity": "120"})
    return _breaks(today.date, portfolio)


def _not_held(today: Today, portfolio: str) -> str:
    held = {row["security_id"] for row in today.snapshots[portfolio]}
    return today.chance.choice(sorted(set(today.classes) - held - CASH))


def _cash_left_out(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_cash)
    for row in _cash_of(today.snapshots[portfolio]):
        today.rows("holdings").remove(row)
    return _breaks(today.date, portfolio)


def _cash_turned_into_debt(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_cash)
    for row in _cash_of(today.snapshots[portfolio]):
        row["quantity"] = number(row["quantity"], -1)
    return _breaks(today.date, portfolio)


def _fractions_cut_off(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(lambda rows: any("." in row["quantity"] for row in rows))
    for row in today.snapshots[portfolio]:
        row["quantity"] = row["quantity"].split(".")[0]
    return _breaks(today.date, portfolio)


def _exchanged_snapshots(today: Today) -> list[Expected]:
    one, other = today.take_portfolio(), today.take_portfolio()
    mine, theirs = today.snapshots[one], today.snapshots[other]
    for row in mine:
        row["portfolio_id"] = other
    for row in theirs:
        row["portfolio_id"] = one
    return _breaks(today.date, one, other)


def _with_a_deposit(today: Today, portfolio: str) -> list[Row]:
    """Pay money into a portfolio today, as the custodian knows: a good day's business. Returns the snapshot."""
    cash = _cash_of(today.snapshots[portfolio])[0]
    cash["quantity"] = f"{Decimal(cash['quantity']) + DEPOSIT:f}"
    balance = today.balances[portfolio]
    balance["market_value"] = f"{Decimal(balance['market_value']) + DEPOSIT:f}"
    return today.snapshots[portfolio]


def _snapshot_lost(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_cash)
    for row in _with_a_deposit(today, portfolio):
        today.rows("holdings").remove(row)
    return _breaks(today.date, portfolio)


def _snapshot_of_the_future(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio(_has_cash)
    for row in _with_a_deposit(today, portfolio):
        row["snapshot_date"] = f"{int(today.date[:4]) + 1}{today.date[4:8]}28"
    return _breaks(today.date, portfolio)


def _snapshot_of_the_month_before(today: Today) -> list[Expected]:
    balances = [row for row in today.landing.rows("custodian_balances") if row["balance_date"] < today.date]
    month_before = max(row["balance_date"] for row in balances)
    had_one = {row["portfolio_id"] for row in balances if row["balance_date"] == month_before}
    portfolio = today.take_portfolio(lambda rows: rows[0]["portfolio_id"] in had_one and _has_cash(rows))
    for row in _with_a_deposit(today, portfolio):
        row["snapshot_date"] = month_before
    return _breaks(month_before, portfolio)


def _closed_by_mistake(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    (row,) = (row for row in today.rows("portfolios") if row["portfolio_id"] == portfolio)
    row["closed_date"] = today.sessions[-10]
    return _breaks(today.date, portfolio)


def _nothing_but_zeros(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    for row in today.snapshots[portfolio]:
        row["quantity"] = "0"
    return [Unvalued("no_market_value", (portfolio,), today.date)]


def _balance_times(by: str) -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        portfolio = today.take_portfolio()
        balance = today.balances[portfolio]
        balance["market_value"] = number(balance["market_value"], by)
        return _breaks(today.date, portfolio)

    return plant


def _exchanged_balances(today: Today) -> list[Expected]:
    one, other = today.take_portfolio(), today.take_portfolio()
    mine, theirs = today.balances[one], today.balances[other]
    mine["market_value"], theirs["market_value"] = theirs["market_value"], mine["market_value"]
    return _breaks(today.date, one, other)


KINDS = (
    Kind("quantity x 10", VALUE, _quantity_times("10")),
    Kind("quantity with a slipped decimal point", VALUE, _quantity_times("0.1")),
    Kind("two quantities swapped", VALUE, _quantities_swapped),
    Kind("another security's id on a position", VALUE, _another_security),
    Kind("one position left out of a snapshot", VALUE, _position_left_out),
    Kind("a position that was sold is still delivered", VALUE, _sold_and_still_there),
    Kind("cash left out of a snapshot", VALUE, _cash_left_out),
    Kind(
        "the sign of cash flipped", "overdrawn cash is allowed, so no row is bad; the value is", _cash_turned_into_debt
    ),
    Kind("fractions of units cut off", VALUE, _fractions_cut_off),
    Kind("two portfolios' snapshots exchanged", "each has the other's value", _exchanged_snapshots),
    Kind("a snapshot with a deposit never came", "the custodian has the money already", _snapshot_lost),
    Kind("a snapshot with a deposit dated next year", "until then the one before holds", _snapshot_of_the_future),
    Kind(
        "a snapshot with a deposit dated a month early", "last month's balance lacks it", _snapshot_of_the_month_before
    ),
    Kind("an open portfolio marked as closed", "the custodian still has a value for it", _closed_by_mistake),
    Kind("all quantities of a portfolio zero", "a portfolio worth nothing has no weights", _nothing_but_zeros),
    Kind("the sign of a balance flipped", "the positions give the right value", _balance_times("-1")),
    Kind("balance with a slipped decimal point", "the positions give the right value", _balance_times("10")),
    Kind("two portfolios' balances exchanged", "each is compared with the other's", _exchanged_balances),
)
