"""The two fact tables in polars: lazy frames from end to end, decimals throughout."""

from pathlib import Path

import polars as pl

from tests.bench.exact import weights

_DAY = ["portfolio_id", "as_of_date"]
_WIDE = pl.Decimal(38, 12)
_WEIGHT = pl.Decimal(18, 10)
_NEVER = pl.date(9999, 12, 31)


def build(landing: Path, policy: Path, out: Path) -> None:
    """Read the landed Parquet files and write two Parquet files."""
    days = _trading_days(landing, policy)
    prices = _prices_of_the_day(landing, days)
    portfolio_days = _portfolio_days(landing, days)
    class_values = (
        portfolio_days.select("portfolio_id", "as_of_date", "snapshot_date")
        .join(pl.scan_parquet(landing / "holdings.parquet"), on=["portfolio_id", "snapshot_date"])
        .join(pl.scan_parquet(landing / "securities.parquet").select("security_id", "asset_class"), on="security_id")
        .join(prices, on=["security_id", "as_of_date"])
        .with_columns(
            market_value=(pl.col("quantity").cast(_WIDE) * pl.col("close_price").cast(_WIDE))
            .round(2, mode="half_away_from_zero")
            .cast(pl.Decimal(18, 2))
        )
        .group_by([*_DAY, "asset_class"])
        .agg(
            pl.col("market_value").sum(),
            pl.len().cast(pl.Int32).alias("priced_count"),
            pl.col("is_stale").sum().cast(pl.Int32).alias("stale_count"),
        )
        .collect(engine="streaming")
        .lazy()
    )
    class_sums = class_values.group_by(_DAY).agg(
        pl.col("market_value", "priced_count").sum(), pl.col("stale_count").sum().alias("stale_position_count")
    )
    valued_days = (
        portfolio_days.join(class_sums, on=_DAY)
        .filter((pl.col("priced_count") == pl.col("position_count")) & (pl.col("market_value") > 0))
        .drop("priced_count")
        .collect(engine="streaming")
        .lazy()
    )
    classes = _asset_class_days(class_values, valued_days, policy).collect(engine="streaming")
    classes.write_parquet(out / "fct_asset_class_daily.parquet")
    _judged_days(classes.lazy(), valued_days, policy).collect(engine="streaming").write_parquet(
        out / "fct_portfolio_daily.parquet"
    )


def _trading_days(landing: Path, policy: Path) -> pl.LazyFrame:
    counts = pl.read_parquet(landing / "prices.parquet")["price_date"].value_counts()
    usual = counts.filter(2 * pl.col("count") >= counts["count"].median())
    return (
        pl.read_csv(policy / "trading_calendar.csv", try_parse_dates=True)
        .rename({"trading_date": "as_of_date"})
        .filter(pl.col("as_of_date") <= usual["price_date"].max())
        .with_row_index("day_number")
        .lazy()
    )


def _prices_of_the_day(landing: Path, days: pl.LazyFrame) -> pl.LazyFrame:
    """Each close on the six trading days from its own on, until the next."""
    closes = (
        pl.scan_parquet(landing / "prices.parquet")
        .sort("security_id", "price_date")
        .with_columns(next_price_date=pl.col("price_date").shift(-1).over("security_id"))
        .join(days.rename({"as_of_date": "price_date", "day_number": "first"}), on="price_date")
    )
    return (
        closes.join(pl.LazyFrame({"age": pl.Series(range(6), dtype=pl.UInt32)}), how="cross")
        .with_columns(day_number=pl.col("first") + pl.col("age"))
        .join(days, on="day_number")
        .filter(pl.col("next_price_date").is_null() | (pl.col("as_of_date") < pl.col("next_price_date")))
        .select("security_id", "as_of_date", "close_price", is_stale=pl.col("age") > 0)
    )


def _portfolio_days(landing: Path, days: pl.LazyFrame) -> pl.LazyFrame:
    portfolios = pl.scan_parquet(landing / "portfolios.parquet").select("portfolio_id", "advisor_id", "closed_date")
    snapshots = (
        pl.scan_parquet(landing / "holdings.parquet")
        .group_by("portfolio_id", "snapshot_date")
        .agg(pl.len().cast(pl.Int32).alias("position_count"))
        .sort("portfolio_id", "snapshot_date")
        .with_columns(next_date=pl.col("snapshot_date").shift(-1).over("portfolio_id"))
        .join(portfolios, on="portfolio_id")
        .with_columns(valid_to=pl.min_horizontal("next_date", "closed_date").fill_null(_NEVER))
    )
    profiles = (
        pl.scan_parquet(landing / "risk_profile_assignments.parquet")
        .sort("portfolio_id", "effective_date")
        .filter(pl.col("risk_profile").ne_missing(pl.col("risk_profile").shift().over("portfolio_id")))
        .with_columns(
            profile_to=pl.col("effective_date").shift(-1).over("portfolio_id").fill_null(_NEVER),
            portfolio_key=pl.col("portfolio_id") + "@" + pl.col("effective_date").dt.to_string(),
        )
    )
    return (
        snapshots.join_where(
            days, pl.col("snapshot_date") <= pl.col("as_of_date"), pl.col("as_of_date") < pl.col("valid_to")
        )
        .join(profiles, on="portfolio_id")
        .filter((pl.col("effective_date") <= pl.col("as_of_date")) & (pl.col("as_of_date") < pl.col("profile_to")))
        .select(*_DAY, "portfolio_key", "advisor_id", "risk_profile", "snapshot_date", "position_count")
        .collect(engine="streaming")
        .lazy()
    )  # fmt: skip


def _in_force(records: pl.LazyFrame, kind: list[str]) -> pl.LazyFrame:
    """Policy rows with the day until which their set is in force."""
    sets = records.select(*kind, "effective_date").unique().sort(*kind, "effective_date")
    following = pl.col("effective_date").shift(-1)
    sets = sets.with_columns(valid_to=(following.over(kind) if kind else following).fill_null(_NEVER))
    return records.join(sets, on=[*kind, "effective_date"])


def _asset_class_days(class_values: pl.LazyFrame, valued_days: pl.LazyFrame, policy: Path) -> pl.LazyFrame:
    targets = pl.scan_csv(
        policy / "target_allocations.csv", try_parse_dates=True, schema_overrides={"target_weight": _WEIGHT}
    )
    class_targets = (
        valued_days.select(*_DAY, "risk_profile")
        .join(_in_force(targets, ["risk_profile"]), on="risk_profile")
        .filter((pl.col("effective_date") <= pl.col("as_of_date")) & (pl.col("as_of_date") < pl.col("valid_to")))
        .select(*_DAY, "asset_class", "target_weight")
    )
    values = class_values.join(valued_days.select(*_DAY, portfolio_value=pl.col("market_value")), on=_DAY)
    zero = pl.lit(0).cast(_WEIGHT)
    return (
        values.with_columns(
            actual_weight=pl.struct(
                (pl.col("market_value") * 100).cast(pl.Int64), (pl.col("portfolio_value") * 100).cast(pl.Int64)
            ).map_batches(_weights, return_dtype=pl.Int64)
        )
        .join(class_targets, on=[*_DAY, "asset_class"], how="full", coalesce=True)
        .with_columns(
            pl.col("market_value").fill_null(0),
            actual_weight=(
                pl.col("actual_weight").cast(pl.Decimal(28, 0)) * pl.lit("0.0000000001").str.to_decimal(scale=10)
            )
            .cast(_WEIGHT)
            .fill_null(zero),
            target_weight=pl.col("target_weight").fill_null(zero),
        )
        .with_columns(signed_drift=(pl.col("actual_weight") - pl.col("target_weight")).cast(_WEIGHT))
        .with_columns(drift=pl.col("signed_drift").abs())
        .select(*_DAY, "asset_class", "market_value", "actual_weight", "target_weight", "signed_drift", "drift")
    )


def _weights(both: pl.Series) -> pl.Series:
    part, whole = (both.struct.field(name).to_numpy() for name in ("market_value", "portfolio_value"))
    return pl.Series(weights(part, whole))


def _judged_days(classes: pl.LazyFrame, valued_days: pl.LazyFrame, policy: Path) -> pl.LazyFrame:
    order = pl.scan_csv(policy / "asset_classes.csv").select("asset_class", "display_order")
    bands = _in_force(
        pl.scan_csv(
            policy / "drift_policy.csv", try_parse_dates=True,
            schema_overrides={"max_drift": _WEIGHT, "severity": pl.Int32},
        ),
        [],
    )  # fmt: skip
    bands = bands.sort("effective_date", "severity").with_columns(
        above_drift=pl.col("max_drift").cum_max().shift().over("effective_date")
    )
    largest = (
        classes.join(order, on="asset_class")
        .sort("drift", "display_order", descending=[True, False])
        .group_by(_DAY, maintain_order=True)
        .agg(pl.col("drift").first().alias("drift_score"), pl.col("asset_class").first().alias("drift_asset_class"))
    )
    judged = (
        valued_days.join(largest, on=_DAY)
        .join(bands, how="cross")
        .filter(
            (pl.col("effective_date") <= pl.col("as_of_date"))
            & (pl.col("as_of_date") < pl.col("valid_to"))
            & (pl.col("above_drift").is_null() | (pl.col("drift_score") > pl.col("above_drift")))
            & (pl.col("max_drift").is_null() | (pl.col("drift_score") <= pl.col("max_drift")))
        )
        .sort(_DAY)
    )
    begins = pl.col("drift_status").ne_missing(pl.col("drift_status").shift().over("portfolio_id"))
    return judged.with_columns(status_run=begins.cum_sum().over("portfolio_id")).select(
        *_DAY, "portfolio_key", "advisor_id", "risk_profile", "snapshot_date", "market_value", "drift_score",
        "drift_asset_class", "drift_status", "severity", pl.col("action").alias("recommended_action"), "risk_level",
        "position_count", "stale_position_count",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("portfolio_id", "status_run").alias("days_in_status"),
    )  # fmt: skip
