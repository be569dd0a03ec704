"""Rows that are well written and still can't be used: keys that come twice, things nobody knows, spoilt snapshots.

And values that look odd and must be taken: the marts are those of the plain value.
"""

from collections.abc import Callable

from tests.torture.makers.landing import Landing, Row, register, single_rows

NEW_SNAPSHOT = "2026-06-29"
LONG_AGO = "2026-01-05"


@single_rows
def price_twice_and_unequal(landing: Landing) -> None:
    row = landing.pick("prices")
    landing.reject("prices", {**row, "close_price": f"{row['close_price']}1"})
    landing.expect("prices", row)
    landing.as_if["prices"].remove(row)


@single_rows
def row_twice(landing: Landing) -> None:
    landing.reject("prices", landing.pick("prices"))


@single_rows
def row_twice_in_other_words(landing: Landing) -> None:
    row = landing.pick("prices", lambda price: "." in price["close_price"])
    landing.reject(
        "prices", {**row, "security_id": f" {row['security_id']}", "close_price": f"+0{row['close_price']}0"}
    )


@single_rows
def position_twice_in_a_snapshot(landing: Landing) -> None:
    """Equal rows spoil no snapshot: one is kept."""
    landing.reject("holdings", landing.pick("holdings"))


@single_rows
def position_twice_and_unequal(landing: Landing) -> None:
    first, *others = _snapshot_of_another_day(landing)
    landing.reject_snapshot(others, [first, {**first, "quantity": f"{first['quantity']}1"}])


@single_rows
def client_twice_and_unequal(landing: Landing) -> None:
    """Nobody knows which is right: both go, and with them the portfolios, and with those what hangs on them."""
    client = landing.pick("clients", lambda row: row["client_id"] != "C00001" and _is_untouched(landing, row))
    landing.reject("clients", {**client, "client_name": "Somebody Else"})
    reasons = {"clients": landing.reason, "portfolios": "unknown_client"}
    for table, row in _all_of(landing, client):
        landing.expect(table, row, reasons.get(table, "unknown_portfolio"))
        landing.as_if[table].remove(row)
        landing.picked.append(row)


def _is_untouched(landing: Landing, client: Row) -> bool:
    return not any(row in landing.picked for _, row in _all_of(landing, client))


def _all_of(landing: Landing, client: Row) -> list[tuple[str, Row]]:
    """A client, the portfolios, and what hangs on them."""
    rows = landing.book.rows
    portfolios = [row for row in rows["portfolios"] if row["client_id"] == client["client_id"]]
    ids = [row["portfolio_id"] for row in portfolios]
    return [
        ("clients", client),
        *(("portfolios", row) for row in portfolios),
        *(
            (table, row)
            for table in ("risk_profile_assignments", "holdings", "custodian_balances")
            for row in rows[table]
            if row["portfolio_id"] in ids
        ),
    ]


def _snapshot_of_another_day(landing: Landing) -> list[Row]:
    """A portfolio's latest snapshot once more, on a later day."""
    return [{**row, "snapshot_date": NEW_SNAPSHOT} for row in landing.snapshot()]


# name of the bad file: what is wrong with one more position in a snapshot
SPOILT_BY: dict[str, dict[str, str]] = {
    "negative_quantity": {"quantity": "-5"},
    "quantity_missing": {"quantity": " "},
    "quantity_in_words": {"quantity": "five"},
    "quantity_of_eleven_digits": {"quantity": "10000000000"},
    "position_in_nothing_known": {"security_id": "NOSUCH"},
    "position_without_a_security": {"security_id": ""},
}

# name of the bad file: a row that nothing refers to, and so can't take others with it
ADDED_ROWS: dict[str, tuple[str, Row]] = {
    "holding_of_nobody": (
        "holdings",
        {"portfolio_id": "NOBODY", "snapshot_date": LONG_AGO, "security_id": "CDCB", "quantity": "5"},
    ),
    "portfolio_of_no_client": (
        "portfolios",
        {"portfolio_id": "NEW1", "portfolio_name": "New", "client_id": "NOSUCH", "advisor_id": "A001"}
        | {"inception_date": LONG_AGO, "closed_date": ""},
    ),
    "portfolio_of_no_advisor": (
        "portfolios",
        {"portfolio_id": "NEW2", "portfolio_name": "New", "client_id": "C00001", "advisor_id": "a001"}
        | {"inception_date": LONG_AGO, "closed_date": ""},
    ),
    "portfolio_closed_on_null": (
        "portfolios",
        {"portfolio_id": "NEW3", "portfolio_name": "New", "client_id": "C00001", "advisor_id": "A001"}
        | {"inception_date": LONG_AGO, "closed_date": "NULL"},
    ),
    "portfolio_without_a_name": (
        "portfolios",
        {"portfolio_id": "NEW4", "portfolio_name": "", "client_id": "C00001", "advisor_id": "A001"}
        | {"inception_date": LONG_AGO, "closed_date": ""},
    ),
    "risk_profile_in_lower_case": (
        "risk_profile_assignments",
        {"portfolio_id": "P00001", "effective_date": "2026-06-07", "risk_profile": "moderate"},
    ),
    "risk_profile_of_nobody": (
        "risk_profile_assignments",
        {"portfolio_id": "NOBODY", "effective_date": "2026-06-07", "risk_profile": "Moderate"},
    ),
    "security_of_no_class": (
        "securities",
        {"security_id": "NEW", "security_name": "New", "asset_class": "Crypto", "sector": ""},
    ),
    "client_without_a_name": ("clients", {"client_id": "C99999", "client_name": "\t"}),
    "advisor_without_an_id": ("advisors", {"advisor_id": "", "advisor_name": "Nameless", "team": ""}),
    "header_again_in_the_middle": (
        "prices",
        {"security_id": "security_id", "price_date": "price_date", "close_price": "close_price"},
    ),
    "line_of_totals": ("custodian_balances", {"portfolio_id": "Total", "balance_date": "", "market_value": "1"}),
}

# name of the bad file: table, column, the odd text, and the plain value that it stands for
ODD_BUT_GOOD: dict[str, tuple[str, str, Callable[[str], str], Callable[[str], str]]] = {
    "leading_plus": ("prices", "close_price", lambda text: f"+{text}", str),
    "leading_zeros": ("prices", "close_price", lambda text: f"000000000{text}", str),
    "zeros_beyond_six_decimals": ("prices", "close_price", lambda text: f"{float(text):.6f}000", str),
    "blanks_around_a_number": ("prices", "close_price", lambda text: f"  {text}\t ", str),
    "blanks_around_a_ticker": ("prices", "security_id", lambda text: f"\t{text}  ", str),
    "negative_zero_quantity": ("holdings", "quantity", lambda text: "-0", lambda text: "0"),
    "line_end_in_quotes": ("clients", "client_name", lambda text: f"{text}\n& Sons", lambda text: f"{text}\n& Sons"),
    "comma_and_quotes_in_quotes": ("clients", "client_name", lambda text: 'Fox, "Jo"', lambda text: 'Fox, "Jo"'),
    "formula_for_a_name": ("advisors", "advisor_name", lambda text: f"=1+{text}", lambda text: f"=1+{text}"),
    "code_for_a_name": (
        "portfolios",
        "portfolio_name",
        lambda text: "'; drop table marts.dim_portfolio; -- {{ 7 * 7 }}",
        lambda text: "'; drop table marts.dim_portfolio; -- {{ 7 * 7 }}",
    ),
    "name_of_other_scripts": ("clients", "client_name", lambda text: "Zoë 株式会社 😀", lambda text: "Zoë 株式会社 😀"),
    "name_of_a_million_letters": (
        "securities",
        "security_name",
        lambda text: "long" * 250_000,
        lambda text: "long" * 250_000,
    ),
}


@single_rows
def snapshot_in_the_year_2999(landing: Landing) -> None:
    """Not in force yet; nothing forbids it. The list of snapshots has it, and what it holds reaches no mart."""
    for row in landing.snapshot():
        taken = {**row, "snapshot_date": "2999-01-01"}
        landing.as_if["holdings"].append({**taken, "quantity": "1"})
        landing.append("holdings", ",".join(taken.values()).encode() + b"\n")


@single_rows
def overdrawn_cash(landing: Landing) -> None:
    cash = [row["security_id"] for row in landing.book.rows["securities"] if row["asset_class"] == "Cash"]
    row = landing.pick("holdings", lambda holding: holding["security_id"] in cash)
    landing.change("holdings", row, {**row, "quantity": "-0012.50"})
    landing.as_if["holdings"][landing.as_if["holdings"].index(row)]["quantity"] = "-12.5"


def _register_spoilt(name: str, wrong: dict[str, str]) -> None:
    def spoil(landing: Landing) -> None:
        snapshot = _snapshot_of_another_day(landing)
        held = [row["security_id"] for row in snapshot]
        equity = landing.pick(
            "securities", lambda row: row["asset_class"] == "Equity" and row["security_id"] not in held
        )
        more = {**snapshot[0], "security_id": equity["security_id"], "quantity": "5"}
        landing.picked.remove(equity)
        landing.reject_snapshot(snapshot, [{**more, **wrong}])

    register(name, spoil, shares_file=True)


def _register_added(name: str, table: str, row: Row) -> None:
    register(name, lambda landing: landing.reject(table, row), shares_file=True)


def _register_odd(name: str, table: str, column: str, odd: Callable[[str], str], plain: Callable[[str], str]) -> None:
    def write_oddly(landing: Landing) -> None:
        row = landing.pick(table)
        landing.change(table, row, {**row, column: odd(row[column])})
        kept = landing.as_if[table][landing.as_if[table].index(row)]
        kept[column] = plain(row[column])

    register(name, write_oddly, shares_file=True)


for bad_file, spoilt_by in SPOILT_BY.items():
    _register_spoilt(bad_file, spoilt_by)
for bad_file, (of_table, added) in ADDED_ROWS.items():
    _register_added(bad_file, of_table, added)
for bad_file, (of_table, of_column, oddly, plainly) in ODD_BUT_GOOD.items():
    _register_odd(bad_file, of_table, of_column, oddly, plainly)
