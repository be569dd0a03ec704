"""The two fact tables by a classic ETL: files into SQLite, joins there, money in pandas, results back into SQLite."""

from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from tests.bench.exact import cents
from tests.bench.pandas_frames import days_of_portfolios, facts, prices_of_the_day, read, trading_days, write

_DATES = ["as_of_date", "snapshot_date"]
_ROWS_AT_A_TIME = 50_000
_INDEXES = {
    "portfolio_days": "as_of_date",
    "holdings": "portfolio_id, snapshot_date",
    "prices_of_the_day": "security_id, as_of_date",
}
_POSITIONS = text(
    """
    select
        portfolio_days.portfolio_id, portfolio_days.as_of_date, securities.asset_class,
        holdings.quantity, prices.close_price, prices.is_stale
    from portfolio_days
    inner join holdings using (portfolio_id, snapshot_date)
    inner join securities on holdings.security_id = securities.security_id
    inner join prices_of_the_day as prices
        on holdings.security_id = prices.security_id and portfolio_days.as_of_date = prices.as_of_date
    where portfolio_days.as_of_date between :first and :last
    """
)


def build(landing: Path, policy: Path, out: Path) -> None:
    """Read the landed Parquet files and write two tables into a SQLite database, through which everything passes.

    SQLite has no decimals: money is stored in cents, weights in units of 1e-10.
    """
    engine = _engine(out)
    _extract(landing, policy, engine)
    _transform(engine)
    made = facts(
        pd.read_sql("class_values", engine, parse_dates=_DATES),
        pd.read_sql("portfolio_days", engine, parse_dates=_DATES),
        policy,
    )
    for name, frame in made.items():
        frame.to_sql(name, engine, index=False, chunksize=_ROWS_AT_A_TIME)
    engine.dispose()


def export(out: Path) -> None:
    """The two tables as Parquet files beside the database, to be compared."""
    engine = _engine(out)
    for name in ("fct_asset_class_daily", "fct_portfolio_daily"):
        write(pd.read_sql(name, engine, parse_dates=_DATES), out / f"{name}.parquet")
    engine.dispose()


def _engine(out: Path) -> Engine:
    return create_engine(f"sqlite:///{out / 'etl.sqlite'}")


def _extract(landing: Path, policy: Path, engine: Engine) -> None:
    landed = {
        table: read(landing / f"{table}.parquet")
        for table in ("holdings", "prices", "portfolios", "risk_profile_assignments", "securities")
    }
    days = trading_days(landed["prices"], policy)
    landed["prices_of_the_day"] = prices_of_the_day(landed.pop("prices"), days)
    landed["portfolio_days"] = days_of_portfolios(
        landed["holdings"], landed.pop("portfolios"), landed.pop("risk_profile_assignments"), days
    )
    for table, frame in landed.items():
        frame.to_sql(table, engine, index=False, chunksize=_ROWS_AT_A_TIME)
    with engine.begin() as connection:
        for table, columns in _INDEXES.items():
            connection.execute(text(f"create index {table}_key on {table} ({columns})"))


def _transform(engine: Engine) -> None:
    """Month by month, so that positions x days never are in memory together."""
    days = pd.to_datetime(pd.read_sql("select distinct as_of_date from portfolio_days", engine)["as_of_date"])
    for _, month in days.groupby(days.dt.to_period("M")):
        bounds = {"first": f"{month.min():%Y-%m-%d %H:%M:%S.%f}", "last": f"{month.max():%Y-%m-%d %H:%M:%S.%f}"}
        positions = pd.read_sql(_POSITIONS, engine, params=bounds)
        positions["market_value"] = cents(positions["quantity"].to_numpy(), positions["close_price"].to_numpy())
        class_values = positions.groupby(["portfolio_id", "as_of_date", "asset_class"], as_index=False).agg(
            market_value=("market_value", "sum"), priced=("quantity", "size"), stale=("is_stale", "sum")
        )
        class_values.to_sql("class_values", engine, index=False, if_exists="append", chunksize=_ROWS_AT_A_TIME)
