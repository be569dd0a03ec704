"""Wrong, old and missing closes.

In mid-month nobody confirms a value: a wrong close is seen by its jump, a missing one by its age. On a month's end the
custodian values the same positions with the right closes, so a close that is off by less than a jump breaks with the
balances of its holders.
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

from tests.torture.defects.good_day import Row, number
from tests.torture.defects.planting import Alarmed, Expected, Kind, Today, Unvalued

JUMP = "the close jumps while its holders' snapshots are as they were"
HOLDERS = "the custodian values its holders with the right close"
AGE = "its holders are valued with an older close than the day's"


def _jumps(today: Today, security: str) -> list[Expected]:
    return [Alarmed("price_jumps", (f"{security} {today.date}",))]


def _close_times(by: str) -> Callable[[Today], list[Expected]]:
    def plant(today: Today) -> list[Expected]:
        security = today.take_security()
        close = today.closes[security]
        close["close_price"] = _quoted(Decimal(close["close_price"]) * Decimal(by))
        return _jumps(today, security)

    return plant


def _quoted(price: Decimal) -> str:
    return f"{price.quantize(Decimal('0.000001')):f}"


def _of_another_security(today: Today) -> list[Expected]:
    security = today.take_security()
    close = today.closes[security]
    others = [other for other in today.holders() if _is_far(today.closes[other], close)]
    close["close_price"] = today.closes[today.chance.choice(others)]["close_price"]
    return _jumps(today, security)


def _corrected_wrongly(today: Today) -> list[Expected]:
    security, day = today.take_security(), today.sessions[-15]
    history = today.landing.files[f"prices/{today.yesterday}.csv"]
    (right,) = (row for row in history if row["security_id"] == security and row["price_date"] == day)
    today.rows("prices").append({**right, "close_price": number(right["close_price"], 10)})
    return [Alarmed("price_jumps", (f"{security} {day}",))]


def _is_far(other: Row, close: Row) -> bool:
    """Whether to take one close for the other is a jump; a nearer one only a balance can tell (see below)."""
    ratio = Decimal(other["close_price"]) / Decimal(close["close_price"])
    return not Decimal("0.5") < ratio < Decimal("1.5")


def _a_quantity(today: Today) -> list[Expected]:
    security = today.take_security()
    close = today.closes[security]
    quantities = [
        row["quantity"] for rows in today.snapshots.values() for row in rows if row["security_id"] == security
    ]
    far = [text for text in quantities if _is_far({"close_price": text}, close) and Decimal(text) < 1_000_000]
    close["close_price"] = today.chance.choice(far)
    return _jumps(today, security)


def _feed_stops(today: Today) -> list[Expected]:
    security = today.take_security()
    return _stale(today, [security])


def _feed_stops_for_many(today: Today) -> list[Expected]:
    return _stale(today, [today.take_security() for _ in range(8)])


def _stale(today: Today, securities: list[str]) -> list[Expected]:
    for security in securities:
        today.rows("prices").remove(today.closes[security])
    return [Alarmed("stale_prices", tuple(f"{security} {today.yesterday}" for security in securities))]


def _feed_stopped_long_ago(today: Today) -> list[Expected]:
    holders = today.holders()
    security = min((security for security in holders if holders[security]), key=lambda name: (len(holders[name]), name))
    today.leave_alone(holders[security], security)
    last = today.sessions[-7]
    for name, rows in today.landing.files.items():
        if name.startswith("prices/"):
            rows[:] = [row for row in rows if row["security_id"] != security or row["price_date"] <= last]
    return [Unvalued("unpriced_position", tuple(holders[security]), today.date)]


def _profile_lost(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    rows = today.rows("risk_profile_assignments")
    rows[:] = [row for row in rows if row["portfolio_id"] != portfolio]
    return [Unvalued("no_risk_profile", (portfolio,), today.date)]


def _profile_of_the_future(today: Today) -> list[Expected]:
    portfolio = today.take_portfolio()
    for row in today.rows("risk_profile_assignments"):
        if row["portfolio_id"] == portfolio:
            row["effective_date"] = f"20{int(row['effective_date'][2:4]) + 50}{row['effective_date'][4:7]}-15"
    return [Unvalued("no_risk_profile", (portfolio,), today.date)]


def _snapshot_years_old(today: Today) -> list[Expected]:
    """The only snapshot of a portfolio, its year mistyped."""
    days: dict[str, set[str]] = {}
    for row in today.landing.rows("holdings"):
        days.setdefault(row["portfolio_id"], set()).add(row["snapshot_date"])
    portfolio = today.take_portfolio(lambda rows: len(days[rows[0]["portfolio_id"]]) == 1)
    old = f"{int(today.date[:4]) - 2}{today.snapshots[portfolio][0]['snapshot_date'][4:8]}15"
    for row in today.snapshots[portfolio]:
        row["snapshot_date"] = old
    return [Alarmed("old_snapshots", (f"{portfolio} {old}",))]


MID_MONTH = (
    Kind(
        "no close for longer than one may be used",
        "too old is no close: its holders have no value",
        _feed_stopped_long_ago,
    ),
    Kind("close x 100 (pence for pounds)", JUMP, _close_times("100")),
    Kind("close / 100", JUMP, _close_times("0.01")),
    Kind("close with a slipped decimal point", JUMP, _close_times("0.1")),
    Kind("close of another security, far from its own", JUMP, _of_another_security),
    Kind("a quantity in the place of a close", JUMP, _a_quantity),
    Kind("split 2 for 1 without a snapshot", JUMP, _close_times("0.5")),
    Kind("split 1 for 10 without a snapshot", JUMP, _close_times("10")),
    Kind("a close of three weeks ago corrected wrongly", JUMP, _corrected_wrongly),
    Kind("the price feed stops for one security", AGE, _feed_stops),
    Kind("the price feed stops for eight securities", AGE, _feed_stops_for_many),
    Kind("a portfolio's risk profile is lost", "without a profile there is no target", _profile_lost),
    Kind("a risk profile that begins in fifty years", "none is in force until then", _profile_of_the_future),
    Kind(
        "the only snapshot dated two years back", "what was confirmed so long ago is shown as old", _snapshot_years_old
    ),
)


def _holders_break(place: int, change: Callable[[Today, str], None]) -> Callable[[Today], list[Expected]]:
    """Closes of a security changed, expected to break the balances of those who hold it and none of the other four."""

    def plant(today: Today) -> list[Expected]:
        security = today.securities_apart[place]
        change(today, security)
        holders, others = today.holders(), [other for other in today.securities_apart if other != security]
        alone = set(holders[security]).difference(*(holders[other] for other in others))
        return [Alarmed("custodian_balances", tuple(f"{portfolio} {today.date}" for portfolio in sorted(alone)))]

    return plant


def _times(by: str) -> Callable[[Today, str], None]:
    def change(today: Today, security: str) -> None:
        close = today.closes[security]
        close["close_price"] = _quoted(Decimal(close["close_price"]) * Decimal(by))

    return change


def _of_an_earlier_day(today: Today, security: str) -> None:
    """Of the last day with another close: an unchanged one would be no defect."""
    rows = today.landing.files[f"prices/{today.yesterday}.csv"]
    before = [row["close_price"] for row in rows if row["security_id"] == security]
    close = today.closes[security]
    close["close_price"] = next(price for price in reversed(before) if price != close["close_price"])


def _two_digits_transposed(today: Today, security: str) -> None:
    """Two neighbours that differ, the point aside; of digits that are all the same, the last and a zero behind it."""
    close = today.closes[security]
    signs = list(f"{Decimal(close['close_price']):.3f}")
    digits = [at for at, sign in enumerate(signs) if sign.isdigit()]
    unlike = [(one, other) for one, other in pairwise(digits) if signs[one] != signs[other]]
    one, other = today.chance.choice(unlike[:-1] or unlike)
    signs[one], signs[other] = signs[other], signs[one]
    close["close_price"] = "".join(signs)


def _always_in_pence(today: Today, security: str) -> None:
    """Nothing jumps."""
    for row in today.landing.rows("prices"):
        if row["security_id"] == security:
            row["close_price"] = number(row["close_price"], 100)


MONTH_END = (
    Kind("split 3 for 2 without a snapshot", HOLDERS, _holders_break(0, _times("0.666667"))),
    Kind("close 5 % too high", HOLDERS, _holders_break(1, _times("1.05"))),
    Kind("an earlier close under today's date", HOLDERS, _holders_break(2, _of_an_earlier_day)),
    Kind("two digits of a close transposed", HOLDERS, _holders_break(3, _two_digits_transposed)),
    Kind("one security in pence, history too", HOLDERS, _holders_break(4, _always_in_pence)),
)
