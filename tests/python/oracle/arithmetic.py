"""Whole-number arithmetic, its limits, and the way out to Decimal."""

from decimal import ROUND_HALF_UP, Decimal

WEIGHT_ONE = 10**10
MONEY_LIMIT = 10**18  # cents that no longer fit DECIMAL(18,2)
WEIGHT_LIMIT = 10**18  # units of 1e-10 that no longer fit DECIMAL(18,10)


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
