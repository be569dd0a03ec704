"""How numbers and states are said: a table for each function, and what must hold for any number."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from dashboard_pages import rendered
from hypothesis import given
from hypothesis import strategies as st

from dashboards import words

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
D = Decimal
TABLE: list[tuple[Callable[..., str], tuple[Any, ...], str]] = [
    (words.usd, (None,), DASH),
    (words.usd, (D("1234567.49"),), "$1,234,567"),
    (words.usd, (D("0.5"),), "$1"),  # half goes away from zero, not to the even digit
    (words.usd, (D("2.5"),), "$3"),
    (words.usd, (D("-2.5"),), f"{MINUS}$3"),
    (words.usd, (D("-0.4"),), "$0"),  # no minus before nothing
    (words.usd, (D("0"),), "$0"),
    (words.usd, (D("1234.565"), 2), "$1,234.57"),
    (words.usd, (D("-0.005"), 2), f"{MINUS}$0.01"),
    (words.usd_change, (None,), DASH),
    (words.usd_change, (D("1234"),), "+$1,234"),
    (words.usd_change, (D("-1234"),), f"{MINUS}$1,234"),
    (words.usd_change, (D("0.2"),), "$0"),
    (words.usd_change, (D("-0.2"),), "$0"),
    (words.percent, (None,), DASH),
    (words.percent, (D("0.0512"),), "5.12 %"),
    (words.percent, (D("0.051250"),), "5.13 %"),
    (words.percent, (D("0.05125"), 1), "5.1 %"),
    (words.percent, (D("12.5"),), "1,250.00 %"),
    (words.percent, (D("-0.00005"),), f"{MINUS}0.01 %"),
    (words.percent, (D("-0.0000499999"),), "0.00 %"),
    (words.percent, (D("0.045"), 0), "5 %"),
    (words.percent_change, (None,), DASH),
    (words.percent_change, (D("0.05"),), "+5.00 %"),
    (words.percent_change, (D("-0.05"),), f"{MINUS}5.00 %"),
    (words.percent_change, (D("0.00001"),), "0.00 %"),
    (words.basis_points, (None,), DASH),
    (words.basis_points, (D("0.0035"),), "+35 bp"),
    (words.basis_points, (D("0.00005"),), "+1 bp"),
    (words.basis_points, (D("-0.00005"),), f"{MINUS}1 bp"),
    (words.basis_points, (D("0.00004"),), "0 bp"),
    (words.basis_points, (D("-0.00004"),), "0 bp"),
    (words.basis_points, (D("0.5"),), "+5,000 bp"),
    (words.number, (None,), DASH),
    (words.number, (D("1234.565"),), "1,234.57"),
    (words.number, (0.25, 1), "0.3"),
    (words.number, (D("-0.004"),), "0.00"),
    (words.number, (D("-2.5"), 0), f"{MINUS}3"),
    (words.number_change, (None,), DASH),
    (words.number_change, (D("0.414"),), "+0.41"),
    (words.number_change, (D("-0.415"),), f"{MINUS}0.42"),
    (words.number_change, (D("0.004"),), "0.00"),
    (words.count, (None,), DASH),
    (words.count, (1234,), "1,234"),
    (words.count, (0,), "0"),
    (words.count, (-3,), f"{MINUS}3"),
    (words.count_change, (None,), DASH),
    (words.count_change, (3,), "+3"),
    (words.count_change, (0,), "0"),
    (words.count_change, (-1234,), f"{MINUS}1,234"),
    (words.units, (None,), DASH),
    (words.units, (D("1563.570000"),), "1,563.57"),
    (words.units, (D("1000.000000"),), "1,000"),
    (words.units, (D("1000"),), "1,000"),
    (words.units, (D("-4321.55"),), f"{MINUS}4,321.55"),
    (words.units, (D("0.000001"),), "0.000001"),
    (words.units, (D("1E+3"),), "1,000"),
    (words.price, (None,), DASH),
    (words.price, (D("100"),), "$100.00"),
    (words.price, (D("20.123400"),), "$20.1234"),
    (words.price, (D("1234.500000"),), "$1,234.50"),
    (words.price, (D("0.000100"),), "$0.0001"),
    (words.day, (None,), DASH),
    (words.day, (date(2026, 6, 30),), "30 Jun 2026"),
    (words.day, (date(2026, 6, 3),), "3 Jun 2026"),
    (words.moment, (None,), DASH),
    (words.moment, (datetime(2026, 6, 3, 4, 5, 59),), "3 Jun 2026, 04:05 UTC"),
    (words.duration, (None,), DASH),
    (words.duration, (0.04,), "0.0 s"),
    (words.duration, (9.94,), "9.9 s"),
    (words.duration, (34.2,), "34 s"),
    (words.duration, (59.6,), "1 min 0 s"),
    (words.duration, (125,), "2 min 5 s"),
    (words.days, (None,), DASH),
    (words.days, (1,), "1 day"),
    (words.days, (0,), "0 days"),
    (words.days, (1234,), "1,234 days"),
    (words.of_things, (1, "portfolio"), "1 portfolio"),
    (words.of_things, (0, "portfolio"), "0 portfolios"),
    (words.of_things, (1234, "portfolio"), "1,234 portfolios"),
    (words.of_things, (2, "policy", "policies"), "2 policies"),
    (words.side, (D("0.0000000001"),), "over"),
    (words.side, (D("-0.0000000001"),), "under"),
    (words.side, (D("0E-10"),), "on target"),
    (words.plain, ("unpriced_position",), "unpriced position"),
    (words.heading, ("custodian_balances",), "Custodian balances"),
    (words.heading, ("aum",), "AUM"),
    (words.escaped, ("a*b",), "a\\*b"),
    (words.escaped, ("plain words, 12",), "plain words, 12"),
]


@pytest.mark.parametrize(("say", "arguments", "said"), TABLE, ids=[f"{f.__name__}{a}" for f, a, _ in TABLE])
def test_a_number_is_said_like_this(say: Callable[..., str], arguments: tuple[Any, ...], said: str) -> None:
    assert say(*arguments) == said


def test_no_function_is_left_out() -> None:
    public = {name for name, value in vars(words).items() if callable(value) and not name.startswith("_")}
    ours = {name for name in public if getattr(getattr(words, name), "__module__", "") == words.__name__}
    assert {say.__name__ for say, *_ in TABLE} == ours


AMOUNTS = st.decimals(min_value=-(10**14), max_value=10**14, places=10, allow_nan=False)


def read_back(said: str) -> Decimal:
    return Decimal(re.sub(r"[$,%\s]|bp", "", said).replace(MINUS, "-"))


@given(AMOUNTS, st.integers(0, 4))
def test_what_is_said_is_at_most_half_a_digit_off(amount: Decimal, digits: int) -> None:
    half = Decimal(1).scaleb(-digits) / 2
    assert abs(read_back(words.usd(amount, digits)) - amount) <= half
    assert abs(read_back(words.percent(amount, digits)) - amount * 100) <= half
    assert abs(read_back(words.basis_points(amount)) - amount * 10_000) <= Decimal("0.5")


@given(AMOUNTS)
def test_the_sign_is_that_of_what_is_said(amount: Decimal) -> None:
    """A minus stands before something below zero only, a plus before something above; nothing has neither."""
    for say in (words.usd_change, words.percent_change, words.basis_points):
        said = say(amount)
        shown = read_back(said)
        assert said.startswith(MINUS) == (shown < 0)
        assert said.startswith("+") == (shown > 0)
        assert "-" not in said
        assert say(-amount) == said.translate({ord("+"): MINUS, ord(MINUS): "+"})


@given(AMOUNTS)
def test_units_keep_every_digit(amount: Decimal) -> None:
    assert read_back(words.units(amount)) == amount
    said = words.units(amount)
    assert not ("." in said and said.endswith(("0", ".")))


# a name is a line: what begins or ends with space, or has a line break, is not told apart by Markdown
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), min_size=1).filter(
    lambda text: text == text.strip()
)


@given(LINES)
@pytest.mark.parametrize("around", ["{}", "**{}**", "({}), since"], ids=["alone", "bold", "within"])
def test_escaped_text_means_itself(around: str, text: str) -> None:
    assert rendered(around.format(words.escaped(text))) == around.replace("*", "").format(text)


@pytest.mark.parametrize(
    "text",
    [
        *("*x* [a](b) $1 <b> $2", "&lt;b&gt; &copy;", "![a](b)", "`code`", "~~gone~~", "a_b_c", "\\*", "# 1", "1. one"),
        *("<script>alert(1)</script>", "[a][b]", "<http://a>", "***", ":red[x] :material/home:", "$$x$$", "+ one"),
    ],
)
def test_what_markdown_has_a_use_for_means_itself(text: str) -> None:
    said = words.escaped(text)
    assert rendered(said) == text
    # Streamlit's own: formulas and coloured words
    assert not re.search(r"(?<!\\)[$:]", said)


def test_what_is_not_there_is_a_dash_and_never_a_zero() -> None:
    for say in {say for say, arguments, _ in TABLE if arguments == (None,)}:
        assert say(None) == DASH
