"""A book of made-up portfolios that a portfolio manager would believe, written as the eight landing tables.

The same options give the same bytes. What is drawn comes from streams that are named by the seed, a purpose and, for
portfolios, a block of fixed size (streams.py), so portfolio P00042 is the same in a book of 100 and in one of 200,000.
"""

from scripts.simulator.options import SimulationSummary, SimulatorError, SimulatorOptions
from scripts.simulator.run import simulate

__all__ = ["SimulationSummary", "SimulatorError", "SimulatorOptions", "simulate"]
