"""The landing tables: their columns, which of them are required, and their keys.

The one place in Python that knows them. The reader and the simulator both work from here; staging spells the columns
out again in SQL, where they are typed and judged.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LandingTable:
    """One landing table: every value lands as text."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    optional_columns: tuple[str, ...] = ()
    may_be_missing: bool = False

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that every file of the table must have, in the table's order."""
        return tuple(column for column in self.columns if column not in self.optional_columns)


LANDING_TABLES: dict[str, LandingTable] = {
    table.name: table
    for table in (
        LandingTable(
            name="advisors",
            columns=("advisor_id", "advisor_name", "team"),
            key=("advisor_id",),
            optional_columns=("team",),
        ),
        LandingTable(
            name="clients",
            columns=("client_id", "client_name"),
            key=("client_id",),
        ),
        LandingTable(
            name="portfolios",
            columns=("portfolio_id", "portfolio_name", "client_id", "advisor_id", "inception_date", "closed_date"),
            key=("portfolio_id",),
            optional_columns=("closed_date",),
        ),
        LandingTable(
            name="risk_profile_assignments",
            columns=("portfolio_id", "effective_date", "risk_profile"),
            key=("portfolio_id", "effective_date"),
        ),
        LandingTable(
            name="securities",
            columns=("security_id", "security_name", "asset_class", "sector"),
            key=("security_id",),
            optional_columns=("sector",),
        ),
        LandingTable(
            name="prices",
            columns=("security_id", "price_date", "close_price"),
            key=("security_id", "price_date"),
        ),
        LandingTable(
            name="holdings",
            columns=("portfolio_id", "snapshot_date", "security_id", "quantity"),
            key=("portfolio_id", "snapshot_date", "security_id"),
        ),
        LandingTable(
            name="custodian_balances",
            columns=("portfolio_id", "balance_date", "market_value"),
            key=("portfolio_id", "balance_date"),
            may_be_missing=True,
        ),
    )
}
