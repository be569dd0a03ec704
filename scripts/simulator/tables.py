"""The eight landing tables of a book, a block of portfolios at a time."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from scripts.simulator.arrow import MONEY_TYPE, PRICE_TYPE, QUANTITY_TYPE, dates, decimals, picked
from scripts.simulator.book import Book, plan_book
from scripts.simulator.days import TradingDays
from scripts.simulator.life import live
from scripts.simulator.market import Market
from scripts.simulator.names import PURPOSES, TEAMS, NamePool, Owners, advisor_name, draw_names, draw_owners
from scripts.simulator.policy import Targets
from scripts.simulator.streams import PORTFOLIOS_PER_BLOCK
from scripts.simulator.universe import UNIVERSE

SECURITY_IDS = [security.security_id for security in UNIVERSE]


def market_tables(market: Market, days: TradingDays) -> dict[str, pa.Table]:
    """``securities`` and ``prices``, ordered by security id (and day)."""
    order = np.argsort(SECURITY_IDS)
    ordered = [UNIVERSE[at] for at in order]
    day_at = np.tile(np.arange(len(days)), len(UNIVERSE))
    return {
        "securities": pa.table(
            {
                "security_id": [security.security_id for security in ordered],
                "security_name": [security.security_name for security in ordered],
                "asset_class": [security.asset_class for security in ordered],
                "sector": [security.sector for security in ordered],
            }
        ),
        "prices": pa.table(
            {
                "security_id": picked(SECURITY_IDS, np.repeat(order, len(days))),
                "price_date": dates(days.sessions[day_at]),
                "close_price": decimals(market.closes.T[order].ravel(), PRICE_TYPE),
            }
        ),
    }


def book_tables(
    seed: int, portfolios: int, market: Market, days: TradingDays, targets: Targets
) -> Iterator[tuple[int, dict[str, pa.Table]]]:
    """The other tables, block by block, with how many portfolios the block has."""
    pool = draw_names(seed)
    for block in range(-(-portfolios // PORTFOLIOS_PER_BLOCK)):
        count = min(PORTFOLIOS_PER_BLOCK, portfolios - block * PORTFOLIOS_PER_BLOCK)
        book = plan_book(seed, block, count, days, targets)
        owners = draw_owners(seed, block, pool)
        tables = _people(seed, book, owners, pool)
        tables["portfolios"] = _portfolios(book, owners, days)
        tables["risk_profile_assignments"] = _assignments(book, days, targets)
        ids = _ids("P", book.number)
        snapshots, balances = live(seed, block, book, market, days, targets)
        tables["holdings"] = pa.table(
            {
                "portfolio_id": picked(ids, snapshots.portfolio_at),
                "snapshot_date": dates(days.sessions[snapshots.day]),
                "security_id": picked(SECURITY_IDS, snapshots.security),
                "quantity": decimals(snapshots.quantity * 1_000, QUANTITY_TYPE),
            }
        )
        tables["custodian_balances"] = pa.table(
            {
                "portfolio_id": picked(ids, balances.portfolio_at),
                "balance_date": dates(days.sessions[balances.day]),
                "market_value": decimals(balances.cents, MONEY_TYPE),
            }
        )
        yield count, tables


def _ids(letter: str, numbers: np.typing.NDArray[np.int64]) -> list[str]:
    return [f"{letter}{number:05d}" for number in numbers.tolist()]


def _people(seed: int, book: Book, owners: Owners, pool: NamePool) -> dict[str, pa.Table]:
    """``clients`` and ``advisors``: those who have a portfolio in the book."""
    first_at = np.flatnonzero(book.client_number == book.number)
    advisors = np.unique(book.advisor_number)
    return {
        "clients": pa.table(
            {
                "client_id": pa.array(_ids("C", book.number[first_at]), pa.string()),
                "client_name": pa.array([owners.client_names[at] for at in first_at.tolist()], pa.string()),
            }
        ),
        "advisors": pa.table(
            {
                "advisor_id": pa.array([f"A{number:03d}" for number in advisors.tolist()], pa.string()),
                "advisor_name": pa.array(
                    [advisor_name(seed, number, pool) for number in advisors.tolist()], pa.string()
                ),
                "team": pa.array([TEAMS[number // 2 % len(TEAMS)] for number in advisors.tolist()], pa.string()),
            }
        ),
    }


def _portfolios(book: Book, owners: Owners, days: TradingDays) -> pa.Table:
    client_at = book.client_number - book.number[0]
    names = [
        f"{owners.surnames[at]} {PURPOSES[(int(owners.purposes[at]) + offset) % len(PURPOSES)]}"
        for at, offset in zip(client_at.tolist(), book.purpose_offset.tolist(), strict=True)
    ]
    is_closed = book.close_day < len(days)
    closed_date = days.sessions[np.minimum(book.close_day, len(days) - 1)]
    return pa.table(
        {
            "portfolio_id": pa.array(_ids("P", book.number), pa.string()),
            "portfolio_name": pa.array(names, pa.string()),
            "client_id": pa.array(_ids("C", book.client_number), pa.string()),
            "advisor_id": pa.array([f"A{number:03d}" for number in book.advisor_number.tolist()], pa.string()),
            "inception_date": dates(book.inception_date),
            "closed_date": pa.array(closed_date, pa.date32(), mask=~is_closed),
        }
    )


def _assignments(book: Book, days: TradingDays, targets: Targets) -> pa.Table:
    """The profile from inception on, and the changed one from its day on."""
    changed = np.flatnonzero(book.profile_change_day < len(days))
    at = np.concatenate([np.arange(len(book)), changed])
    profile = np.concatenate([book.profile, book.changed_profile[changed]])
    effective = np.concatenate([book.inception_date, days.sessions[book.profile_change_day[changed]]])
    order = np.lexsort((effective, at))
    return pa.table(
        {
            "portfolio_id": picked(_ids("P", book.number), at[order]),
            "effective_date": dates(effective[order]),
            "risk_profile": picked(list(targets.profiles), profile[order]),
        }
    )
