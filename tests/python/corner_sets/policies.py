"""The policy folder, and sets that bring a policy of their own."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corner_sets.book import ON_TARGET, Book
from corner_sets.writing import DAYS, SATURDAY, all_trading_days, write_csv

POLICY = Path(__file__).resolve().parents[3] / "seeds" / "policy"
ASSET_CLASSES = [["Equity", "1", "false"], ["Bonds", "2", "false"], ["Cash", "3", "true"]]
TARGETS = [
    [profile, "2000-01-01", asset_class, weight]
    for profile, weights in {
        "Conservative": ("0.35", "0.55", "0.10"),
        "Moderate": ("0.60", "0.35", "0.05"),
        "Aggressive": ("0.80", "0.15", "0.05"),
    }.items()
    for asset_class, weight in zip(("Equity", "Bonds", "Cash"), weights, strict=True)
]
BANDS = [
    ["2000-01-01", "Normal", "0", "0.03", "No action", "Stable"],
    ["2000-01-01", "Watch", "1", "0.05", "Monitor / review", "Elevated"],
    ["2000-01-01", "Rebalance Flag", "2", "", "Recommend rebalance", "High"],
]


def write_policy(
    folder: Path,
    asset_classes: list[list[str]] = ASSET_CLASSES,
    targets: list[list[str]] = TARGETS,
    bands: list[list[str]] = BANDS,
) -> Path:
    """A seeds/policy folder: by default the numbers of the contract, and the project's bins and limits of controls."""
    write_csv(folder / "asset_classes.csv", ["asset_class", "display_order", "allows_negative"], asset_classes)
    write_csv(
        folder / "target_allocations.csv", ["risk_profile", "effective_date", "asset_class", "target_weight"], targets
    )
    write_csv(
        folder / "drift_policy.csv",
        ["effective_date", "drift_status", "severity", "max_drift", "action", "risk_level"],
        bands,
    )
    for name in ("control_limits", "drift_bins"):
        shutil.copyfile(POLICY / f"{name}.csv", folder / f"{name}.csv")
    write_csv(folder / "trading_calendar.csv", ["trading_date"], [[str(day)] for day in all_trading_days()])
    return folder


@dataclass(frozen=True)
class PolicySet:
    landing: Path
    policy: Path


POLICY_CORNERS: dict[str, Callable[[Path], PolicySet]] = {}


def policy_corner(build: Callable[[Path], PolicySet]) -> Callable[[Path], PolicySet]:
    POLICY_CORNERS[build.__name__.removeprefix("policy_")] = build
    return build


@policy_corner
def policy_class_without_target(root: Path) -> PolicySet:
    """Gold is a class that no profile has a target for; Crypto has a target of zero. Gold is first in the order."""
    book = Book()
    book.security("GLD", "Gold", "200")
    book.security("BTC", "Crypto", "1000")
    book.portfolio("P1", EQ="600", BD="700", CASH="5000", GLD="50")
    book.portfolio("P2", EQ="600", BD="700", CASH="5000", BTC="5")
    book.portfolio("P3", EQ="60", BD="70", CASH="500", BTC="10", GLD="50")
    book.portfolio("P4", "Aggressive", EQ="800", BD="300", GLD="-1")
    book.on_target("P5")
    policy = write_policy(
        root / "policy",
        asset_classes=[*ASSET_CLASSES, ["Gold", "0", "false"], ["Crypto", "9", "false"]],
        targets=[*TARGETS, ["Moderate", "2000-01-01", "Crypto", "0"]],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_changes_in_time(root: Path) -> PolicySet:
    """Targets of one profile and the bands change in mid-history, on a weekend and on a trading day; history stays."""
    book = Book()
    for portfolio_id, profile in (("P1", "Moderate"), ("P2", "Aggressive"), ("P3", "Conservative")):
        book.portfolio(portfolio_id, profile, EQ="640", BD="620", CASH="5000")
    policy = write_policy(
        root / "policy",
        targets=[
            *TARGETS,
            ["Moderate", SATURDAY, "Equity", "0.65"],
            ["Moderate", SATURDAY, "Bonds", "0.35"],
            ["Aggressive", DAYS[12], "Equity", "1.0"],
        ],
        bands=[
            *BANDS,
            [DAYS[8], "Fine", "0", "0.01", "None", "Low"],
            [DAYS[8], "Watch", "1", "0.015", "Look", "Some"],
            [DAYS[8], "Look closer", "2", "0.04", "Look", "More"],
            [DAYS[8], "Rebalance Flag", "5", "", "Trade", "High"],
        ],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_targets_start_late(root: Path) -> PolicySet:
    """A profile whose first targets come after the first days: no_target_allocation until then."""
    book = Book()
    book.portfolio("P1", "Income", **ON_TARGET)
    book.portfolio("P2", "Income", **ON_TARGET)
    book.unprice("BD", DAYS[:2])
    book.on_target("P3")
    book.add("risk_profile_assignments", "P2", DAYS[4], "Moderate")
    policy = write_policy(
        root / "policy",
        targets=[*TARGETS, ["Income", DAYS[7], "Bonds", "0.9999999999"], ["Income", DAYS[7], "Cash", "0.0000000001"]],
    )
    return PolicySet(book.write(root / "landing"), policy)


@policy_corner
def policy_display_order_reversed(root: Path) -> PolicySet:
    """Ties between classes follow the display order, not the alphabet; bonds may be negative here and cash not."""
    book = Book()
    book.portfolio("P1", EQ="620", BD="660", CASH="5000")
    book.portfolio("P2", EQ="580", BD="700", CASH="7000")
    book.portfolio("P3", EQ="1100", BD="-200")
    book.portfolio("P4", EQ="1100", CASH="-10000")
    policy = write_policy(
        root / "policy", asset_classes=[["Equity", "30", "false"], ["Bonds", "20", "true"], ["Cash", "10", "false"]]
    )
    return PolicySet(book.write(root / "landing"), policy)
