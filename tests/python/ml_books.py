"""Made-up books for the tests of ml: two classes that mirror each other and move at random, each at its own pace.

The truth is known: the drift of a portfolio is a random walk of normal steps with one volatility for all its days, or,
with ``shocks``, with that of the day's market too. When it closes over the band it is traded back to its target.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from ml.books import Book, book_of

BAND = 0.05
HORIZONS = (2, 5)


def made_up(
    seed: int = 1, portfolios: int = 30, days: int = 120, horizons: tuple[int, ...] = HORIZONS, shocks: bool = False
) -> pd.DataFrame:
    """Features and labels, one row per portfolio and day, as ``ml.books`` reads them; in the order of day."""
    rng = np.random.default_rng(seed)
    volatility = rng.uniform(0.004, 0.012, portfolios)
    market = np.where(np.arange(days) // 40 % 2 == 1, 2.0, 0.7) if shocks else np.ones(days)
    common = rng.standard_normal(days) if shocks else np.zeros(days)
    own = np.sqrt(0.5) if shocks else 1.0
    steps = volatility * market[:, None] * (own * rng.standard_normal((days, portfolios)) + own * common[:, None])
    drift = np.zeros((days, portfolios))
    traded = np.zeros((days, portfolios), dtype=bool)
    place = rng.uniform(-0.02, 0.02, portfolios)
    for day in range(days):
        traded[day] = np.abs(place) > BAND
        place = np.where(traded[day], 0.0, place) + np.where(traded[day], 0.0, steps[day])
        drift[day] = place
    over = np.abs(drift) > BAND
    all_days, portfolio = np.divmod(np.arange(days * portfolios), portfolios)
    signed = drift[all_days, portfolio]
    known = np.maximum.accumulate(np.where(traded, np.arange(days)[:, None], -1), axis=0)[all_days, portfolio]
    back = {window: np.minimum(window, all_days) for window in (5, 20)}
    daily = pd.DataFrame(np.where(traded, np.nan, steps))
    rms = {window: np.sqrt((daily**2).rolling(window, min_periods=1).mean().to_numpy()) for window in (5, 20, 60)}
    read: dict[str, Any] = {
        "portfolio_id": [f"P{number:04d}" for number in portfolio],
        "as_of_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(all_days, unit="D"),
        "day": all_days,
        "day_count": days,
        "is_in_breach": np.abs(signed) > BAND,
        "risk_level": np.where(np.abs(signed) > 0.03, "Elevated", "Stable"),
        "severity": (np.abs(signed) > 0.03).astype(int) + (np.abs(signed) > BAND),
        "drift_score": np.abs(signed),
        "portfolio_volatility_20d": market[all_days] * 0.006,
        "portfolio_volatility_60d": 0.008,
        "nearest_class": "Equity",
        "second_class": "Bonds",
    }
    for which, sign in (("nearest", 1.0), ("second", -1.0)):
        read[f"{which}_signed_drift"] = sign * signed
        read[f"{which}_headroom"] = BAND - np.abs(signed)
        read[f"{which}_opposite_headroom"] = BAND + np.abs(signed)
        for window in (5, 20, 60):
            read[f"{which}_drift_volatility_{window}d"] = rms[window][all_days, portfolio]
    for window in (5, 20):
        moved = (np.abs(signed) - np.abs(drift[all_days - back[window], portfolio])).astype(float)
        read[f"nearest_outward_change_{window}d"] = np.where(known > all_days - window, np.nan, moved)
    for horizon in horizons:
        ahead = np.full((days, portfolios), np.inf)
        for step in range(horizon, 0, -1):
            ahead[:-step] = np.where(over[step:], step, ahead[:-step])
        cut = np.full((days, portfolios), np.inf)
        for step in range(horizon, 0, -1):
            cut[:-step] = np.where(traded[step:], step, cut[:-step])
        breached = ahead < cut
        is_over = np.arange(days)[:, None] + horizon < days
        breaches = np.where(breached, 1.0, np.where(np.isinf(cut) & is_over, 0.0, np.nan))
        read[f"breaches_{horizon}"] = breaches[all_days, portfolio]
        read[f"days_to_breach_{horizon}"] = np.where(breached, ahead, np.nan)[all_days, portfolio]
    return pd.DataFrame(read)


def made_up_book(seed: int = 1, horizons: tuple[int, ...] = HORIZONS, **options: Any) -> Book:
    """The same as a book."""
    return book_of(made_up(seed, horizons=horizons, **options), horizons, f"seed {seed}")


def write_database(read: pd.DataFrame, path: Path, horizons: tuple[int, ...] = HORIZONS) -> Path:
    """A database with the tables that dbt would build from it."""
    with duckdb.connect(str(path)) as connection:
        connection.register("made_up", read)
        connection.execute("create schema ml")
        labels = [f"{what}_{horizon}" for horizon in horizons for what in ("breaches", "days_to_breach")]
        left_out = ", ".join(["day", "day_count", *labels])
        connection.execute(
            f"create table ml.portfolio_features as select * exclude ({left_out})"
            " replace (as_of_date::date as as_of_date) from made_up"
        )
        each = " union all ".join(
            f"select portfolio_id, as_of_date::date as as_of_date, {horizon} as horizon_days,"
            f" case breaches_{horizon} when 1 then true when 0 then false end as breaches, '' as outcome,"
            f" days_to_breach_{horizon}::integer as days_to_breach from made_up"
            for horizon in horizons
        )
        connection.execute(f"create table ml.portfolio_labels as {each}")
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_trading_days as"
            " select distinct as_of_date::date as as_of_date, (day + 1000)::integer as trading_day_number from made_up"
        )
    return path
