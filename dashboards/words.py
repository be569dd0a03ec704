"""How numbers and states are said. Formatting lives here and nowhere else; what is missing is a dash, never a zero."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MISSING: Final = "–"  # noqa: RUF001
_MINUS = "−"  # the sign, not the hyphen  # noqa: RUF001
_MARKDOWN: Final = frozenset("\\`*_{}[]<>()#+-.!|$~:^&")


def usd(amount: Decimal | None, digits: int = 0) -> str:
    """An amount in US dollars, rounded half away from zero: $1,234,567."""
    if amount is None:
        return MISSING
    return _signed(amount, f"${_rounded(abs(amount), digits):,}", digits)


def usd_change(amount: Decimal | None) -> str:
    """A change in US dollars, with its sign: +$1,234."""
    return MISSING if amount is None else _plus(amount, usd(amount))


def percent(share: Decimal | None, digits: int = 2) -> str:
    """A share of 1 as a percentage: 0.0512 is 5.12 %."""
    if share is None:
        return MISSING
    return _signed(share, f"{_rounded(abs(share) * 100, digits):,} %", digits + 2)


def percent_change(share: Decimal | None, digits: int = 2) -> str:
    """A share with its sign, such as a signed drift: +5.12 %."""
    return MISSING if share is None else _plus(share, percent(share, digits))


def basis_points(share: Decimal | None) -> str:
    """A change of a share of 1 in basis points, with its sign: +35 bp."""
    if share is None:
        return MISSING
    return _plus(share, _signed(share, f"{_rounded(abs(share) * 10_000, 0):,} bp", 4))


def number(figure: float | Decimal | None, digits: int = 2) -> str:
    """A figure without a unit: 1,234.57."""
    return (
        MISSING if figure is None else _signed(Decimal(figure), f"{_rounded(abs(Decimal(figure)), digits):,}", digits)
    )


def number_change(figure: Decimal | None, digits: int = 2) -> str:
    """A figure with its sign: +0.41."""
    return MISSING if figure is None else _plus(figure, number(figure, digits))


def count(number: int | None) -> str:
    """A number of things: 1,234."""
    return MISSING if number is None else _signed(Decimal(number), f"{abs(number):,}", 0)


def count_change(number: int | None) -> str:
    """A change of a number of things, with its sign."""
    return MISSING if number is None else _plus(Decimal(number), count(number))


def units(quantity: Decimal | None) -> str:
    """A quantity with as many decimals as it has: 1,563.57."""
    if quantity is None:
        return MISSING
    text = f"{abs(quantity):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _MINUS + text if quantity < 0 else text


def price(amount: Decimal | None) -> str:
    """A close in US dollars: two decimals, and more where it has more."""
    if amount is None:
        return MISSING
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def day(when: date | None) -> str:
    """A date: 30 Jun 2026."""
    return MISSING if when is None else f"{when.day} {when:%b %Y}"


def moment(when: datetime | None) -> str:
    """A point in time of the audit log, which is UTC: 30 Jun 2026, 14:05 UTC."""
    return MISSING if when is None else f"{day(when)}, {when:%H:%M} UTC"


def duration(seconds: float | None) -> str:
    """How long something took: 34 s, 2 min 5 s."""
    if seconds is None:
        return MISSING
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return f"{minutes} min {rest} s"
    return f"{seconds:.1f} s" if seconds < 10 else f"{rest} s"


def days(number: int | None) -> str:
    """A number of trading days: 1 day, 12 days."""
    return MISSING if number is None else f"{number:,} day{'' if number == 1 else 's'}"


def of_things(number: int, thing: str, things: str | None = None) -> str:
    """A number with its noun: 1 portfolio, 2 portfolios."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def side(signed_drift: Decimal) -> str:
    """Whether a class is over or under its target."""
    return "over" if signed_drift > 0 else "under" if signed_drift < 0 else "on target"


def plain(name: str) -> str:
    """An identifier in words: unpriced_position is unpriced position."""
    return name.replace("_", " ")


def heading(name: str) -> str:
    """An identifier at the head of a line: custodian_balances is Custodian balances, and aum AUM."""
    return "AUM" if name == "aum" else plain(name).capitalize()


def _rounded(amount: Decimal, digits: int) -> Decimal:
    return Decimal(amount).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _signed(amount: Decimal, text: str, digits: int) -> str:
    """The text of a size with a minus where the amount, rounded to the digits shown, is below zero."""
    return _MINUS + text if _rounded(amount, digits) < 0 else text


def _plus(amount: Decimal, text: str) -> str:
    return text if text.startswith(_MINUS) or not any(digit in text for digit in "123456789") else f"+{text}"


def escaped(text: str) -> str:
    """Text for Markdown that means itself: a client's name shall not become a link, a formula or a badge."""
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in text)
