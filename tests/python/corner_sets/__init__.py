"""Small landing directories built for the corners of the data contract, to compare a build with the oracle.

`CORNERS`, `POLICY_CORNERS` (they bring a policy folder of their own), `REFUSED` (they must not build, and the message
must contain the fragments given) and `random_set(seed, root)`. `VARS` has the dbt vars that a set is to be built with.
All are to be built with max_rejected_share 1.
"""

from corner_sets.book import CORNERS, VARS, Book
from corner_sets.policies import POLICY_CORNERS, write_policy
from corner_sets.random_books import random_set
from corner_sets.refused import REFUSED
from corner_sets.writing import DAYS

# Each of these registers its sets: their order is that of CORNERS.
# isort: off
from corner_sets import drift, days, prices, money, rejected, files, custodian  # noqa: F401
# isort: on

__all__ = [
    "CORNERS",
    "DAYS",
    "POLICY_CORNERS",
    "REFUSED",
    "VARS",
    "Book",
    "random_set",
    "write_policy",
]
