"""The policy: asset classes, targets, bands and trading days, and which of dated sets is in force."""

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar

from oracle.arithmetic import WEIGHT_ONE
from oracle.landing_tables import Refused


@dataclass(frozen=True)
class Band:
    drift_status: str
    severity: int
    max_drift: int | None  # units of 1e-10; None: no limit
    action: str
    risk_level: str


@dataclass(frozen=True)
class ControlLimit:
    unit: str
    warning: Decimal | None  # None: no limit
    blocking: Decimal | None


@dataclass
class Policy:
    display_order: dict[str, int]
    allows_negative: dict[str, bool]
    targets: dict[str, dict[date, dict[str, int]]]  # profile -> effective date -> class -> units of 1e-10
    bands: dict[date, list[Band]]  # in the order of severity
    trading_days: list[date]
    limits: dict[str, ControlLimit]
    bins: list[tuple[int, int | None]]  # number and highest drift in units of 1e-10 (None: no limit), in order


def _weight_units(text: str) -> int:
    units = Decimal(text) * WEIGHT_ONE
    assert units == int(units), f"{text} has more than 10 decimals"
    return int(units)


def read_policy(folder: Path) -> Policy:
    def rows_of(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
            return [{column: value.strip() for column, value in row.items()} for row in csv.DictReader(lines)]

    classes = rows_of("asset_classes")
    targets: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows_of("target_allocations"):
        effective = date.fromisoformat(row["effective_date"])
        targets[row["risk_profile"]][effective][row["asset_class"]] = _weight_units(row["target_weight"])
    for profile, sets in targets.items():
        for effective, weights in sets.items():
            if sum(weights.values()) != WEIGHT_ONE:
                raise Refused(f"target_allocations: {profile} of {effective} does not sum to 1")
    bands: dict[date, list[Band]] = defaultdict(list)
    for row in rows_of("drift_policy"):
        limit = _weight_units(row["max_drift"]) if row["max_drift"] else None
        band = Band(row["drift_status"], int(row["severity"]), limit, row["action"], row["risk_level"])
        bands[date.fromisoformat(row["effective_date"])].append(band)
    bins = [
        (int(row["bin_number"]), _weight_units(row["max_drift"]) if row["max_drift"] else None)
        for row in rows_of("drift_bins")
    ]
    return Policy(
        display_order={row["asset_class"]: int(row["display_order"]) for row in classes},
        allows_negative={row["asset_class"]: row["allows_negative"].lower() == "true" for row in classes},
        targets={profile: dict(sets) for profile, sets in targets.items()},
        bands={day: sorted(set_, key=lambda band: band.severity) for day, set_ in bands.items()},
        trading_days=sorted(date.fromisoformat(row["trading_date"]) for row in rows_of("trading_calendar")),
        limits={
            row["control"]: ControlLimit(
                row["unit"],
                Decimal(row["warning_limit"]) if row["warning_limit"] else None,
                Decimal(row["blocking_limit"]) if row["blocking_limit"] else None,
            )
            for row in rows_of("control_limits")
        },
        bins=sorted(bins, key=lambda item: item[0]),
    )


T = TypeVar("T")


class InForce(Generic[T]):
    """Dated sets of which the latest, dated not after the day, is in force."""

    def __init__(self, sets: Mapping[date, T]) -> None:
        self.dates = sorted(sets)
        self.sets = sets

    def date_on(self, day: date) -> date | None:
        position = bisect_right(self.dates, day)
        return self.dates[position - 1] if position else None

    def on(self, day: date) -> T | None:
        effective = self.date_on(day)
        return None if effective is None else self.sets[effective]
