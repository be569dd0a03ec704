"""The policy that the simulated advisors know: the targets in force on each day, read from seeds/policy."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scripts.simulator.options import SimulatorError
from scripts.simulator.universe import CASH_SECURITY, UNIVERSE


@dataclass(frozen=True)
class Targets:
    """``weights`` (days, profiles, asset classes), shares of 1, in force on each day of the history.

    ``profiles`` stand from the most cautious to the boldest: by the weight of what is neither cash nor least volatile.
    """

    profiles: tuple[str, ...]
    asset_classes: tuple[str, ...]
    weights: npt.NDArray[np.float64]


def read_targets(folder: Path, sessions: npt.NDArray[np.datetime64]) -> Targets:
    """Read ``target_allocations.csv`` in ``folder`` for the days in ``sessions``.

    Raises SimulatorError where the file can't be read, where a class with a target can't be bought, or where a profile
    has no targets in force on the first day.
    """
    path = folder / "target_allocations.csv"
    sets = _read_sets(path)
    asset_classes = tuple(dict.fromkeys(security.asset_class for security in UNIVERSE))
    for (profile, effective), row in sets.items():
        unknown = sorted(set(row) - set(asset_classes))
        if unknown:
            raise SimulatorError(
                f"{path}: {profile} of {effective} has a target for {unknown[0]}, which the simulator has nothing of; "
                "add securities of that class to scripts/simulator/universe.py"
            )
    profiles = sorted({profile for profile, _ in sets})
    weights = np.full((len(sessions), len(profiles), len(asset_classes)), np.nan)
    for (profile, effective), row in sorted(sets.items(), key=lambda item: item[0][1]):
        first = int(np.searchsorted(sessions, np.datetime64(effective, "D")))
        weights[first:, profiles.index(profile)] = [float(row.get(name, Decimal(0))) for name in asset_classes]
    for at, profile in enumerate(profiles):
        if np.isnan(weights[0, at]).any():
            raise SimulatorError(f"{path}: {profile} has no targets in force on {sessions[0]}, the first simulated day")
    volatility = np.array([_volatility_of(name) for name in asset_classes])
    order = np.argsort(weights[0] @ volatility, kind="stable")
    return Targets(tuple(profiles[at] for at in order), asset_classes, weights[:, order])


def cash_class() -> str:
    """The asset class of the cash that everything is paid from."""
    return next(security.asset_class for security in UNIVERSE if security.security_id == CASH_SECURITY)


def _volatility_of(asset_class: str) -> float:
    """A rough yearly volatility, only to put the profiles in order."""
    members = [security for security in UNIVERSE if security.asset_class == asset_class]
    return sum(0.16 * abs(member.beta) + 0.01 * member.duration for member in members) / len(members)


def _read_sets(path: Path) -> dict[tuple[str, date], dict[str, Decimal]]:
    sets: dict[tuple[str, date], dict[str, Decimal]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, skipinitialspace=True):
                key = (row["risk_profile"].strip(), date.fromisoformat(row["effective_date"].strip()))
                sets.setdefault(key, {})[row["asset_class"].strip()] = Decimal(row["target_weight"].strip())
    except (OSError, KeyError, ValueError, InvalidOperation, AttributeError, csv.Error) as broken:
        raise SimulatorError(
            f"{path}: can't be read as target allocations ({type(broken).__name__}: {broken})"
        ) from None
    if not sets:
        raise SimulatorError(f"{path}: holds no targets")
    return sets
