"""The oracle itself, against numbers worked by hand, and the corner sets, against what they are meant to show."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import corner_sets
import duckdb
import oracle
import pytest
from corner_sets import DAYS, Book
from oracle import Outcome, compute, differences

FACT, CLASS, POSITION = "marts.fct_portfolio_daily", "marts.fct_asset_class_daily", "marts.position_daily"
D = [date.fromisoformat(day) for day in DAYS]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corner_sets.write_policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def outcome_of(policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    known: dict[str, Outcome] = {}

    def outcome(name: str) -> Outcome:
        if name not in known:
            landing = corner_sets.CORNERS[name](tmp_path_factory.mktemp(name))
            dbt_vars = corner_sets.VARS.get(name, {})
            as_of = dbt_vars.get("as_of_date")
            known[name] = compute(
                landing,
                policy,
                as_of_date=None if as_of is None else date.fromisoformat(str(as_of)),
                max_price_age_days=int(dbt_vars.get("max_price_age_days", 5)),
                max_snapshot_age_days=int(dbt_vars.get("max_snapshot_age_days", 400)),
            )
        return known[name]

    return outcome


# --- the grammar and the arithmetic -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "whole_digits", "expected"),
    [
        ("+5", 10, 5_000_000),
        ("-0", 10, 0),
        ("007.500000000", 10, 7_500_000),
        ("9999999999.999999", 10, 9_999_999_999_999_999),
        ("000009999999999", 10, 9_999_999_999_000_000),
        ("10000000000", 10, None),
        ("1000000", 6, None),
        ("1.1234567", 10, None),
        (".5", 10, None),
        ("5.", 10, None),
        ("1e3", 10, None),
        ("1_000", 10, None),
        ("(12.50)", 10, None),
        ("\uff15", 10, None),
        ("5\n", 10, None),
    ],
)
def test_a_number_is_read_or_refused(text: str, whole_digits: int, expected: int | None) -> None:
    assert oracle.parse_number(text, whole_digits) == expected


@pytest.mark.parametrize("text", ["2024-02-30", "2024-1-5", "20240105", "2024-01-05\n", "2024-W01-1", "0000-01-01"])
def test_a_date_that_is_none(text: str) -> None:
    assert oracle.parse_date(text) is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (-2, 3, -1), (0, 7, 0)],
)
def test_half_goes_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert oracle.divide_half_away(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("quantity", "price", "cents"),
    [
        ("1.005", "1", 101),  # 1.005 is a tie; as a double it is 1.00499999999999989
        ("-1.005", "1", -101),
        ("3", "0.335", 101),  # 1.005
        ("0.000001", "5000", 1),  # 0.005
        ("4999.999999", "0.000001", 0),  # 0.004999999999
        (
            "9999999999.999999",
            "999999.999999",
            999_999_999_998_999_900,
        ),  # (10^10 - 10^-6) x (10^6 - 10^-6) = 10^16 - 10^4 - 1 + 10^-12
    ],
)
def test_money_is_rounded_to_the_cent(quantity: str, price: str, cents: int) -> None:
    exact = Decimal(quantity) * Decimal(price) * 100
    assert abs(exact - cents) <= Decimal("0.5")
    quantity_units, price_units = oracle.parse_number(quantity, 10), oracle.parse_number(price, 6)
    assert quantity_units is not None
    assert price_units is not None
    assert oracle.position_cents(quantity_units, price_units) == cents


def test_csv_records_know_quotes_and_lines() -> None:
    text = 'a,b\r\n\r\n"x,1","say ""hi"""\r\n5" screen,q"r"\n"two\nlines",z\n"ab"c,1\nlast,'
    records = list(oracle.csv_records(text, "t: f.csv"))
    assert [(record.line, record.fields) for record in records] == [
        (1, ["a", "b"]),
        (3, ["x,1", 'say "hi"']),
        (4, ['5" screen', 'q"r"']),
        (5, ["two\nlines", "z"]),
        (7, None),
        (8, ["last", ""]),
    ]
    assert records[4].text == '"ab"c,1'


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-06, "0.000001"), (0.1, "0.1"), (1e16, "10000000000000000"), (Decimal("5.00"), "5.00"), (7, "7"), (None, "")],
)
def test_parquet_values_as_written(value: object, text: str) -> None:
    assert oracle.as_written(value) == text


# --- a book worked by hand --------------------------------------------------------------------------------------


def test_two_days_by_hand(policy: Path, tmp_path: Path) -> None:
    """Equity 640 x 100, bonds 620 x 50, cash 5,000: 100,000.00. Then equity rises to 110: 106,400.00.

    Day 1: 0.64 / 0.31 / 0.05 against 0.60 / 0.35 / 0.05: equity +0.04 and bonds -0.04 tie, equity comes first; Watch.
    Day 2: 70400 / 106400 = 0.66165413533..., 31000 / 106400 = 0.29135338345864..., 5000 / 106400 = 0.04699248120300...
    """
    book = Book(days=DAYS[:2])
    book.rows["prices"] = [row for row in book.rows["prices"] if row[:2] != ["EQ", DAYS[1]]]
    book.add("prices", "EQ", DAYS[1], "110")
    book.portfolio("P1", EQ="640", BD="620", CASH="5000")
    outcome = compute(book.write(tmp_path), policy)

    assert outcome.as_of_date == D[1]
    first = outcome.row(FACT, "P1", D[0])
    assert (first["market_value"], first["drift_score"]) == (Decimal("100000.00"), Decimal("0.0400000000"))
    assert (first["drift_asset_class"], first["drift_status"], first["severity"]) == ("Equity", "Watch", 1)
    second = outcome.row(FACT, "P1", D[1])
    assert (second["market_value"], second["drift_score"]) == (Decimal("106400.00"), Decimal("0.0616541353"))
    assert (second["drift_status"], second["recommended_action"]) == ("Rebalance Flag", "Recommend rebalance")
    assert (second["risk_level"], second["position_count"], second["days_in_status"]) == ("High", 3, 1)
    assert outcome.tables[CLASS]["P1", D[1], "Bonds"] == (
        Decimal("31000.00"),
        Decimal("0.2913533835"),
        Decimal("0.3500000000"),
        Decimal("-0.0586466165"),
        Decimal("0.0586466165"),
    )
    assert outcome.row(CLASS, "P1", D[1], "Cash")["signed_drift"] == Decimal("-0.0030075188")
    assert outcome.tables[POSITION]["P1", D[1], "EQ"] == (
        D[0],
        Decimal("640.000000"),
        D[1],
        Decimal("110.000000"),
        Decimal("70400.00"),
        Decimal("0.6616541353"),
        "holdings.csv",
    )
    monitor = outcome.row("marts.drift_monitor", "P1")
    assert (monitor["alert_rank"], monitor["as_of_date"], monitor["signed_drift"]) == (1, D[1], Decimal("0.0616541353"))
    assert (monitor["drift_score_5d_ago"], monitor["is_stale"]) == (None, False)
    firm = outcome.row("marts.book_overview", "firm", "firm", D[1])
    assert (firm["aum_change_1d"], firm["aum_rebalance_change_1d"]) == (Decimal("6400.00"), Decimal("106400.00"))
    assert (firm["watch_count_change_1d"], firm["rebalance_count_change_1d"]) == (-1, 1)
    assert (firm["average_drift_score_change_1d"], firm["aum_change_5d"]) == (Decimal("0.0216541353"), None)


def test_an_advisor_by_hand(policy: Path, tmp_path: Path) -> None:
    """100,000 at a drift of 0.04, 300,000 at 0 and one without holdings: average 0.04 x 100 / 400 = 0.01."""
    book = Book(days=DAYS[:1])
    book.portfolio("P1", EQ="640", BD="620", CASH="5000")
    book.portfolio("P2", EQ="1800", BD="2100", CASH="15000")
    book.portfolio("P3")
    outcome = compute(book.write(tmp_path), policy)
    average = Decimal("0.0100000000")
    expected = ("Ada", "North", 2, Decimal("400000.00"), 1, 1, 0, Decimal("0.00"), average, 1)
    assert outcome.tables["marts.advisor_overview"] == {("A1", D[0]): expected}
    assert outcome.tables["marts.drift_trend"] == {
        (D[0], "Moderate", "Watch"): (1, Decimal("100000.00")),
        (D[0], "Moderate", "Normal"): (1, Decimal("300000.00")),
        (D[0], "Moderate", "Unvalued"): (1, None),
    }
    assert outcome.tables["audit.unvalued_portfolios"] == {("P3",): ("A1", "no_holdings", None)}
    nothing_before = (None,) * 14
    assert outcome.tables["marts.book_overview"] == {
        (level, name, D[0]): (*expected[2:], *nothing_before)
        for level, name in (("firm", "firm"), ("team", "North"), ("advisor", "A1"))
    }
    of_profile = (2, Decimal("400000.00"), 1, 1, 0, 1)
    assert outcome.tables["marts.book_profiles"]["team", "North", D[0], "Moderate"] == of_profile


# --- corners ----------------------------------------------------------------------------------------------------

OutcomeOf = Callable[[str], Outcome]


def test_band_edges(outcome_of: OutcomeOf) -> None:
    facts = outcome_of("band_edges")
    expected = {  # shift of equity in cents of 100,000,000.00; each also the other way
        "0.0299999999": "Normal",
        "0.0300000000": "Normal",
        "0.0300000001": "Watch",
        "0.0499999999": "Watch",
        "0.0500000000": "Watch",
        "0.0500000001": "Rebalance Flag",
    }
    for number, (score, status) in enumerate(expected.items()):
        for portfolio in (f"P{2 * number + 1:02}", f"P{2 * number + 2:02}"):
            row = facts.row(FACT, portfolio, D[0])
            assert (row["drift_score"], row["drift_status"]) == (Decimal(score), status)
    # 0.63000000004 rounds to the edge, 0.63000000005 and 0.63000000006 to one step over it
    statuses = [facts.row(FACT, f"P{number}", D[0])["drift_status"] for number in (13, 14, 15)]
    assert statuses == ["Normal", "Watch", "Watch"]


def test_class_ties_take_the_lower_display_order(outcome_of: OutcomeOf) -> None:
    facts = outcome_of("class_ties")
    worst = [facts.row(FACT, portfolio, D[0])["drift_asset_class"] for portfolio in ("P1", "P2", "P3", "P4")]
    assert worst == ["Equity", "Bonds", "Equity", "Equity"]


def test_weight_ties(outcome_of: OutcomeOf) -> None:
    """120,000,000.01 of 200,000,000.00 is 0.60000000005; 9,999,999.99 is 0.04999999995; -0.03 is -0.00000000015."""
    outcome = outcome_of("weight_ties")
    assert outcome.row(CLASS, "P1", D[0], "Equity")["actual_weight"] == Decimal("0.6000000001")
    assert outcome.row(CLASS, "P1", D[0], "Cash")["actual_weight"] == Decimal("0.0500000000")
    assert outcome.row(CLASS, "P2", D[0], "Cash")["actual_weight"] == Decimal("-0.0000000002")
    assert outcome.row(CLASS, "P2", D[0], "Equity")["actual_weight"] == Decimal("1.0000000002")


def test_weights_beyond_one(outcome_of: OutcomeOf) -> None:
    outcome = outcome_of("overdrawn")
    assert outcome.row(CLASS, "FITS", D[0], "Equity")["actual_weight"] == Decimal("99999999.0000000000")
    assert {portfolio for portfolio, day in outcome.tables[FACT]} == {"P1", "FITS", "CENT"}
    assert set(outcome.tables["audit.valuation_exceptions"].values()) == {("no_market_value", None)}


def test_prices_are_carried_five_trading_days(outcome_of: OutcomeOf) -> None:
    """Equity has no price on the days 2 to 8: days 2 to 6 use that of day 1, 7 and 8 are unpriced."""
    outcome = outcome_of("price_age")
    assert [number for number in range(21) if ("P1", D[number]) not in outcome.tables[FACT]] == [7, 8]
    assert outcome.row(POSITION, "P1", D[6], "EQ")["price_date"] == D[1]
    assert [outcome.row(FACT, "P1", D[number])["stale_position_count"] for number in (1, 2, 6, 9)] == [0, 1, 1, 0]
    # Z has none on 8 to 15 (unpriced 13 to 15), b none on 9 to 15 (unpriced 14, 15): upper case sorts first
    unpriced = outcome.tables["audit.valuation_exceptions"]
    assert [unpriced["P2", D[number]][1] for number in (7, 13, 14, 15)] == ["EQ", "Z", "Z,b", "Z,b"]


def test_days_in_status_skip_days_without_a_value(outcome_of: OutcomeOf) -> None:
    """P1 is on target until equity rises on day 15, back for day 18; the days 9 to 12 have no value."""
    outcome = outcome_of("days_in_status")
    valued = [number for number in range(21) if ("P1", D[number]) in outcome.tables[FACT]]
    assert valued == [*range(9), *range(13, 21)]
    runs = [outcome.row(FACT, "P1", D[number])["days_in_status"] for number in valued]
    assert runs == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2, 3, 1, 1, 2]


def test_closed_portfolios(outcome_of: OutcomeOf) -> None:
    facts = [portfolio for portfolio, _ in outcome_of("closed_portfolios").tables[FACT]]
    expected = {"OPEN": 21, "SECOND": 1, "MID": 9, "WEEKEND": 4, "ASOF": 20, "AFTER": 21, "NEVER": 21, "RESNAP": 9}
    assert {portfolio: facts.count(portfolio) for portfolio in facts} == expected


def test_profile_versions(outcome_of: OutcomeOf) -> None:
    versions = outcome_of("profile_changes").tables["marts.dim_portfolio"]
    shown = {
        portfolio: [
            (row[4], str(valid_from), str(row[7]), row[8])
            for (id_, valid_from), row in versions.items()
            if id_ == portfolio
        ]
        for portfolio in ("P1", "P2", "P4", "P5")
    }
    assert shown == {
        "P1": [
            ("Moderate", "2024-01-02", "2024-01-09", False),
            ("Aggressive", "2024-01-09", "2024-01-16", False),
            ("Moderate", "2024-01-16", "None", True),
        ],
        "P2": [("Moderate", "2020-02-28", "2024-01-06", False), ("Conservative", "2024-01-06", "None", True)],
        "P4": [("Aggressive", "2024-02-01", "None", False)],
        "P5": [("Moderate", "2024-01-02", "2024-02-01", True), ("Aggressive", "2024-02-01", "None", False)],
    }


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("clean", "2024-01-31"),
        ("mistyped_year", "2024-01-31"),
        ("sparse_last_day", "2024-01-30"),  # 3 of 8 is less than half, 4 of 8 is not
        ("median_of_two", "2024-01-03"),  # counts 3 and 1, median 2
        ("rejected_prices_do_not_date", "2024-01-31"),
        ("as_of_a_sunday", "2024-01-19"),
        ("as_of_after_the_prices", "2024-02-09"),
    ],
)
def test_as_of_date(outcome_of: OutcomeOf, name: str, as_of: str) -> None:
    assert str(outcome_of(name).as_of_date) == as_of


def test_spoilt_snapshots(outcome_of: OutcomeOf) -> None:
    """Only a repeated row, a short, a long or a dateless line and an overdrawn cash position spoil nothing."""
    outcome = outcome_of("spoilt_snapshots")
    new = {portfolio for (portfolio, day), row in outcome.tables[FACT].items() if day == D[5] and row[2] == D[5]}
    assert new == {"REPEATED", "OVERDRAWN", "FIELDS"}
    reasons = outcome.reasons("holdings")
    # innocents: EQ and CASH of the 8 others, but in DUP both EQ rows are duplicates and CASH alone is innocent
    assert reasons["incomplete_snapshot"] == 8 * 2 + 1
    assert (reasons["repeated_row"], reasons["duplicate_key"], reasons["malformed_line"]) == (2, 4, 2)
    assert (reasons["negative_quantity"], reasons["unknown_security"]) == (2, 2)


def test_drops(outcome_of: OutcomeOf) -> None:
    """Superseded, of snapshots of three rows: one each of FEWER, BAD and BLANKS, both of SAME, and 3 + 2 of THREE."""
    outcome = outcome_of("drops")
    assert outcome.reasons("holdings")["superseded"] == 3 + 3 + 3 + 6 + 5 + 1  # and a row without a key
    held: dict[str, set[object]] = {}
    for portfolio, day, security in outcome.tables[POSITION]:
        if day == D[5]:
            held.setdefault(str(portfolio), set()).add(security)
    assert held == {
        "FEWER": {"EQ"},
        "BAD": {"BD", "CASH", "EQ"},  # the snapshot of day 0
        "SAME": {"BD", "CASH", "EQ"},
        "THREE": {"CASH"},
        "UNTOUCHED": {"BD", "CASH", "EQ"},
        "MALFORMED": {"BD", "CASH", "EQ"},
        "BLANKS": {"BD"},
    }
    assert outcome.row(FACT, "BAD", D[5])["snapshot_date"] == D[0]
    assert outcome.row(POSITION, "SAME", D[5], "EQ")["source_file"] == "holdings/2024-01-10.csv"
    assert outcome.row("marts.dim_portfolio", "SAME", D[0])["client_name"] == "New name"


def test_custodian_balances(outcome_of: OutcomeOf) -> None:
    rows = outcome_of("custodian").tables["audit.reconciliation"]
    reconciled = {str(key[1]) for key, row in rows.items() if key[0] == "custodian_balances" and row[4]}
    assert reconciled == {
        "P1 2024-01-06",
        "P1 2024-01-15",
        "P1 2024-01-02",  # 0.01 over
        "P1 2024-01-04",  # 0.01 under
        "P2 2024-01-08",
    }
    assert rows["custodian_balances", "P2 2024-01-09"][1] is None


def test_every_landed_row_is_accounted_for(outcome_of: OutcomeOf) -> None:
    for name in corner_sets.CORNERS:
        outcome = outcome_of(name)
        for table, counts in outcome.counts.items():
            assert counts.landed == counts.accepted + counts.rejected + counts.superseded, (name, table)
        assert sum(counts.rejected + counts.superseded for counts in outcome.counts.values()) == len(
            outcome.rejected_rows
        )


@pytest.mark.parametrize("name", corner_sets.REFUSED)
def test_refused(name: str, policy: Path, tmp_path: Path) -> None:
    refused = corner_sets.REFUSED[name]
    with pytest.raises(oracle.Refused) as error:
        compute(refused.build(tmp_path), policy)
    assert [fragment for fragment in refused.fragments if fragment not in str(error.value)] == []


@pytest.mark.parametrize("name", corner_sets.POLICY_CORNERS)
def test_sets_with_a_policy_of_their_own(name: str, tmp_path: Path) -> None:
    policy_set = corner_sets.POLICY_CORNERS[name](tmp_path)
    assert compute(policy_set.landing, policy_set.policy).tables[FACT]


def test_a_class_held_without_a_target(tmp_path: Path) -> None:
    """60,000 + 35,000 + 5,000 and 10,000 of gold: gold is 1 / 11 of 110,000, and its target is 0."""
    policy_set = corner_sets.POLICY_CORNERS["class_without_target"](tmp_path)
    outcome = compute(policy_set.landing, policy_set.policy)
    gold = Decimal("0.0909090909")
    assert outcome.tables[CLASS]["P1", D[0], "Gold"] == (Decimal("10000.00"), gold, 0, gold, gold)
    assert outcome.row(FACT, "P1", D[0])["drift_asset_class"] == "Gold"
    assert outcome.row(CLASS, "P1", D[0], "Crypto")["actual_weight"] == 0
    assert ("P5", D[0], "Gold") not in outcome.tables[CLASS]


def test_random_sets_are_repeatable(tmp_path: Path, policy: Path) -> None:
    one, two = corner_sets.random_set(7, tmp_path / "one"), corner_sets.random_set(7, tmp_path / "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)
    assert compute(one, policy) == compute(two, policy)


# --- the comparison sees what differs ---------------------------------------------------------------------------


def publish(outcome: Outcome, db: Path) -> None:
    """Write an outcome as a build would."""
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema marts; create schema audit")
        for table, (key, values) in oracle.COLUMNS.items():
            columns = [*key, *values]
            whole = ("days_in_status", "alert_rank")
            types = ["INTEGER" if column in whole else oracle.column_type(column) or "VARCHAR" for column in columns]
            if table == "audit.reconciliation":
                types = ["VARCHAR", "VARCHAR", *["DECIMAL(20,6)"] * 4, "BOOLEAN"]
            fields = ", ".join(f"{column} {type_}" for column, type_ in zip(columns, types, strict=True))
            connection.execute(f"create table {table} ({fields})")
            marks = ", ".join("?" for _ in columns)
            rows = [[*row_key, *row] for row_key, row in outcome.tables[table].items()]
            if rows:
                connection.executemany(f"insert into {table} values ({marks})", rows)
        connection.execute("alter table marts.dim_portfolio add column portfolio_key varchar")
        connection.execute("update marts.dim_portfolio set portfolio_key = portfolio_id || valid_from")
        connection.execute(
            """
            create or replace table marts.fct_portfolio_daily as
            select fct_portfolio_daily.*, portfolio_key
            from marts.fct_portfolio_daily
            inner join marts.dim_portfolio
                on
                    fct_portfolio_daily.portfolio_id = dim_portfolio.portfolio_id
                    and valid_from <= as_of_date
                    and (valid_to is null or as_of_date < valid_to)
            """
        )
        connection.execute(
            "create table audit.rejected_rows (table_name varchar, reason varchar, source_file varchar, raw_row json)"
        )
        for row in outcome.rejected_rows:
            raw_row = json.dumps(row.raw)
            connection.execute(
                "insert into audit.rejected_rows values (?, ?, ?, ?)", [row.table, row.reason, row.source_file, raw_row]
            )


@pytest.fixture(scope="module")
def published(outcome_of: OutcomeOf, tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("published") / "book.duckdb"
    publish(outcome_of("profile_changes"), db)
    return db


@pytest.mark.parametrize(
    "name", ["profile_changes", "every_reason", "custodian", "parquet_types", "open_without_value"]
)
def test_no_differences_from_itself(outcome_of: OutcomeOf, name: str, tmp_path: Path) -> None:
    publish(outcome_of(name), tmp_path / "book.duckdb")
    assert differences(outcome_of(name), tmp_path / "book.duckdb") == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "update marts.fct_portfolio_daily set market_value = market_value + 0.01 where portfolio_id = 'P1'",
            "market_value",
        ),
        (
            "update marts.fct_portfolio_daily set drift_asset_class = null where as_of_date = '2024-01-04'",
            "drift_asset_class",
        ),
        ("update marts.fct_portfolio_daily set portfolio_key = 'x' where as_of_date = '2024-01-04'", "portfolio_key"),
        ("delete from marts.fct_asset_class_daily where asset_class = 'Cash'", "not there"),
        ("insert into marts.position_daily from marts.position_daily limit 1", "more than one row"),
        ("alter table marts.position_daily alter actual_weight type double", "type DOUBLE"),
        ("alter table marts.drift_monitor drop column is_stale", "no column is_stale"),
        ("update marts.dim_portfolio set valid_to = null", "valid_to"),
        ("update marts.advisor_overview set unvalued_count = 0", "unvalued_count"),
        ("update marts.drift_trend set aum = 0 where drift_status = 'Unvalued'", "aum"),
        ("update audit.valuation_exceptions set security_ids = ''", "security_ids"),
        ("delete from audit.unvalued_portfolios", "audit.unvalued_portfolios"),
        ("update audit.reconciliation set expected = 1 where control = 'row_counts'", "row_counts"),
        ("update audit.controls set outcome = 'blocks' where control = 'aum'", "audit.controls"),
        ("delete from audit.book_totals", "audit.book_totals"),
        ("drop table audit.rejected_rows", "audit.rejected_rows"),
        ("update audit.rejected_rows set reason = 'other'", "1 too many"),
    ],
)
def test_a_difference_is_seen(outcome_of: OutcomeOf, published: Path, tmp_path: Path, change: str, named: str) -> None:
    outcome = outcome_of("profile_changes")
    shutil.copy(published, tmp_path / "book.duckdb")
    with duckdb.connect(str(tmp_path / "book.duckdb")) as connection:
        connection.execute(change)
    found = differences(outcome, tmp_path / "book.duckdb")
    assert 0 < len(found) <= oracle.MAX_DIFFERENCES
    assert any(named in line for line in found), found
