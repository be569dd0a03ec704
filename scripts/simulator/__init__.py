"""A book of made-up portfolios that a portfolio manager would believe, written as the eight landing tables.

The same options give the same bytes. What is drawn comes from streams that are named by the seed, a purpose and, for
portfolios, a block of fixed size (streams.py), so portfolio P00042 is the same in a book of 100 and in one of 200,000.
"""

from collections.abc import Callable
from pathlib import Path

from scripts.simulator.options import SimulationSummary, SimulatorError, SimulatorOptions

__all__ = ["SimulationSummary", "SimulatorError", "SimulatorOptions", "simulate"]


def simulate(options: SimulatorOptions, out: Path, progress: Callable[[int], None] | None = None) -> SimulationSummary:
    """Write the landing tables of a simulated book into the folder ``out``; see scripts.simulator.run."""
    # its libraries take a third of a second to load, for which the other commands need not wait
    from scripts.simulator.run import simulate as write_simulation  # noqa: PLC0415

    return write_simulation(options, out, progress)
