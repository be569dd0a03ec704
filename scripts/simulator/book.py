"""Who owns what: clients, their advisors' habits, and the plan of each portfolio before its life begins."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.simulator.days import TradingDays
from scripts.simulator.policy import Targets, cash_class
from scripts.simulator.streams import PORTFOLIOS_PER_BLOCK, stream
from scripts.simulator.universe import CASH_SECURITY, UNIVERSE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SECURITY_COUNT = len(UNIVERSE)
NO_SECURITY = SECURITY_COUNT  # an empty slot points behind the last security
CASH_AT = next(at for at, security in enumerate(UNIVERSE) if security.security_id == CASH_SECURITY)
FEWEST_HOLDINGS, MOST_HOLDINGS = 5, 12

# Advisors work in pods: 100 portfolios, 4 advisors, so that a book of any size has about 25 portfolios per advisor.
PORTFOLIOS_PER_POD, ADVISORS_PER_POD = 100, 4

# A bounded Pareto distribution (few large, many small); exponent near that of top wealth (Vermeulen 2018: 1.4 to 1.6),
# lower because the largest clients split their wealth over portfolios less than proportionally.
SMALLEST_VALUE, LARGEST_VALUE, PARETO_EXPONENT = 160_000.0, 12_000_000.0, 0.85

SHARE_OF_NEW_CLIENTS = 0.72
SHARE_OPEN_AT_START = 0.74
CLOSURES_PER_YEAR = 0.0125
PROFILE_CHANGES_PER_YEAR = 0.045
SHARE_OF_CHANGES_FOLLOWED = 0.85
LONGEST_FOLLOW_UP = 12  # trading days
SHORTEST_LIFE = 25  # trading days
OLDEST_INCEPTION = 4_000  # calendar days before the history begins


@dataclass(frozen=True)
class Book:
    """The portfolios of one block; B portfolios, K slots. Days are counted from the first trading day, 0.

    ``close_day`` and ``profile_change_day`` are the number of days of the history where there is no such day.
    ``follow_up_day`` is when the advisor acts on a change of profile (-1: doesn't). ``security`` (K, B) has the cash
    that everything is paid from in slot 0; ``slot_class`` (K, B) is -1 for empty slots; ``share_of_class`` (K, B) sums
    to 1 per class. ``preference`` holds per asset class the securities (N, B) in the order in which the portfolio would
    buy them. Habits: ``tolerance`` and ``review_minimum`` are drifts, ``reaction`` a chance per day, ``review_period``
    trading days, ``thoroughness`` the share of the way back to target that a rebalancing goes.
    """

    number: Ints
    client_number: Ints
    advisor_number: Ints
    purpose_offset: Ints
    inception_date: npt.NDArray[np.datetime64]
    start_day: Ints
    close_day: Ints
    profile: Ints
    profile_change_day: Ints
    changed_profile: Ints
    follow_up_day: Ints
    first_value: Floats
    security: Ints
    slot_class: Ints
    share_of_class: Floats
    preference: tuple[Ints, ...]
    tolerance: Floats
    reaction: Floats
    review_period: Ints
    review_phase: Ints
    review_minimum: Floats
    thoroughness: Floats

    def __len__(self) -> int:
        return len(self.number)


def plan_book(seed: int, block: int, count: int, days: TradingDays, targets: Targets) -> Book:
    """The first ``count`` portfolios of ``block``, which is drawn in full, so that they don't depend on ``count``."""
    size = PORTFOLIOS_PER_BLOCK
    rng = stream(seed, "book", block)
    number = block * size + np.arange(size) + 1
    client_number, purpose_offset = _clients(rng, number)
    advisor_at = _advisor_of_clients(rng, number, client_number)
    profile, changed_profile = _profiles(rng, len(targets.profiles))
    start_day, inception_date = _beginnings(rng, days)
    close_day = _closures(rng, start_day, len(days))
    change_day, follow_up_day = _profile_changes(rng, start_day, close_day, len(days))
    changed = changed_profile != profile
    change_day = np.where(changed, change_day, len(days))
    follow_up_day = np.where(change_day < len(days), follow_up_day, -1)
    first_value = _first_values(rng)
    security, slot_class, preference = _slots(rng, first_value, targets.weights[0][profile], targets.asset_classes)
    book = Book(
        number=number,
        client_number=client_number,
        advisor_number=block * (size // PORTFOLIOS_PER_POD * ADVISORS_PER_POD) + advisor_at + 1,
        purpose_offset=purpose_offset,
        inception_date=inception_date,
        start_day=start_day,
        close_day=close_day,
        profile=profile,
        profile_change_day=change_day,
        changed_profile=changed_profile,
        follow_up_day=follow_up_day,
        first_value=first_value,
        security=security,
        slot_class=slot_class,
        share_of_class=_shares_of_class(rng, slot_class, len(targets.asset_classes)),
        preference=preference,
        **_habits(rng, advisor_at),
    )
    return _cut(book, count)


def _cut(book: Book, count: int) -> Book:
    """The first ``count`` portfolios: their axis is the last one of every array."""
    parts: dict[str, Any] = {field.name: getattr(book, field.name) for field in fields(book)}
    kept: dict[str, Any] = {
        name: tuple(p[..., :count] for p in part) if isinstance(part, tuple) else part[..., :count]
        for name, part in parts.items()
    }
    return replace(book, **kept)


def _clients(rng: np.random.Generator, number: Ints) -> tuple[Ints, Ints]:
    """A client is known by the number of its first portfolio; also which of the client's portfolios this is, from 0."""
    is_first = rng.random(len(number)) < SHARE_OF_NEW_CLIENTS
    is_first[::PORTFOLIOS_PER_POD] = True
    first_at = np.maximum.accumulate(np.where(is_first, np.arange(len(number)), 0))
    return number[first_at], np.arange(len(number)) - first_at


def _advisor_of_clients(rng: np.random.Generator, number: Ints, client_number: Ints) -> Ints:
    at_client = client_number - number[0]
    pod = at_client // PORTFOLIOS_PER_POD
    drawn = rng.integers(0, ADVISORS_PER_POD, len(number))
    advisors: Ints = pod * ADVISORS_PER_POD + drawn[at_client]
    return advisors


def _profiles(rng: np.random.Generator, profile_count: int) -> tuple[Ints, Ints]:
    """The first profile, most often a middle one, and the neighbour that a change would lead to."""
    size = PORTFOLIOS_PER_BLOCK
    profile = rng.binomial(profile_count - 1, 0.49, size)
    step = np.where(rng.random(size) < 0.6, -1, 1)  # people grow older: more often to the more cautious
    neighbour = profile + step
    neighbour = np.where((neighbour < 0) | (neighbour >= profile_count), profile - step, neighbour)
    return profile, np.clip(neighbour, 0, profile_count - 1)


def _beginnings(rng: np.random.Generator, days: TradingDays) -> tuple[Ints, npt.NDArray[np.datetime64]]:
    """The day of the first snapshot and the inception: long before the history for most, on that day for the others."""
    size, day_count = PORTFOLIOS_PER_BLOCK, len(days)
    is_old = rng.random(size) < SHARE_OPEN_AT_START
    later = 1 + (rng.random(size) * max(day_count - SHORTEST_LIFE - 1, 0)).astype(np.int64)
    years_open = (rng.beta(1.1, 1.6, size) * OLDEST_INCEPTION).astype(np.int64) + 1
    start_day = np.where(is_old | (later >= day_count), 0, later)
    old_inception = days.sessions[0] - years_open.astype("timedelta64[D]")
    return start_day, np.where(start_day == 0, old_inception, days.sessions[start_day])


def _closures(rng: np.random.Generator, start_day: Ints, day_count: int) -> Ints:
    lifetime = rng.exponential(252 / CLOSURES_PER_YEAR, len(start_day))
    return np.minimum(start_day + SHORTEST_LIFE + lifetime, day_count).astype(np.int64)


def _profile_changes(rng: np.random.Generator, start_day: Ints, close_day: Ints, day_count: int) -> tuple[Ints, Ints]:
    waiting = rng.exponential(252 / PROFILE_CHANGES_PER_YEAR, len(start_day))
    change_day = np.minimum(start_day + 10 + waiting, day_count).astype(np.int64)
    change_day = np.where(change_day < close_day - LONGEST_FOLLOW_UP, change_day, day_count)
    lag = rng.integers(0, LONGEST_FOLLOW_UP, len(start_day))
    is_followed = rng.random(len(start_day)) < SHARE_OF_CHANGES_FOLLOWED
    return change_day, np.where(is_followed, change_day + lag, -1)


def _first_values(rng: np.random.Generator) -> Floats:
    """Bounded Pareto by inversion of its distribution function, in USD."""
    low, high = SMALLEST_VALUE**-PARETO_EXPONENT, LARGEST_VALUE**-PARETO_EXPONENT
    values: Floats = (low - rng.random(PORTFOLIOS_PER_BLOCK) * (low - high)) ** (-1 / PARETO_EXPONENT)
    return np.round(values, 2)


def _slots(
    rng: np.random.Generator, first_value: Floats, weights: Floats, asset_classes: tuple[str, ...]
) -> tuple[Ints, Ints, tuple[Ints, ...]]:
    """Which securities are held: sampled per class by weight without replacement (Gumbel top-k, Yellott 1977)."""
    size = PORTFOLIOS_PER_BLOCK
    columns = np.arange(size)
    holdings = FEWEST_HOLDINGS + rng.binomial(MOST_HOLDINGS - FEWEST_HOLDINGS, np.clip(first_value / 4e6, 0.30, 0.65))
    has_money_market = rng.random(size) < 0.35
    preference = tuple(_preference(rng, name) for name in asset_classes)
    cash_at = asset_classes.index(cash_class())
    counts = np.zeros((len(asset_classes), size), dtype=np.int64)
    counts[cash_at] = np.where(has_money_market & (holdings > FEWEST_HOLDINGS), 1, 0)
    left, others = holdings - 1 - counts[cash_at], [at for at in range(len(asset_classes)) if at != cash_at]
    for place, at in enumerate(others):
        still_to_come = len(others) - place - 1
        share = weights[:, at] / np.maximum(weights[:, others[place:]].sum(axis=1), 1e-9)
        wanted = np.rint(left * share + rng.uniform(-0.6, 0.6, size)).astype(np.int64)
        most = np.minimum(left - still_to_come, len(preference[at]))
        counts[at] = np.clip(wanted, 1, most) if still_to_come else most
        left = left - counts[at]
    security = np.full((MOST_HOLDINGS, size), NO_SECURITY)
    slot_class = np.full((MOST_HOLDINGS, size), -1)
    security[0], slot_class[0] = CASH_AT, cash_at
    offset = np.ones(size, dtype=np.int64)
    for at in range(len(asset_classes)):
        for rank in range(int(counts[at].max())):
            held = columns[counts[at] > rank]
            security[offset[held] + rank, held] = preference[at][rank, held]
            slot_class[offset[held] + rank, held] = at
        offset = offset + counts[at]
    return security, slot_class, preference


def _preference(rng: np.random.Generator, asset_class: str) -> Ints:
    """The class's securities (N, B), the most wanted first."""
    members = np.array([at for at, s in enumerate(UNIVERSE) if s.asset_class == asset_class and at != CASH_AT])
    popularity = np.array([UNIVERSE[at].popularity for at in members])
    keys = np.log(popularity)[:, None] + rng.gumbel(size=(len(members), PORTFOLIOS_PER_BLOCK))
    ordered: Ints = members[np.argsort(-keys, axis=0, kind="stable")]
    return ordered


def _shares_of_class(rng: np.random.Generator, slot_class: Ints, class_count: int) -> Floats:
    raw = rng.gamma(4.0, size=slot_class.shape)
    shares = np.zeros(slot_class.shape)
    for at in range(class_count):
        members = np.where(slot_class == at, raw, 0.0)
        shares += members / np.maximum(members.sum(axis=0), 1e-12)
    return shares


def _habits(rng: np.random.Generator, advisor_at: Ints) -> dict[str, Any]:
    """How each portfolio's advisor looks after it. Two of a pod watch drift, one has a calendar, one is easy-going."""
    advisor_count = PORTFOLIOS_PER_BLOCK // PORTFOLIOS_PER_POD * ADVISORS_PER_POD
    style = np.arange(advisor_count) % ADVISORS_PER_POD
    watches, keeps_calendar = style < 2, style == 2
    tolerance = np.where(watches, rng.uniform(0.036, 0.057, advisor_count), np.where(keeps_calendar, 0.12, 0.16))
    reaction = np.where(watches, rng.uniform(0.04, 0.12, advisor_count), 0.02)
    period = np.where(watches, 252, np.where(keeps_calendar, 63, 252))
    minimum = np.where(watches, 0.035, np.where(keeps_calendar, rng.uniform(0.02, 0.035, advisor_count), 0.05))
    thoroughness = rng.uniform(0.8, 1.0, advisor_count)
    phase = rng.integers(0, 252, PORTFOLIOS_PER_BLOCK)
    return {
        "tolerance": tolerance[advisor_at],
        "reaction": reaction[advisor_at],
        "review_period": period[advisor_at],
        "review_phase": phase,
        "review_minimum": minimum[advisor_at],
        "thoroughness": thoroughness[advisor_at],
    }
