"""The two fact tables in pandas: merges and group-bys of whole frames, as most would write it; money in whole cents."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.simulator.arrow import decimals
from tests.bench.exact import cents, weights

_DAY = ["portfolio_id", "as_of_date"]
_NEVER = pd.Timestamp("2262-01-01")
_MONEY, _WEIGHT = pa.decimal128(18, 2), pa.decimal128(18, 10)


def build(landing: Path, policy: Path, out: Path) -> None:
    """Read the landed Parquet files and write two Parquet files."""
    holdings, prices, portfolios, profiles, securities = (
        read(landing / f"{table}.parquet")
        for table in ("holdings", "prices", "portfolios", "risk_profile_assignments", "securities")
    )
    days = trading_days(prices, policy)
    portfolio_days = days_of_portfolios(holdings, portfolios, profiles, days)
    positions = (
        portfolio_days[[*_DAY, "snapshot_date"]]
        .merge(holdings, on=["portfolio_id", "snapshot_date"])
        .merge(securities[["security_id", "asset_class"]], on="security_id")
        .merge(prices_of_the_day(prices, days), on=["security_id", "as_of_date"])
    )
    positions["market_value"] = cents(positions["quantity"].to_numpy(), positions["close_price"].to_numpy())
    class_values = positions.groupby([*_DAY, "asset_class"], as_index=False).agg(
        market_value=("market_value", "sum"), priced=("security_id", "size"), stale=("is_stale", "sum")
    )
    del positions
    for name, frame in facts(class_values, portfolio_days, policy).items():
        write(frame, out / f"{name}.parquet")


def read(path: Path) -> pd.DataFrame:
    """A landed table: dates as timestamps, quantities and prices as whole millionths."""
    frame: pd.DataFrame = pq.read_table(path).to_pandas(date_as_object=False)
    for column in frame.columns.astype(str):
        if column.endswith("_date"):
            frame[column] = frame[column].astype("datetime64[us]")
        elif column in ("quantity", "close_price"):
            frame[column] = (frame[column].astype("float64") * 1e6).round().astype("int64")
    return frame


def trading_days(prices: pd.DataFrame, policy: Path) -> pd.DataFrame:
    """The trading days up to the last with a usual number of prices, numbered."""
    counts = prices["price_date"].value_counts()
    last_day = counts[2 * counts >= counts.median()].index.max()
    calendar = pd.read_csv(policy / "trading_calendar.csv", parse_dates=["trading_date"])["trading_date"]
    days = calendar[calendar <= last_day]
    return pd.DataFrame({"as_of_date": days, "day_number": np.arange(len(days))})


def prices_of_the_day(prices: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Each close on the six trading days from its own on, until the next."""
    closes = prices.sort_values(["security_id", "price_date"])
    closes["next_price_date"] = closes.groupby("security_id")["price_date"].shift(-1).fillna(_NEVER)
    closes = closes.merge(days.rename(columns={"as_of_date": "price_date", "day_number": "first"}), on="price_date")
    carried = closes.merge(pd.DataFrame({"age": range(6)}), how="cross")
    carried["day_number"] = carried["first"] + carried["age"]
    carried = carried.merge(days, on="day_number")
    carried = carried[carried["as_of_date"] < carried["next_price_date"]]
    return carried.assign(is_stale=carried["age"] > 0)[["security_id", "as_of_date", "close_price", "is_stale"]]


def days_of_portfolios(
    holdings: pd.DataFrame, portfolios: pd.DataFrame, profiles: pd.DataFrame, days: pd.DataFrame
) -> pd.DataFrame:
    """Each portfolio's days, with the snapshot and the risk profile in force."""
    snapshots = holdings.groupby(["portfolio_id", "snapshot_date"], as_index=False).agg(
        position_count=("security_id", "size")
    )
    snapshots["next_date"] = snapshots.groupby("portfolio_id")["snapshot_date"].shift(-1)
    snapshots = snapshots.merge(portfolios[["portfolio_id", "advisor_id", "closed_date"]], on="portfolio_id")
    snapshots["valid_to"] = snapshots[["next_date", "closed_date"]].min(axis=1).fillna(_NEVER)
    profiles = profiles.sort_values(["portfolio_id", "effective_date"])
    profiles = profiles[profiles["risk_profile"] != profiles.groupby("portfolio_id")["risk_profile"].shift()].copy()
    profiles["portfolio_key"] = profiles["portfolio_id"] + "@" + profiles["effective_date"].dt.strftime("%Y-%m-%d")
    # every snapshot has its days: the trading days between two places in the calendar
    calendar = days["as_of_date"].to_numpy()
    first = np.searchsorted(calendar, snapshots["snapshot_date"].to_numpy())
    last = np.searchsorted(calendar, snapshots["valid_to"].to_numpy())
    lengths = np.maximum(last - first, 0)
    spread = snapshots.loc[snapshots.index.repeat(lengths)].reset_index(drop=True)
    within = np.arange(len(spread)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    spread["as_of_date"] = calendar[np.repeat(first, lengths) + within]
    found = pd.merge_asof(
        spread.sort_values("as_of_date"), profiles.sort_values("effective_date"),
        left_on="as_of_date", right_on="effective_date", by="portfolio_id",
    ).dropna(subset="risk_profile")  # fmt: skip
    return found[
        [*_DAY, "portfolio_key", "advisor_id", "risk_profile", "snapshot_date", "position_count"]
    ]  # fmt: skip


def facts(class_values: pd.DataFrame, portfolio_days: pd.DataFrame, policy: Path) -> dict[str, pd.DataFrame]:
    """From the value of each asset class on each day to the two facts; money in cents, weights in units of 1e-10."""
    sums = class_values.groupby(_DAY, as_index=False)[["market_value", "priced", "stale"]].sum()
    valued_days = portfolio_days.merge(sums, on=_DAY)
    is_valued = (valued_days["priced"] == valued_days["position_count"]) & (valued_days["market_value"] > 0)
    valued_days = valued_days[is_valued]
    classes = _asset_class_days(class_values, valued_days, policy)
    return {"fct_asset_class_daily": classes, "fct_portfolio_daily": _judged_days(classes, valued_days, policy)}


def _in_force(records: pd.DataFrame, kind: list[str]) -> pd.DataFrame:
    sets = records[[*kind, "effective_date"]].drop_duplicates().sort_values([*kind, "effective_date"])
    following = sets.groupby(kind)["effective_date"].shift(-1) if kind else sets["effective_date"].shift(-1)
    return records.merge(sets.assign(valid_to=following.fillna(_NEVER)), on=[*kind, "effective_date"])


def _on_their_days(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["effective_date"] <= frame["as_of_date"]) & (frame["as_of_date"] < frame["valid_to"])]


def _asset_class_days(class_values: pd.DataFrame, valued_days: pd.DataFrame, policy: Path) -> pd.DataFrame:
    targets = pd.read_csv(policy / "target_allocations.csv", parse_dates=["effective_date"])
    targets["target_weight"] = (targets["target_weight"] * 1e10).round().astype("int64")
    class_targets = _on_their_days(
        valued_days[[*_DAY, "risk_profile"]].merge(_in_force(targets, ["risk_profile"]), on="risk_profile")
    )
    values = class_values.drop(columns=["priced", "stale"]).merge(
        valued_days[[*_DAY, "market_value"]].rename(columns={"market_value": "portfolio_value"}), on=_DAY
    )
    values["actual_weight"] = weights(values["market_value"].to_numpy(), values["portfolio_value"].to_numpy())
    classes = values.drop(columns="portfolio_value").merge(
        class_targets[[*_DAY, "asset_class", "target_weight"]], on=[*_DAY, "asset_class"], how="outer"
    )
    whole = ["market_value", "actual_weight", "target_weight"]
    classes[whole] = classes[whole].fillna(0).astype("int64")
    classes["signed_drift"] = classes["actual_weight"] - classes["target_weight"]
    classes["drift"] = classes["signed_drift"].abs()
    return classes


def _judged_days(classes: pd.DataFrame, valued_days: pd.DataFrame, policy: Path) -> pd.DataFrame:
    order = pd.read_csv(policy / "asset_classes.csv").set_index("asset_class")["display_order"]
    largest = (
        classes[[*_DAY, "asset_class", "drift"]]
        .assign(display_order=classes["asset_class"].map(order))
        .sort_values(["drift", "display_order"], ascending=[False, True])
        .drop_duplicates(_DAY)
        .rename(columns={"drift": "drift_score", "asset_class": "drift_asset_class"})
        .drop(columns="display_order")
    )
    bands = pd.read_csv(policy / "drift_policy.csv", parse_dates=["effective_date"])
    bands = _in_force(bands.sort_values(["effective_date", "severity"]), [])
    bands["most"] = (bands["max_drift"] * 1e10).round().fillna(np.inf)
    bands["above"] = bands.groupby("effective_date")["most"].transform(lambda most: most.cummax().shift()).fillna(-1)
    days = valued_days.merge(largest, on=_DAY)
    judged = _on_their_days(days.merge(bands.drop(columns="max_drift"), how="cross"))
    judged = judged[(judged["drift_score"] > judged["above"]) & (judged["drift_score"] <= judged["most"])]
    judged = judged.sort_values(_DAY)
    begins = judged["drift_status"] != judged.groupby("portfolio_id")["drift_status"].shift()
    judged["days_in_status"] = judged.groupby(["portfolio_id", begins.cumsum()]).cumcount() + 1
    judged = judged.rename(columns={"action": "recommended_action", "stale": "stale_position_count"})
    return judged[
        [
            *_DAY, "portfolio_key", "advisor_id", "risk_profile", "snapshot_date", "market_value", "drift_score",
            "drift_asset_class", "drift_status", "severity", "recommended_action", "risk_level", "position_count",
            "stale_position_count", "days_in_status",
        ]
    ]  # fmt: skip


def write(frame: pd.DataFrame, path: Path) -> None:
    """A fact as Parquet, its whole numbers as the decimals that they stand for."""
    scales = {"market_value": _MONEY}
    scales |= dict.fromkeys(["actual_weight", "target_weight", "signed_drift", "drift", "drift_score"], _WEIGHT)
    columns = {}
    for name, column in frame.items():
        if name in scales:
            columns[name] = decimals(column.to_numpy(), scales[str(name)])
        elif str(name).endswith("_date"):
            columns[name] = pa.array(column.to_numpy().astype("datetime64[D]"), pa.date32())
        else:
            columns[name] = pa.array(column, from_pandas=True)
    pq.write_table(pa.table(columns), path)
