"""One value that is not what the contract's grammar allows, or that nobody can use, where a good one stood."""

from collections.abc import Callable

from tests.torture.makers.landing import Landing, Row, register

ZERO_WIDTH_SPACE, NO_BREAK_SPACE, MINUS_SIGN = "\u200b", "\u00a0", "\u2212"
TO_FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


def _thousands(price: str) -> str:
    return f"1,{price.rjust(6, '0')}"


# name of the bad file: table, column, what stands there instead of the good text
VALUES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "thousands_separator": ("prices", "close_price", _thousands),
    "decimal_comma": ("prices", "close_price", lambda text: text.replace(".", ",")),
    "scientific_notation": ("prices", "close_price", lambda text: "1e5"),
    "infinity": ("prices", "close_price", lambda text: "inf"),
    "not_a_number": ("prices", "close_price", lambda text: "nan"),
    "hexadecimal": ("prices", "close_price", lambda text: "0x1F"),
    "underscore_in_a_number": ("prices", "close_price", lambda text: "1_000"),
    "currency_sign": ("prices", "close_price", lambda text: f"${text}"),
    "accounting_parentheses": ("custodian_balances", "market_value", lambda text: f"({text})"),
    "spreadsheet_error": ("prices", "close_price", lambda text: "#N/A"),
    "formula_for_a_number": ("prices", "close_price", lambda text: f"={text}+0"),
    "seven_decimals": ("prices", "close_price", lambda text: "104.2212345"),
    "seven_whole_digits": ("prices", "close_price", lambda text: "1000000"),
    "no_digit_before_the_point": ("prices", "close_price", lambda text: ".5"),
    "no_break_space_before_a_number": ("prices", "close_price", lambda text: NO_BREAK_SPACE + text),
    "full_width_digits": ("prices", "close_price", lambda text: text.translate(TO_FULL_WIDTH)),
    "typographic_minus": ("custodian_balances", "market_value", lambda text: MINUS_SIGN + text),
    "word_null": ("prices", "close_price", lambda text: "NULL"),
    "no_price": ("prices", "close_price", lambda text: ""),
    "zero_price": ("prices", "close_price", lambda text: "0.00"),
    "negative_price": ("prices", "close_price", lambda text: f"-{text}"),
    "negative_zero_price": ("prices", "close_price", lambda text: "-0"),
    "day_first": ("prices", "price_date", lambda text: f"{text[8:]}/{text[5:7]}/{text[:4]}"),
    "month_by_name": ("prices", "price_date", lambda text: "30-Jun-2026"),
    "date_without_hyphens": ("prices", "price_date", lambda text: text.replace("-", "")),
    "two_digit_year": ("prices", "price_date", lambda text: text[2:]),
    "february_30": ("prices", "price_date", lambda text: "2026-02-30"),
    "zero_date": ("prices", "price_date", lambda text: "0000-00-00"),
    "timestamp_for_a_date": ("prices", "price_date", lambda text: f"{text}T00:00:00"),
    "spreadsheet_serial_for_a_date": ("prices", "price_date", lambda text: "46203"),
    "price_without_a_date": ("prices", "price_date", lambda text: " "),
    "price_in_the_year_2999": ("prices", "price_date", lambda text: "2999-01-01"),
    "price_on_a_sunday": ("prices", "price_date", lambda text: "2026-06-14"),
    "price_on_a_holiday": ("prices", "price_date", lambda text: "2026-06-19"),
    "price_of_tomorrow": ("prices", "price_date", lambda text: "2026-07-01"),
    "ticker_in_lower_case": ("prices", "security_id", str.lower),
    "ticker_with_a_blank_inside": ("prices", "security_id", lambda text: f"{text[:2]} {text[2:]}"),
    "ticker_with_a_zero_width_space": ("prices", "security_id", lambda text: text + ZERO_WIDTH_SPACE),
    "ticker_in_single_quotes": ("prices", "security_id", lambda text: f"'{text}'"),
    "price_without_a_ticker": ("prices", "security_id", lambda text: ""),
    "balance_of_nobody": ("custodian_balances", "portfolio_id", lambda text: f"{text}X"),
    "balance_of_no_day": ("custodian_balances", "balance_date", lambda text: "end of month"),
}


def _register(name: str, table: str, column: str, change: Callable[[str], str]) -> None:
    def may_be_spoilt(row: Row) -> bool:
        return change(row[column]) != row[column]

    def put_another_value(landing: Landing) -> None:
        row = landing.pick(table, may_be_spoilt)
        landing.reject_instead(table, row, {**row, column: change(row[column])})

    register(name, put_another_value, shares_file=True)


for bad_file, (of_table, of_column, to_another) in VALUES.items():
    _register(bad_file, of_table, of_column, to_another)
