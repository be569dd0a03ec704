"""A landing set with all that may go wrong: planted defects, several drops a table, corrections of corrections."""

from pathlib import Path

import duckdb

from scripts.simulator import SimulatorOptions, simulate

# per table that may change from day to day: a later drop that restates rows of the earlier ones
_CORRECTIONS = {
    "prices": "select security_id, price_date, cast(close_price * 1.07 as decimal(18, 6)) as close_price"
    " from {rows} where price_date in (select price_date from {rows} group by 1 order by count(*) desc, 1 limit 2)",
    "holdings": "select portfolio_id, snapshot_date, security_id, cast(quantity * 3 as decimal(18, 6)) as quantity"
    " from {rows} semi join (select portfolio_id, min(snapshot_date) as snapshot_date from {rows}"
    " where portfolio_id is not null group by 1 order by 1 limit 9) as first using (portfolio_id, snapshot_date)",
    "custodian_balances": "select portfolio_id, balance_date, market_value + 12 as market_value"
    " from {rows} where portfolio_id is not null order by portfolio_id, balance_date limit 3",
    "portfolios": "select * replace (portfolio_name || ' II' as portfolio_name)"
    " from {rows} where portfolio_id is not null order by portfolio_id limit 4",
    "risk_profile_assignments": "select portfolio_id, effective_date, 'Moderate' as risk_profile"
    " from {rows} where risk_profile = 'Aggressive' order by portfolio_id, effective_date limit 3",
}
_NEXT_DAY = "2026-07-01"
_PRICES_OF_THE_NEXT_DAY = f"""
    select security_id, date '{_NEXT_DAY}' as price_date, cast(max_by(close_price, price_date) * 1.02 as decimal(18, 6))
        as close_price
    from {{rows}} where close_price > 0 and price_date < '{_NEXT_DAY}' and security_id is not null group by security_id
"""


def landing_set(folder: Path, portfolios: int = 300, days: int = 70) -> Path:
    """Make a spoilt book below ``folder``, as Parquet: some months in three or more drops per table that changes."""
    landing = folder / "landing"
    options = SimulatorOptions(
        portfolios=portfolios,
        days=days,
        defects=2,
        file_format="parquet",
        max_rejected_share=0.05,
        max_price_age_days=5,
    )
    simulate(options, landing)
    for table, correction in _CORRECTIONS.items():
        drops = landing / table
        if not drops.is_dir():
            drops.mkdir()
            (landing / f"{table}.parquet").rename(drops / "0001.parquet")
        _in_two(drops)
        add_drop(landing, table, "0003", correction)
        add_drop(landing, table, "0004", f"from ({correction}) limit 2")
    return landing


def add_next_day(landing: Path) -> None:
    """Add the drop of one more trading day: its prices."""
    add_drop(landing, "prices", "0005", _PRICES_OF_THE_NEXT_DAY)


def add_drop(landing: Path, table: str, name: str, query: str) -> None:
    """Write the answer of a query on ``{rows}``, those of the first drops, as a later drop."""
    rows = query.format(rows=f"read_parquet('{landing / table}/000[12]*.parquet')")
    duckdb.connect().execute(f"copy ({rows}) to '{landing / table / name}.parquet'")


def _in_two(drops: Path) -> None:
    """Make two drops of the first, so that keys and snapshots that come twice lie in one file or in two."""
    first = drops / "0001.parquet"
    connection = duckdb.connect()
    connection.execute(f"create table rows as select *, row_number() over () as number from '{first}'")
    for name, half in (("0001", "<="), ("0001_later", ">")):
        connection.execute(
            f"copy (select * exclude (number) from rows where number {half} (select count(*) // 2 from rows))"
            f" to '{drops / name}.parquet'"
        )
