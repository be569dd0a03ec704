"""Daily closes: a factor model with two regimes and fat tails.

A two-state Markov chain (Hamilton 1989, "A new approach to the economic analysis of nonstationary time series")
switches between calm and stressed days. Each day's simple return of a security is

    drift + beta x equity factor - duration x change of yields + own shock

with Student-t shocks (5 degrees of freedom, scaled to unit variance). Under stress the equity factor's volatility grows
by more than the securities' own, so correlations rise (Longin and Solnik 2001), and yields fall with equities.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.simulator.streams import stream
from scripts.simulator.universe import UNIVERSE

TRADING_DAYS_PER_YEAR = 252
DEGREES_OF_FREEDOM = 5
PRICE_SCALE = 1_000_000  # prices are whole millionths of a dollar: DECIMAL(18,6)

# By regime: calm, stressed.
CHANCE_OF_LEAVING = (1 / 90, 1 / 24)
EQUITY_VOLATILITY = (0.115, 0.28)  # per year
EQUITY_EXCESS_DRIFT = (0.06, -0.18)  # per year, on top of each security's own drift
YIELD_VOLATILITY = (0.0075, 0.0105)  # per year
YIELD_EQUITY_CORRELATION = (0.05, 0.35)
OWN_SHOCK_FACTOR = (1.0, 1.5)

# A year or more that is all calm or all stress is possible and of no use: such a path is drawn again.
STRESSED_SHARE_RANGE = (0.08, 0.35)
SHORTEST_CONDITIONED_PATH = 120  # trading days
LARGEST_SHOCK = 5.0  # standard deviations: rarer days than any on record are cut


@dataclass(frozen=True)
class Market:
    """``closes`` (days, securities) in millionths of a dollar, int64; ``is_stressed`` (days,)."""

    closes: npt.NDArray[np.int64]
    is_stressed: npt.NDArray[np.bool_]


def simulate_market(seed: int, days: int) -> Market:
    """Closes of the whole universe for ``days`` trading days."""
    rng = stream(seed, "market")
    regime = _regimes(rng, days)
    returns = _returns(rng, regime)
    first_prices = np.array([security.first_price for security in UNIVERSE]) * rng.uniform(0.92, 1.08, len(UNIVERSE))
    is_cash = np.array([_is_constant(index) for index in range(len(UNIVERSE))])
    first_prices[is_cash] = 1.0
    levels = first_prices * np.cumprod(1.0 + returns, axis=0)
    steps = np.array([10 ** (6 - security.price_decimals) for security in UNIVERSE], dtype=np.int64)
    closes = np.maximum(np.rint(levels * (PRICE_SCALE / steps)).astype(np.int64), 1) * steps
    return Market(closes=closes, is_stressed=regime == 1)


def _is_constant(index: int) -> bool:
    security = UNIVERSE[index]
    return security.beta == 0 and security.duration == 0 and security.own_volatility == 0 and security.drift == 0


def _regimes(rng: np.random.Generator, days: int) -> npt.NDArray[np.int64]:
    """The regime of each day, 0 calm and 1 stressed."""
    while True:
        switches = rng.random(days).tolist()
        states, state = [], 0
        for chance in switches:
            state = 1 - state if chance < CHANCE_OF_LEAVING[state] else state
            states.append(state)
        regime = np.array(states, dtype=np.int64)
        low, high = STRESSED_SHARE_RANGE
        if days < SHORTEST_CONDITIONED_PATH or low <= regime.mean() <= high:
            return regime


def _returns(rng: np.random.Generator, regime: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Simple daily returns (days, securities); the first day's are 0."""
    days, daily = len(regime), TRADING_DAYS_PER_YEAR**-0.5
    shocks = _unit_student_t(rng, (days, 2 + len(UNIVERSE)))
    correlation = np.array(YIELD_EQUITY_CORRELATION)[regime]
    equity = np.array(EQUITY_EXCESS_DRIFT)[regime] / TRADING_DAYS_PER_YEAR
    equity = equity + np.array(EQUITY_VOLATILITY)[regime] * daily * shocks[:, 0]
    mixed = correlation * shocks[:, 0] + np.sqrt(1 - correlation**2) * shocks[:, 1]
    yields = np.array(YIELD_VOLATILITY)[regime] * daily * mixed
    beta = np.array([security.beta for security in UNIVERSE])
    duration = np.array([security.duration for security in UNIVERSE])
    own = np.array([security.own_volatility for security in UNIVERSE]) * daily
    drift = np.array([security.drift for security in UNIVERSE]) / TRADING_DAYS_PER_YEAR
    own_shocks = own * np.array(OWN_SHOCK_FACTOR)[regime][:, None] * shocks[:, 2:]
    returns: npt.NDArray[np.float64] = drift + np.outer(equity, beta) - np.outer(yields, duration) + own_shocks
    returns[0] = 0.0
    return returns


def _unit_student_t(rng: np.random.Generator, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    scale = np.sqrt((DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM)
    shocks: npt.NDArray[np.float64] = np.clip(
        rng.standard_t(DEGREES_OF_FREEDOM, shape) * scale, -LARGEST_SHOCK, LARGEST_SHOCK
    )
    return shocks
