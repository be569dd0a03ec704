"""The outcome: all tables that a build publishes, with their columns."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

Row = tuple[object, ...]

# marts that are not the oracle's business, and why
NOT_COMPARED = {
    "marts.dim_date": "the calendar of policy, numbered: no landed row is in it",
    "marts.portfolio_risk_scores": "what a trained model says: its laws are in tests/dbt, the model's own tests in"
    " test_ml_*.py, and features and labels have their twin in test_score_features.py; so for the columns"
    " breach_probability, ml_risk_level, breach_reason and next_rank of marts.drift_monitor",
}

# table -> (key columns, other columns compared), in the order of a row
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "marts.fct_portfolio_daily": (
        ("portfolio_id", "as_of_date"),
        (
            "advisor_id",
            "risk_profile",
            "snapshot_date",
            "market_value",
            "drift_score",
            "drift_asset_class",
            "drift_status",
            "severity",
            "recommended_action",
            "risk_level",
            "position_count",
            "stale_position_count",
            "days_in_status",
        ),
    ),
    "marts.fct_asset_class_daily": (
        ("portfolio_id", "as_of_date", "asset_class"),
        ("market_value", "actual_weight", "target_weight", "signed_drift", "drift"),
    ),
    "marts.position_daily": (
        ("portfolio_id", "as_of_date", "security_id"),
        (
            "snapshot_date",
            "quantity",
            "price_date",
            "close_price",
            "market_value",
            "actual_weight",
            "source_file",
        ),
    ),
    "marts.dim_portfolio": (
        ("portfolio_id", "valid_from"),
        (
            "portfolio_name",
            "client_id",
            "client_name",
            "advisor_id",
            "risk_profile",
            "inception_date",
            "closed_date",
            "valid_to",
            "is_current",
        ),
    ),
    "marts.dim_risk_profile": (("risk_profile", "asset_class", "valid_from"), ("valid_to",)),
    "marts.dim_drift_status": (
        ("drift_status", "valid_from"),
        (
            "severity",
            "above_drift",
            "max_drift",
            "recommended_action",
            "risk_level",
            "band_position",
            "valid_to",
            "is_current",
        ),
    ),
    "marts.dim_advisor": (("advisor_id",), ()),
    "marts.dim_security": (("security_id",), ()),
    "marts.dim_asset_class": (("asset_class",), ()),
    "marts.drift_monitor": (
        ("portfolio_id",),
        (
            "alert_rank",
            "portfolio_name",
            "client_name",
            "advisor_id",
            "advisor_name",
            "risk_profile",
            "as_of_date",
            "market_value",
            "drift_score",
            "drift_asset_class",
            "signed_drift",
            "drift_status",
            "severity",
            "recommended_action",
            "risk_level",
            "days_in_status",
            "drift_score_5d_ago",
            "drift_score_change_5d",
            "snapshot_date",
            "is_stale",
        ),
    ),
    "marts.advisor_overview": (
        ("advisor_id", "as_of_date"),
        (
            "advisor_name",
            "team",
            "portfolio_count",
            "aum",
            "normal_count",
            "watch_count",
            "rebalance_count",
            "aum_rebalance",
            "average_drift_score",
            "unvalued_count",
        ),
    ),
    "marts.book_overview": (
        ("book_level", "book_id", "as_of_date"),
        (
            "portfolio_count",
            "aum",
            "normal_count",
            "watch_count",
            "rebalance_count",
            "aum_rebalance",
            "average_drift_score",
            "unvalued_count",
            "portfolio_count_change_1d",
            "aum_change_1d",
            "watch_count_change_1d",
            "rebalance_count_change_1d",
            "aum_rebalance_change_1d",
            "average_drift_score_change_1d",
            "unvalued_count_change_1d",
            "portfolio_count_change_5d",
            "aum_change_5d",
            "watch_count_change_5d",
            "rebalance_count_change_5d",
            "aum_rebalance_change_5d",
            "average_drift_score_change_5d",
            "unvalued_count_change_5d",
        ),
    ),
    "marts.book_profiles": (
        ("book_level", "book_id", "as_of_date", "risk_profile"),
        ("portfolio_count", "aum", "normal_count", "watch_count", "rebalance_count", "unvalued_count"),
    ),
    "marts.drift_trend": (("as_of_date", "risk_profile", "drift_status"), ("portfolio_count", "aum")),
    "marts.status_spells": (
        ("portfolio_id", "first_date"),
        (
            "last_date",
            "drift_status",
            "severity",
            "status_days",
            "peak_drift_score",
            "next_status",
            "is_over",
            "is_start_seen",
        ),
    ),
    "marts.status_survival": (
        ("drift_status", "status_days"),
        ("severity", "at_risk_count", "ended_count", "surviving_share"),
    ),
    "marts.drift_distribution": (
        ("as_of_date", "risk_profile", "bin_number"),
        ("is_as_of_date", "above_drift", "max_drift", "portfolio_count", "aum"),
    ),
    "marts.profile_class_drift": (
        ("risk_profile", "asset_class"),
        ("as_of_date", "portfolio_count", "aum", "average_signed_drift", "average_drift", "largest_drift"),
    ),
    "marts.latest_positions": (
        ("portfolio_id", "security_id"),
        (
            "as_of_date",
            "security_name",
            "asset_class",
            "sector",
            "snapshot_date",
            "quantity",
            "price_date",
            "price_age_days",
            "close_price",
            "market_value",
            "actual_weight",
            "holding_source_file",
            "holding_source_line",
            "price_source_file",
            "price_source_line",
        ),
    ),
    "marts.holdings_snapshots": (
        ("portfolio_id", "snapshot_date"),
        ("valid_from", "valid_to", "position_count", "is_current"),
    ),
    "audit.valuation_exceptions": (("portfolio_id", "as_of_date"), ("reason", "security_ids")),
    "audit.rejection_counts": (("table_name", "reason"), ("row_count",)),
    "audit.unvalued_portfolios": (("portfolio_id",), ("advisor_id", "reason", "last_valued_date")),
    "audit.reconciliation": (
        ("control", "scope"),
        ("expected", "actual", "difference", "tolerance", "is_reconciled"),
    ),
    "audit.price_jumps": (
        ("security_id", "price_date"),
        ("previous_close_price", "close_price", "price_change", "portfolio_count"),
    ),
    "audit.stale_prices": (("security_id",), ("price_date", "stale_days", "portfolio_count", "market_value")),
    "audit.old_snapshots": (("portfolio_id",), ("snapshot_date", "age_days")),
    "audit.book_totals": (
        ("as_of_date",),
        (
            "portfolio_count",
            "aum",
            "earlier_portfolio_count",
            "earlier_aum",
            "portfolio_count_change",
            "aum_change",
        ),
    ),
    "audit.controls": (
        ("control",),
        ("outcome", "figure", "unit", "warning_limit", "blocking_limit", "finding_count"),
    ),
}


# computed as doubles, rounded once: the last digit may be the other one
ROUNDED_ONCE = ("surviving_share",)


@dataclass(frozen=True)
class Rejected:
    """`raw` has the landed fields untrimmed, contract columns only, or {"line": text} for a malformed line."""

    table: str
    reason: str
    source_file: str
    raw: dict[str, str]


@dataclass(frozen=True)
class Counts:
    landed: int
    accepted: int
    rejected: int
    superseded: int


@dataclass
class Outcome:
    """Everything that comes out: `tables[name]` maps a key to the values of the other columns (`COLUMNS`)."""

    as_of_date: date | None
    counts: dict[str, Counts]
    rejected_rows: list[Rejected]
    tables: dict[str, dict[Row, Row]]

    def row(self, table: str, *key: object) -> dict[str, object]:
        """One row by its key, by column name; KeyError if it is not there."""
        return dict(zip(COLUMNS[table][1], self.tables[table][key], strict=True))

    def reasons(self, table: str) -> Counter[str]:
        return Counter(rejected.reason for rejected in self.rejected_rows if rejected.table == table)
