"""The simulator: the same bytes for the same arguments, a believable book, and clean by an independent check."""

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator import SimulatorError, SimulatorOptions, simulate
from scripts.simulator.command import simulate as simulate_command
from scripts.simulator.custodian import position_cents
from scripts.simulator.days import trading_days
from scripts.simulator.market import simulate_market
from scripts.simulator.policy import read_targets
from scripts.simulator.text import rows_of
from scripts.simulator.universe import UNIVERSE

Rows = list[dict[str, str]]
Book = dict[str, Rows]

SMALL = SimulatorOptions(portfolios=60, days=130)


def read_csv(folder: Path) -> Book:
    book = {}
    for name in LANDING_TABLES:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            book[name] = list(csv.DictReader(file))
    return book


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("default")
    simulate(SimulatorOptions(), out)
    return out


@pytest.fixture(scope="module")
def book(folder: Path) -> Book:
    return read_csv(folder)


def snapshots_of(book: Book) -> dict[str, dict[str, dict[str, Decimal]]]:
    """portfolio -> snapshot date -> security -> quantity."""
    snapshots: dict[str, dict[str, dict[str, Decimal]]] = defaultdict(dict)
    for row in book["holdings"]:
        of_day = snapshots[row["portfolio_id"]].setdefault(row["snapshot_date"], {})
        assert row["security_id"] not in of_day
        of_day[row["security_id"]] = Decimal(row["quantity"])
    return snapshots


def closes_of(book: Book) -> dict[tuple[str, str], Decimal]:
    return {(row["security_id"], row["price_date"]): Decimal(row["close_price"]) for row in book["prices"]}


def value_on(day: str, snapshots: dict[str, dict[str, Decimal]], closes: dict[tuple[str, str], Decimal]) -> Decimal:
    """A portfolio's value, worked out with decimals as the contract says it."""
    in_force = snapshots[max(taken for taken in snapshots if taken <= day)]
    cent = Decimal("0.01")
    values = (quantity * closes[security, day] for security, quantity in in_force.items())
    return sum((value.quantize(cent, ROUND_HALF_UP) for value in values), Decimal(0))


# The same bytes


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "once")
    simulate(SMALL, tmp_path / "again")
    assert digests(tmp_path / "once") == digests(tmp_path / "again")


def test_parquet_is_repeatable_too(tmp_path: Path) -> None:
    options = replace(SMALL, file_format="parquet")
    simulate(options, tmp_path / "once")
    simulate(options, tmp_path / "again")
    assert digests(tmp_path / "once") == digests(tmp_path / "again")


def test_another_seed_gives_another_book(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "seven")
    simulate(replace(SMALL, seed=8), tmp_path / "eight")
    seven, eight = digests(tmp_path / "seven"), digests(tmp_path / "eight")
    assert [name for name in seven if seven[name] == eight[name]] == ["securities.csv"]


@pytest.mark.parametrize(
    "table", ["clients", "portfolios", "risk_profile_assignments", "holdings", "custodian_balances"]
)
def test_a_portfolio_is_the_same_in_a_larger_book(table: str, tmp_path: Path) -> None:
    """1,100 portfolios lie in two blocks; the first 90 are those of a book of 90."""
    simulate(replace(SMALL, portfolios=90, days=70), tmp_path / "few")
    simulate(replace(SMALL, portfolios=1_100, days=70), tmp_path / "many")
    few, many = (tmp_path / name / f"{table}.csv" for name in ("few", "many"))
    assert many.read_bytes().startswith(few.read_bytes())


def test_csv_and_parquet_hold_the_same_values(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "csv")
    simulate(replace(SMALL, file_format="parquet"), tmp_path / "parquet")
    texts = read_csv(tmp_path / "csv")
    for name, rows in texts.items():
        table = pq.read_table(tmp_path / "parquet" / f"{name}.parquet")
        assert [tuple(row.values()) for row in rows] == list(rows_of(table)), name


def test_parquet_is_typed(tmp_path: Path) -> None:
    simulate(replace(SMALL, file_format="parquet"), tmp_path)
    holdings = pq.read_schema(tmp_path / "holdings.parquet")
    assert holdings.types == [pa.string(), pa.date32(), pa.string(), pa.decimal128(18, 6)]
    assert pq.read_schema(tmp_path / "custodian_balances.parquet").field("market_value").type == pa.decimal128(18, 2)


def test_csv_has_line_feeds_a_header_and_no_mark(folder: Path) -> None:
    for name, table in LANDING_TABLES.items():
        content = (folder / f"{name}.csv").read_bytes()
        assert content.startswith(",".join(table.columns).encode() + b"\n")
        assert content.endswith(b"\n")
        assert b"\r" not in content


# The size and the shape of the book


def test_the_default_book_has_the_size_that_is_committed(folder: Path, book: Book) -> None:
    closed = [row for row in book["portfolios"] if row["closed_date"]]
    assert len({row["price_date"] for row in book["prices"]}) == 504
    assert 5 <= len(closed) <= 20
    assert len(book["portfolios"]) - len(closed) >= 500
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5_000_000


def test_portfolios_hold_five_to_twelve_securities_of_every_class(book: Book) -> None:
    classes = {row["security_id"]: row["asset_class"] for row in book["securities"]}
    for by_day in snapshots_of(book).values():
        for held in by_day.values():
            assert 5 <= len(held) <= 12
            assert {classes[security] for security in held} == {"Equity", "Bonds", "Cash"}
            assert all(quantity > 0 or classes[security] == "Cash" for security, quantity in held.items())


def test_values_are_those_of_a_real_book_few_large_many_small(book: Book) -> None:
    closes, last_day = closes_of(book), max(row["price_date"] for row in book["prices"])
    open_ones = {row["portfolio_id"] for row in book["portfolios"] if not row["closed_date"]}
    snapshots = snapshots_of(book)
    values = np.array([float(value_on(last_day, snapshots[portfolio], closes)) for portfolio in open_ones])
    assert values.min() > 100_000
    assert values.max() < 20_000_000
    assert values.mean() > 1.7 * np.median(values)
    assert np.sort(values)[-len(values) // 10 :].sum() > 0.4 * values.sum()


def test_snapshots_come_a_few_times_a_year(book: Book) -> None:
    per_year = [len(by_day) / 2 for by_day in snapshots_of(book).values()]
    assert 2 <= np.mean(per_year) <= 5
    assert max(per_year) <= 9


def test_profiles_are_mixed_and_sometimes_change(book: Book) -> None:
    profiles = [row["risk_profile"] for row in book["risk_profile_assignments"]]
    for profile in ("Conservative", "Moderate", "Aggressive"):
        assert profiles.count(profile) > 0.15 * len(profiles)
    assert 10 <= len(profiles) - len(book["portfolios"]) <= 100


def test_some_clients_own_several_portfolios_and_overdrafts_are_rare(book: Book) -> None:
    assert 0.5 < len(book["clients"]) / len(book["portfolios"]) < 0.9
    overdrawn = [row for row in book["holdings"] if row["quantity"].startswith("-")]
    assert 0 < len(overdrawn) < 0.002 * len(book["holdings"])


def test_a_sold_security_is_missing_from_the_next_snapshot(book: Book) -> None:
    sold = 0
    for by_day in snapshots_of(book).values():
        days = sorted(by_day)
        sold += sum(1 for before, after in pairwise(days) if set(by_day[before]) - set(by_day[after]))
    assert sold > 20


@pytest.mark.parametrize("seed", [7, 1, 2, 3])
def test_every_status_occurs_on_the_last_day_and_normal_most(seed: int, tmp_path: Path) -> None:
    simulate(SimulatorOptions(seed=seed), tmp_path)
    made = read_csv(tmp_path)
    shares = status_shares(made)
    assert shares["Normal"] == max(shares.values())
    assert min(shares.values()) > 0.02


def status_shares(book: Book) -> dict[str, float]:
    """The status of each open portfolio on the last day, worked out from the landed rows and the policy's first set."""
    policy = Path(__file__).resolve().parents[2] / "seeds" / "policy" / "target_allocations.csv"
    targets: dict[str, dict[str, Decimal]] = defaultdict(dict)
    with policy.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            targets[row["risk_profile"]][row["asset_class"]] = Decimal(row["target_weight"])
    profile = {row["portfolio_id"]: row["risk_profile"] for row in book["risk_profile_assignments"]}
    classes = {row["security_id"]: row["asset_class"] for row in book["securities"]}
    closes, last_day = closes_of(book), max(row["price_date"] for row in book["prices"])
    closed = {row["portfolio_id"] for row in book["portfolios"] if row["closed_date"]}
    counts = {"Normal": 0, "Watch": 0, "Rebalance Flag": 0}
    for portfolio, by_day in snapshots_of(book).items():
        if portfolio in closed:
            continue
        values: dict[str, Decimal] = defaultdict(Decimal)
        for security, quantity in by_day[max(by_day)].items():
            values[classes[security]] += quantity * closes[security, last_day]
        total = sum(values.values())
        drift = max(abs(values[name] / total - target) for name, target in targets[profile[portfolio]].items())
        counts["Normal" if drift <= Decimal("0.03") else "Watch" if drift <= Decimal("0.05") else "Rebalance Flag"] += 1
    return {status: count / sum(counts.values()) for status, count in counts.items()}


# Clean


def test_every_security_has_a_close_on_every_trading_day(book: Book) -> None:
    days = trading_days(504, date(2026, 6, 30)).sessions.astype(str).tolist()
    expected = {(row["security_id"], day) for row in book["securities"] for day in days}
    assert set(closes_of(book)) == expected
    assert len(book["prices"]) == len(expected)


def test_nothing_refers_to_something_unknown(book: Book) -> None:
    ids = {name: {row[LANDING_TABLES[name].key[0]] for row in book[name]} for name in LANDING_TABLES}
    assert {row["client_id"] for row in book["portfolios"]} == ids["clients"]
    assert {row["advisor_id"] for row in book["portfolios"]} == ids["advisors"]
    assert ids["holdings"] == ids["risk_profile_assignments"] == ids["portfolios"]
    assert ids["custodian_balances"] <= ids["portfolios"]
    assert {row["security_id"] for row in book["holdings"]} <= ids["securities"] == ids["prices"]


def test_keys_are_unique_and_required_fields_filled(book: Book) -> None:
    for name, table in LANDING_TABLES.items():
        keys = [tuple(row[column] for column in table.key) for row in book[name]]
        assert len(set(keys)) == len(keys), name
        assert all(row[column] for row in book[name] for column in table.required_columns), name


def test_no_snapshot_precedes_a_profile_or_follows_the_closing(book: Book) -> None:
    first_profile: dict[str, str] = {}
    for row in book["risk_profile_assignments"]:
        first_profile.setdefault(row["portfolio_id"], row["effective_date"])
    portfolios = {row["portfolio_id"]: row for row in book["portfolios"]}
    days = {row["price_date"] for row in book["prices"]}
    for portfolio, by_day in snapshots_of(book).items():
        assert first_profile[portfolio] <= min(by_day)
        assert portfolios[portfolio]["inception_date"] <= min(by_day)
        assert set(by_day) <= days
        assert max(by_day) < (portfolios[portfolio]["closed_date"] or "9999")


def test_month_end_balances_agree_to_the_cent_and_none_is_missing(book: Book) -> None:
    closes, snapshots = closes_of(book), snapshots_of(book)
    days = sorted({row["price_date"] for row in book["prices"]})
    month_ends = [
        day for day, following in zip(days, [*days[1:], "2026-07-01"], strict=True) if day[:7] != following[:7]
    ]
    closed = {row["portfolio_id"]: row["closed_date"] or "9999" for row in book["portfolios"]}
    expected = {(p, day) for p in snapshots for day in month_ends if min(snapshots[p]) <= day < closed[p]}
    assert {(row["portfolio_id"], row["balance_date"]) for row in book["custodian_balances"]} == expected
    for row in book["custodian_balances"][::7]:
        value = value_on(row["balance_date"], snapshots[row["portfolio_id"]], closes)
        assert value == Decimal(row["market_value"]), row


@given(
    quantity=st.integers(-(10**10), 10**10).filter(lambda n: n != 0),
    close=st.integers(1, 10**8),
)
def test_positions_are_rounded_half_away_from_zero(quantity: int, close: int) -> None:
    exact = Decimal(quantity) / 1_000 * (Decimal(close) / 1_000_000)
    expected = int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)  # decimal's half up is away from zero
    assert position_cents(np.array([quantity]), np.array([close])).tolist() == [expected]


@pytest.mark.parametrize(("quantity", "close", "cents"), [(500, 10_000, 1), (-500, 10_000, -1), (499, 10_000, 0)])
def test_half_a_cent_goes_away_from_zero(quantity: int, close: int, cents: int) -> None:
    """0.5 units at 0.01 USD are half a cent."""
    assert position_cents(np.array([quantity]), np.array([close])).tolist() == [cents]


def test_a_position_beyond_exact_arithmetic_is_refused() -> None:
    with pytest.raises(OverflowError):
        position_cents(np.array([10**13]), np.array([10**9]))


# The market


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        ("2025-01-09", False),  # national day of mourning
        ("2025-12-25", False),
        ("2025-04-18", False),  # Good Friday
        ("2025-07-03", True),  # half a day
        ("2026-06-19", False),  # Juneteenth
        ("2024-11-29", True),
    ],
)
def test_days_are_those_of_the_new_york_stock_exchange(day: str, is_open: bool, book: Book) -> None:
    assert (day in {row["price_date"] for row in book["prices"]}) == is_open


def test_an_end_that_is_no_trading_day_means_the_last_one_before() -> None:
    assert str(trading_days(5, date(2026, 7, 5)).sessions[-1]) == "2026-07-02"  # 3 July 2026 is observed as a holiday


def test_the_last_day_of_the_calendar_ends_its_month() -> None:
    assert trading_days(3, date(2035, 12, 31)).is_month_end.tolist() == [False, False, True]


@pytest.mark.parametrize("seed", range(1, 9))
def test_returns_are_fat_tailed_and_correlated_more_under_stress(seed: int) -> None:
    market = simulate_market(seed, 504)
    returns = market.closes[1:] / market.closes[:-1] - 1
    stressed = market.is_stressed[1:]
    equity = [at for at, security in enumerate(UNIVERSE) if security.asset_class == "Equity"]
    bonds = [at for at, security in enumerate(UNIVERSE) if security.asset_class == "Bonds"]
    index = returns[:, equity].mean(axis=1)
    assert ((index - index.mean()) ** 4).mean() / index.var() ** 2 > 3.5  # kurtosis; 3 is normal
    assert index[stressed].std() > 1.5 * index[~stressed].std()
    assert returns[:, bonds].mean(axis=1).std() < 0.6 * index.std()

    def mean_correlation(days: np.typing.NDArray[np.bool_]) -> float:
        matrix = np.corrcoef(returns[days][:, equity].T)
        return float(np.asarray(matrix)[np.triu_indices(len(equity), 1)].mean())

    assert mean_correlation(stressed) > mean_correlation(~stressed)
    assert np.abs(returns).max() < 0.25


@pytest.mark.parametrize("seed", [7, 1, 2])
def test_calm_and_stressed_months_both_occur(seed: int) -> None:
    stressed = simulate_market(seed, 504).is_stressed
    months = trading_days(504, date(2026, 6, 30)).sessions.astype("datetime64[M]")
    shares = [stressed[months == month].mean() for month in np.unique(months)]
    assert min(shares) == 0
    assert max(shares) > 0.5


def test_cash_is_worth_one_every_day(book: Book) -> None:
    cash = {row["security_id"] for row in book["securities"] if row["asset_class"] == "Cash"}
    assert {row["close_price"] for row in book["prices"] if row["security_id"] in cash} == {"1.00"}


# Odd sizes, policy, and folders


@pytest.mark.parametrize(("portfolios", "days"), [(1, 1), (1, 504), (3, 2), (40, 26), (25, 30)])
def test_small_books_and_short_histories_are_complete(portfolios: int, days: int, tmp_path: Path) -> None:
    summary = simulate(SimulatorOptions(portfolios=portfolios, days=days), tmp_path)
    made = read_csv(tmp_path)
    assert {name: len(rows) for name, rows in made.items()} == summary.row_counts
    assert {row["portfolio_id"] for row in made["holdings"]} == {row["portfolio_id"] for row in made["portfolios"]}


def test_targets_are_read_from_the_policy(tmp_path: Path) -> None:
    """Two profiles of other names, one of them with new targets from a day within the history on."""
    (tmp_path / "target_allocations.csv").write_text(
        "risk_profile,effective_date,asset_class,target_weight\n"
        "Bold,2000-01-01,Equity,0.90\nBold,2000-01-01,Bonds,0.05\nBold,2000-01-01,Cash,0.05\n"
        "Timid,2000-01-01,Equity,0.10\nTimid,2000-01-01,Bonds,0.70\nTimid,2000-01-01,Cash,0.20\n"
        "Bold,2026-06-29,Equity,1\n"
    )
    targets = read_targets(tmp_path, trading_days(5, date(2026, 6, 30)).sessions)
    assert targets.profiles == ("Timid", "Bold")
    equity = targets.asset_classes.index("Equity")
    assert targets.weights[:, 1, equity].tolist() == [0.9, 0.9, 0.9, 1.0, 1.0]
    simulate(replace(SMALL, portfolios=20, policy_folder=tmp_path), tmp_path / "out")
    assert {row["risk_profile"] for row in read_csv(tmp_path / "out")["risk_profile_assignments"]} == {"Timid", "Bold"}


def test_a_class_that_can_not_be_bought_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target_allocations.csv").write_text(
        "risk_profile,effective_date,asset_class,target_weight\nBold,2000-01-01,Art,1\n"
    )
    with pytest.raises(SimulatorError, match=r"Art.*universe\.py"):
        read_targets(tmp_path, trading_days(5, date(2026, 6, 30)).sessions)


def test_an_earlier_simulation_is_replaced_in_either_format(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path)
    simulate(replace(SMALL, file_format="parquet"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in LANDING_TABLES), "simulation.json"]
    )
    assert json.loads((tmp_path / "simulation.json").read_text())["arguments"]["format"] == "parquet"


@pytest.mark.parametrize("name", ["prices.parquet", "prices.csv", "holdings/2026-01-02.csv"])
def test_files_that_no_simulation_wrote_are_left_alone(name: str, tmp_path: Path) -> None:
    foreign = tmp_path / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("somebody's")
    with pytest.raises(SimulatorError, match="no earlier simulation wrote it"):
        simulate(SMALL, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [foreign]


def test_an_interrupted_simulation_leaves_the_earlier_one(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path)
    before = digests(tmp_path)

    def interrupt(count: int) -> None:
        if count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(replace(SMALL, seed=8), tmp_path, progress=interrupt)
    assert digests(tmp_path) == before


def test_progress_adds_up_to_the_portfolios(tmp_path: Path) -> None:
    seen: list[int] = []
    simulate(replace(SMALL, portfolios=1_010, days=5), tmp_path, progress=seen.append)
    assert sum(seen) == 1_010


# The command line


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(simulate_command)
    return made


def test_the_command_says_what_it_wrote(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--portfolios", "12", "--days", "40", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert "portfolios 12" in result.stdout
    assert "2026-06-30" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--days", "9000"], "there are 6662 trading days; ask for fewer"),
        (["--days", "0"], "at least 1 trading day"),
        (["--portfolios", "0"], "at least 1 portfolio"),
        (["--seed", "-1"], "a seed is 0 or more"),
        (["--end", "2040-01-01"], "the calendar runs from 2000-01-01 to 2035-12-31"),
        (["--end", "30.06.2026"], "write the day as YYYY-MM-DD"),
        (["--end", "2026-02-30"], "there is no such day"),
        (["--defects", "-1"], "0 for a clean book"),
        (["--defects", "1", "--max-rejected-share", "5"], "a share of 1"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(
    arguments: list[str], said: str, app: typer.Typer, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["--format", "parquet"], ["--defects", "1"]])
def test_the_seeds_stay_clean_csv(arguments: list[str], app: typer.Typer) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "--out" in result.stderr
