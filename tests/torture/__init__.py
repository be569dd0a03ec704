"""Break guarded runs on purpose, repeatably, and look whether one wrong number comes out: ``make torture``."""

import sys
from pathlib import Path

# helpers that the campaigns share with pytest (project, corner_sets, oracle) are imported from where pytest has them
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
