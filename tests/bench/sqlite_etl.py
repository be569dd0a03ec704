"""The two fact tables by a classic ETL: files into SQLite, joins there, money in pandas, results back into SQLite."""

from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from tests.bench.pandas_frames import days_of_portfolios, prices_of_the_day, read, trading_days, write_facts
from tests.bench.exact import cents

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
    """Read the landed Parquet files and write two Parquet files; everything passes through one SQLite database."""
    database = out / "etl.sqlite"
    database.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{database}")
    _extract(landing, policy, engine)
    _transform(engine)
    dates = ["as_of_date", "snapshot_date"]
    write_facts(
        pd.read_sql("class_values", engine, parse_dates=dates),
        pd.read_sql("portfolio_days", engine, parse_dates=dates),
        policy,
        out,
    )
    engine.dispose()
    database.unlink()


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
        frame.to_sql(table, engine, index=False, if_exists="replace", chunksize=50_000)
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
        class_values.to_sql("class_values", engine, index=False, if_exists="append", chunksize=50_000)
