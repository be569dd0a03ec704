"""What a build must publish, computed a second time from the data contract alone.

Plain Python with whole numbers: no SQL, no data frame, no float. It is written to be checked by reading it beside the
contract, and the warehouse is then compared with it row for row (`differences`).

Units inside this package: quantities and prices are whole millionths, money is whole cents, weights and drifts are
whole units of 1e-10. They become Decimal at the edge.
"""

from oracle.arithmetic import divide_half_away, position_cents
from oracle.comparing import MAX_DIFFERENCES, column_type, differences
from oracle.computing import compute
from oracle.judging import parse_date, parse_number
from oracle.landing_tables import Refused
from oracle.outcome import COLUMNS, NOT_COMPARED, Outcome
from oracle.reading import as_written, csv_records

__all__ = [
    "COLUMNS",
    "MAX_DIFFERENCES",
    "NOT_COMPARED",
    "Outcome",
    "Refused",
    "as_written",
    "column_type",
    "compute",
    "csv_records",
    "differences",
    "divide_half_away",
    "parse_date",
    "parse_number",
    "position_cents",
]
