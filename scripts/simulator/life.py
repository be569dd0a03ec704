"""What happens to the portfolios of one block, day by day: openings, deposits and withdrawals, rebalancing, swaps.

Every change of a position is a new snapshot on that day, traded at the day's close. Decisions are taken in floating
point; what is written (quantities, and the custodian's balances on them) is whole numbers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.simulator.book import CASH_AT, MOST_HOLDINGS, NO_SECURITY, Book
from scripts.simulator.custodian import QUANTITY_SCALE, position_cents
from scripts.simulator.days import TradingDays
from scripts.simulator.market import PRICE_SCALE, Market
from scripts.simulator.policy import Targets
from scripts.simulator.streams import PORTFOLIOS_PER_BLOCK, stream
from scripts.simulator.universe import UNIVERSE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TRADING_DAYS_PER_YEAR = 252
FLOWS_PER_YEAR = 2.2
SHARE_OF_DEPOSITS = 0.56
USUAL_FLOW, LARGEST_FLOW = 0.028, 0.12  # shares of the portfolio
SHARE_SPREAD_OVER_POSITIONS = 0.45  # the other flows stay in cash, or are taken from it
SHARE_ALLOWED_OVERDRAFT, LARGEST_OVERDRAFT = 0.35, 0.01
CHANCE_OF_CURING_OVERDRAFT = 0.10  # per day
SWAPS_PER_YEAR = 0.22
PAUSE_AFTER_SNAPSHOT = 12  # trading days in which nobody trades again without need
OPENING_NOISE, REBALANCING_NOISE = 0.010, 0.008  # standard deviation of a class weight around what was wanted
SMALLEST_BOOKED_VALUE, LARGEST_BOOKED_VALUE = 125_000.0, 16_000_000.0  # flows don't lead out of this range, USD

_CASH_ROUNDING = 10  # cash is held in whole cents: ten thousandths of a unit
_LOTS = np.array([security.lot for security in UNIVERSE] + [1], dtype=np.int64)


@dataclass(frozen=True)
class Snapshots:
    """One entry per position of a snapshot, ordered by portfolio, day and security id; quantities in thousandths."""

    portfolio_at: Ints
    day: Ints
    security: Ints
    quantity: Ints


@dataclass(frozen=True)
class Balances:
    """Month-end values in cents, ordered by portfolio and day."""

    portfolio_at: Ints
    day: Ints
    cents: Ints


@dataclass(frozen=True)
class _Chances:
    """Uniform numbers (days, B), one array per kind of event."""

    flow: Floats
    deposit: Floats
    size: Floats
    spread: Floats
    react: Floats
    swap: Floats


@dataclass
class _State:
    """What changes: positions (K, B), the profile, and when the last snapshot was (B)."""

    security: Ints
    quantity: Ints
    profile: Ints
    last_snapshot_day: Ints
    next_choice: Ints


def live(
    seed: int, block: int, book: Book, market: Market, days: TradingDays, targets: Targets
) -> tuple[Snapshots, Balances]:
    """Let the portfolios of ``book`` live through the market's days."""
    chances = _draw_chances(seed, block, len(days), len(book))
    noise = stream(seed, "noise", block).standard_normal((64, len(targets.asset_classes), PORTFOLIOS_PER_BLOCK))
    noise = noise[:, :, : len(book)]
    closes = np.column_stack([market.closes, np.zeros(len(days), dtype=np.int64)])
    members = [book.slot_class == at for at in range(len(targets.asset_classes))]
    state = _State(
        security=book.security.copy(),
        quantity=np.zeros_like(book.security),
        profile=book.profile.copy(),
        last_snapshot_day=np.full(len(book), -1),
        next_choice=np.array([(book.slot_class == at).sum(axis=0) for at in range(len(targets.asset_classes))]),
    )
    taken: list[tuple[Ints, Ints, Ints, Ints]] = []
    balances: list[tuple[Ints, Ints, Ints]] = []
    for day, is_month_end in enumerate(days.is_month_end.tolist()):
        changed = _one_day(day, book, state, closes[day], targets, members, chances, noise)
        if len(changed):
            taken.append((changed, np.full(len(changed), day), state.security[:, changed], state.quantity[:, changed]))
        if is_month_end:
            held = np.flatnonzero((book.start_day <= day) & (day < book.close_day))
            cents = position_cents(state.quantity[:, held], closes[day][state.security[:, held]]).sum(axis=0)
            balances.append((held, np.full(len(held), day), cents))
    return _snapshots(taken), _balances(balances)


def _draw_chances(seed: int, block: int, day_count: int, count: int) -> _Chances:
    """Drawn for the whole block and then cut, so that a portfolio's luck does not depend on how many there are."""

    def uniform(purpose: str) -> Floats:
        drawn: Floats = stream(seed, purpose, block).random((day_count, PORTFOLIOS_PER_BLOCK))[:, :count]
        return drawn

    return _Chances(*(uniform(name) for name in ("flow", "deposit", "size", "spread", "react", "swap")))


def _one_day(
    day: int,
    book: Book,
    state: _State,
    close: Ints,
    targets: Targets,
    members: list[Flags],
    chances: _Chances,
    noise: Floats,
) -> Ints:
    """Change ``state`` as the day brings it; returns the portfolios that have a new snapshot."""
    price = close / PRICE_SCALE
    value = state.quantity * (price / QUANTITY_SCALE)[state.security]
    total = value.sum(axis=0)
    safe_total = np.where(total > 0, total, 1.0)
    weights = np.stack([np.where(member, value, 0.0).sum(axis=0) for member in members]) / safe_total

    state.profile = np.where(book.profile_change_day == day, book.changed_profile, state.profile)
    wanted = targets.weights[day].T[:, state.profile]
    drift = np.abs(weights - wanted).max(axis=0)

    opens = book.start_day == day
    is_open = (book.start_day < day) & (day < book.close_day)
    is_free = is_open & (day - state.last_snapshot_day > PAUSE_AFTER_SNAPSHOT)
    flow = np.where(is_free, _flow_shares(day, total, chances), 0.0)
    rebalances = is_free & _rebalances(day, book, drift, state.quantity[0] < 0, chances)
    rebalances |= is_open & (book.follow_up_day == day)
    swaps = is_free & (chances.swap[day] < SWAPS_PER_YEAR / TRADING_DAYS_PER_YEAR)

    changed = np.flatnonzero(opens | rebalances | swaps | (flow != 0))
    if len(changed) == 0:
        return changed
    at = changed
    new_total = np.where(opens, book.first_value, total * (1 + flow))[at]
    to_target = (opens | rebalances)[at]
    scaled = value[:, at]
    cash_left = value[0, at] + total[at] * flow[at]
    is_allowed = chances.react[day, at] < SHARE_ALLOWED_OVERDRAFT
    may_overdraw = is_allowed & (cash_left > -LARGEST_OVERDRAFT * new_total)
    is_spread = (chances.spread[day, at] < SHARE_SPREAD_OVER_POSITIONS) | ((cash_left < 0) & ~may_overdraw)
    is_spread &= flow[at] != 0
    scaled = np.where(is_spread, scaled * (new_total / safe_total[at]), scaled)

    spread_of = np.where(opens[at], OPENING_NOISE, REBALANCING_NOISE)
    class_weights = _class_weights(
        wanted[:, at],
        weights[:, at],
        np.where(opens[at], 1.0, book.thoroughness[at]),
        noise[day % 64][:, at] * spread_of,
    )
    slot_weights = class_weights[np.maximum(book.slot_class[:, at], 0), np.arange(len(at))] * book.share_of_class[:, at]
    desired = np.where(to_target, new_total * slot_weights, scaled)
    swapped = _swap(day, book, state, at[swaps[at]], chances)
    retrade = np.broadcast_to(to_target | is_spread, desired.shape).copy()
    retrade[swapped[:, at]] = True
    state.quantity[:, at] = _trade(state.quantity[:, at], state.security[:, at], desired, retrade, new_total, price)
    state.last_snapshot_day[at] = day
    return changed


def _flow_shares(day: int, total: Floats, chances: _Chances) -> Floats:
    """Deposits (above 0) and withdrawals of the day, as shares of the portfolio."""
    happens = chances.flow[day] < FLOWS_PER_YEAR / TRADING_DAYS_PER_YEAR
    size = np.minimum(-USUAL_FLOW * np.log(np.maximum(1 - chances.size[day], 1e-12)) + 0.004, LARGEST_FLOW)
    share = np.where(chances.deposit[day] < SHARE_OF_DEPOSITS, size, -size)
    after = total * (1 + share)
    fits = (after >= SMALLEST_BOOKED_VALUE) & (after <= LARGEST_BOOKED_VALUE)
    return np.where(happens & fits, share, 0.0)


def _rebalances(day: int, book: Book, drift: Floats, is_overdrawn: Flags, chances: _Chances) -> Flags:
    """By the advisor's habit: drift beyond tolerance is seen sooner or later, a review finds what is worth a trade."""
    seen = (drift > book.tolerance) & (chances.react[day] < book.reaction)
    reviewed = ((day + book.review_phase) % book.review_period == 0) & (drift > book.review_minimum)
    cured = is_overdrawn & (chances.react[day] < CHANCE_OF_CURING_OVERDRAFT)
    rebalances: Flags = seen | reviewed | cured
    return rebalances


def _class_weights(wanted: Floats, held: Floats, thoroughness: Floats, noise: Floats) -> Floats:
    """Weights (C, n) after a rebalancing: most of the way back, never quite exact; they sum to 1."""
    aimed = held + thoroughness * (wanted - held)
    weights = np.where(aimed > 0, np.maximum(aimed + noise, 0.2 * aimed), 0.0)
    summed: Floats = weights / weights.sum(axis=0)
    return summed


def _swap(day: int, book: Book, state: _State, at: Ints, chances: _Chances) -> Flags:
    """Replace one security of each portfolio in ``at`` by its next choice; returns which slots (K, B) changed."""
    changed = np.zeros(state.security.shape, dtype=np.bool_)
    for column in at.tolist():
        slots = np.flatnonzero((book.slot_class[:, column] >= 0) & (state.security[:, column] != CASH_AT))
        slot = int(slots[int(chances.spread[day, column] * len(slots))])
        asset_class = int(book.slot_class[slot, column])
        choices = book.preference[asset_class]
        choice = int(choices[state.next_choice[asset_class, column] % len(choices), column])
        if not (state.security[:, column] == choice).any():
            state.security[slot, column] = choice
            state.next_choice[asset_class, column] += 1
            changed[slot, column] = True
    return changed


def _trade(held: Ints, security: Ints, desired: Floats, retrade: Flags, new_total: Floats, price: Floats) -> Ints:
    """New quantities (K, n): whole lots of what is bought or sold, and what is left over in cash, to the cent."""
    at_price = np.append(price[:-1], 1.0)[security]
    lots = _LOTS[security]
    bought = np.floor(desired / at_price * QUANTITY_SCALE / lots + 1e-9).astype(np.int64) * lots
    bought = np.where((bought == 0) & (desired > 0), lots, bought)
    quantity = np.where(retrade & (security != NO_SECURITY), bought, held)
    quantity[security == NO_SECURITY] = 0
    invested = (quantity[1:] * at_price[1:]).sum(axis=0) / QUANTITY_SCALE
    quantity[0] = np.rint((new_total - invested) * 100).astype(np.int64) * _CASH_ROUNDING
    return quantity


def _snapshots(taken: list[tuple[Ints, Ints, Ints, Ints]]) -> Snapshots:
    if not taken:
        none = np.zeros(0, dtype=np.int64)
        return Snapshots(none, none, none, none)
    portfolio = np.concatenate([np.tile(at, MOST_HOLDINGS) for at, _, _, _ in taken])
    day = np.concatenate([np.tile(days, MOST_HOLDINGS) for _, days, _, _ in taken])
    security = np.concatenate([held.ravel() for _, _, held, _ in taken])
    quantity = np.concatenate([amount.ravel() for _, _, _, amount in taken])
    is_held = np.flatnonzero((quantity != 0) & (security != NO_SECURITY))
    order = is_held[np.lexsort((_ID_ORDER[security[is_held]], day[is_held], portfolio[is_held]))]
    return Snapshots(portfolio[order], day[order], security[order], quantity[order])


def _balances(taken: list[tuple[Ints, Ints, Ints]]) -> Balances:
    if not taken:
        none = np.zeros(0, dtype=np.int64)
        return Balances(none, none, none)
    portfolio, day, cents = (np.concatenate(parts) for parts in zip(*taken, strict=True))
    order = np.lexsort((day, portfolio))
    return Balances(portfolio[order], day[order], cents[order])


# The place of each security (and of the empty slot) in the order of ids.
_ID_ORDER = np.argsort(np.argsort([security.security_id for security in UNIVERSE] + ["~"]))
