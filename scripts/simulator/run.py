"""One simulation from options to files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from scripts.landing.tables import LANDING_TABLES
from scripts.simulator.days import TradingDays, trading_days
from scripts.simulator.defects import Limits, Planting, plant
from scripts.simulator.market import simulate_market
from scripts.simulator.options import SimulationSummary, SimulatorOptions
from scripts.simulator.policy import read_targets
from scripts.simulator.tables import book_tables, market_tables
from scripts.simulator.write import Delivery


def simulate(options: SimulatorOptions, out: Path, progress: Callable[[int], None] | None = None) -> SimulationSummary:
    """Write the landing tables of a simulated book into the folder ``out``.

    ``progress`` is called with the number of portfolios that have just been finished. A clean book is written block by
    block; to plant defects it is held in memory. Raises SimulatorError for what can't be done, before any file is
    replaced.
    """
    days = trading_days(options.days, options.end)
    blocks = _blocks(options, days)
    with Delivery(out, options.file_format) as delivery:
        if options.defects:
            planting = _planted(options, days, blocks, progress)
            for file in planting.files:
                delivery.append(file.stem, file.rows)
                if file.added_lines:
                    delivery.append_lines(file.stem, file.added_lines)
                if file.added_rows is not None:
                    delivery.append(file.stem, file.added_rows)
            written = delivery.commit(_arguments(options, days), planting.report())
            planted, not_planted = len(planting.planted), len(planting.not_planted)
        else:
            for count, tables in blocks:
                for name, table in tables.items():
                    delivery.append(name, table)
                if progress is not None:
                    progress(count)
            written = delivery.commit(_arguments(options, days))
            planted = not_planted = 0
        counts = {name: delivery.row_counts[name] for name in LANDING_TABLES}
    first_day, last_day = days.sessions[0].item(), days.sessions[-1].item()
    return SimulationSummary(out, first_day, last_day, written, counts, planted, not_planted)


def _blocks(options: SimulatorOptions, days: TradingDays) -> Iterator[tuple[int, dict[str, pa.Table]]]:
    """The tables in pieces, the market's first, each with how many portfolios it finishes."""
    targets = read_targets(options.policy_folder, days.sessions)
    market = simulate_market(options.seed, options.days)
    yield 0, market_tables(market, days)
    yield from book_tables(options.seed, options.portfolios, market, days, targets)


def _planted(
    options: SimulatorOptions,
    days: TradingDays,
    blocks: Iterator[tuple[int, dict[str, pa.Table]]],
    progress: Callable[[int], None] | None,
) -> Planting:
    pieces: dict[str, list[pa.Table]] = {}
    for count, tables in blocks:
        for name, table in tables.items():
            pieces.setdefault(name, []).append(table)
        if progress is not None:
            progress(count)
    whole = {name: pa.concat_tables(parts).combine_chunks() for name, parts in pieces.items()}
    assert options.max_rejected_share is not None  # SimulatorOptions checks
    assert options.max_price_age_days is not None
    limits = Limits(options.max_rejected_share, options.max_price_age_days)
    return plant(whole, days, options.defects, options.file_format, limits)


def _arguments(options: SimulatorOptions, days: TradingDays) -> dict[str, Any]:
    return {
        "portfolios": options.portfolios,
        "days": options.days,
        "seed": options.seed,
        "end": str(days.sessions[-1]),
        "format": options.file_format,
        "defects": options.defects,
    }
