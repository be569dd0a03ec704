"""Books to learn from and to test on: features and labels out of databases that dbt built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.candidates.interface import Sample
from ml.inputs import KEYS, NUMBERS, TEXTS, model_inputs, read_features
from ml.metrics import Outcomes
from scripts.reader import open_database
from scripts.warehouse import WarehouseError, shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """Of each row of a book: ``breaches`` (n,) 1, 0 or, where not known, not a number; ``days_to_breach`` (n,)."""

    breaches: Floats
    days_to_breach: Floats


@dataclass(frozen=True)
class Book:
    """Rows not in breach, in the order of day and portfolio, and what became of them.

    ``day`` and ``portfolio`` (n,) count the book's trading days and portfolios from 0; ``regime_volatility`` (n,) is
    the median of the book's portfolio volatilities of the day, by which days are called calm or stressed.
    """

    name: str
    first_date: str
    last_date: str
    day_count: int
    rows: pd.DataFrame
    day: Ints
    portfolio: Ints
    regime_volatility: Floats
    labels: Mapping[int, Labels]

    @property
    def horizons(self) -> tuple[int, ...]:
        """The horizons (trading days) that policy has."""
        return tuple(sorted(self.labels))

    def known(self, horizon_days: int) -> Flags:
        """Which rows (n,) have an outcome, on days whose horizon is over: before that, only breaches would be known."""
        is_over: Flags = self.day <= self.day_count - 1 - horizon_days
        return is_over & ~np.isnan(self.labels[horizon_days].breaches)

    def inputs(self, horizon_days: int) -> pd.DataFrame:
        """What the candidates see of all rows."""
        return model_inputs(self.rows, horizon_days)


def read_book(database: Path, every_days: int = 1, name: str | None = None) -> Book:
    """The book of a database, of each ``every_days``-th of its trading days only.

    Raises WarehouseError where the database is not readable, or has no features and labels.
    """
    with open_database(database) as connection:
        try:
            read = connection.execute(_query(connection), [every_days]).df()
            horizons = [
                int(row[0])
                for row in connection.execute(
                    "select distinct horizon_days from ml.portfolio_labels order by 1"
                ).fetchall()
            ]
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise WarehouseError(
                f"{shown(database)} has no ml.portfolio_features and ml.portfolio_labels to read ({reason});"
                " build it with `dbt build`"
            ) from None
    if not horizons or not len(read):
        raise WarehouseError(f"{shown(database)} has no row of ml.portfolio_features with a label of a horizon")
    return book_of(read, horizons, name or database.stem)


def _query(connection: duckdb.DuckDBPyConnection) -> str:
    """One row per portfolio and scored day: features, the labels of each horizon, and the number of its trading day.

    Where only some days were scored, such as month ends, there are gaps between the numbers.
    """
    horizons = connection.execute("select distinct horizon_days from ml.portfolio_labels order by 1").fetchall()
    columns = ", ".join(f"features.{column}" for column in (*KEYS, "is_in_breach", *TEXTS, *NUMBERS))
    labels, joins = "", ""
    for (horizon,) in horizons:
        table = f"labels_{int(horizon)}"
        labels += f", {table}.breaches as breaches_{horizon}, {table}.days_to_breach as days_to_breach_{horizon}"
        joins += (
            f" left join ml.portfolio_labels as {table} on {table}.portfolio_id = features.portfolio_id"
            f" and {table}.as_of_date = features.as_of_date and {table}.horizon_days = {int(horizon)}"
        )
    return (
        "with scored_days as (select distinct as_of_date from ml.portfolio_features),"
        " numbered_days as (select as_of_date, trading_day_number from scored_days"
        " inner join intermediate.int_trading_days using (as_of_date)),"
        " days as (select as_of_date, trading_day_number - min(trading_day_number) over () as day,"
        " max(trading_day_number) over () - min(trading_day_number) over () + 1 as day_count from numbered_days)"
        f" select days.day, days.day_count, {columns}{labels} from ml.portfolio_features as features"
        f" join days on days.as_of_date = features.as_of_date{joins}"
        " where not features.is_in_breach and days.day % ? = 0 order by days.day, features.portfolio_id"
    )


def book_of(read: pd.DataFrame, horizons: Sequence[int], name: str) -> Book:
    """A book of rows with ``day``, ``day_count``, the features' columns, ``breaches_H`` and ``days_to_breach_H``."""
    read = read.loc[~read["is_in_breach"].fillna(True).astype(bool)].reset_index(drop=True)
    rows = read_features(read)
    day = read["day"].to_numpy(dtype=np.int64)
    volatility = rows["portfolio_volatility_20d"].groupby(day).transform("median").to_numpy(dtype="float64")
    labels = {
        horizon: Labels(
            *(
                pd.to_numeric(read[f"{what}_{horizon}"].astype("object"), errors="coerce").to_numpy(dtype="float64")
                for what in ("breaches", "days_to_breach")
            )
        )
        for horizon in horizons
    }
    dates = pd.to_datetime(read["as_of_date"])
    return Book(
        name=name,
        first_date=f"{dates.min():%Y-%m-%d}",
        last_date=f"{dates.max():%Y-%m-%d}",
        day_count=int(read["day_count"].max()),
        rows=rows,
        day=day,
        portfolio=pd.factorize(read["portfolio_id"], sort=True)[0].astype(np.int64),
        regime_volatility=volatility,
        labels=labels,
    )


def sample_of(books: Sequence[Book], horizon_days: int, last_day: int | None = None) -> Sample:
    """Rows with a known outcome of several books, up to ``last_day`` where there is one."""
    inputs, breaches, days, numbers = [], [], [], []
    for number, book in enumerate(books):
        chosen = book.known(horizon_days) & (True if last_day is None else book.day <= last_day)
        inputs.append(model_inputs(book.rows.loc[chosen], horizon_days))
        breaches.append(book.labels[horizon_days].breaches[chosen])
        days.append(book.day[chosen])
        numbers.append(np.full(int(chosen.sum()), number, dtype=np.int64))
    return Sample(
        pd.concat(inputs, ignore_index=True),
        np.concatenate(breaches),
        np.concatenate(days),
        np.concatenate(numbers),
        horizon_days,
    )


def outcomes_of(book: Book, horizon_days: int, chosen: Flags, climatology: float) -> Outcomes:
    """What became of the chosen rows of a book."""
    labels = book.labels[horizon_days]
    return Outcomes(
        day=book.day[chosen],
        portfolio=book.portfolio[chosen],
        breaches=labels.breaches[chosen],
        days_to_breach=labels.days_to_breach[chosen],
        climatology=np.full(int(chosen.sum()), climatology),
    )
