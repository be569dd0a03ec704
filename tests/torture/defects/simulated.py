"""The simulator's own --defects, in the same good day: what it planted, by the reason it names.

The simulator writes down where each defect is and what must come of it (planted_defects.json); a kind here is one of
its reasons, with all rows and tables that have it.
"""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from scripts.simulator import simulate
from tests.torture.defects.good_day import GoodDay
from tests.torture.defects.planting import Alarmed, Expected, Rejected, Stale, Unvalued

PREFIX = "simulated: "
MOST_REJECTED, OLDEST_CLOSE = 0.9, 5  # share of a table's rows, trading days: so every kind fits into a small book


def plant_simulated(good: GoodDay, folder: Path) -> dict[str, list[Expected]]:
    """Write the same book with one defect of each of the simulator's kinds into ``folder``; returns them by name.

    Raises LookupError where the book has no room for some.
    """
    simulate(
        replace(good.options, defects=1, max_rejected_share=MOST_REJECTED, max_price_age_days=OLDEST_CLOSE), folder
    )
    report = json.loads((folder / "planted_defects.json").read_text(encoding="utf-8"))
    if report["not_planted"]:
        raise LookupError(f"the book has no room for {report['not_planted']}; simulate a larger one")
    kinds: dict[str, list[Expected]] = defaultdict(list)
    for row in report["planted"]:
        landed = row["fields"] or {"line": row["raw_line"]}
        kinds[row["reason"]].append(Rejected(row["reason"], ((row["table"], row["source_file"], landed),)))
    for gap in report["missing_closes"]:
        for day in gap["stale"]:
            kinds[gap["kind"]].append(Stale(tuple(day["portfolio_ids"]), day["as_of_date"]))
        for row in gap["valuation_exceptions"]:
            kinds[gap["kind"]].append(Unvalued(row["reason"], (row["portfolio_id"],), row["as_of_date"]))
    for row in report["custodian_breaks"]:
        scope = f"{row['portfolio_id']} {row['balance_date']}"
        kinds[row["kind"]].append(Alarmed("custodian_balances", (scope,)))
    return {PREFIX + reason: expected for reason, expected in kinds.items()}
