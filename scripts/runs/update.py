"""Whether a run brings the book's last published file up to date, or builds everything, and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.runs.files import copy_file, remove
from scripts.runs.history import History, Run
from scripts.runs.rebuild import Recipe
from scripts.warehouse import Warehouse, shown

# what must be as it was in the run that is brought up to date: with anything else every number may differ
_MAKE = {"dbt_version": "dbt", "duckdb_version": "DuckDB", "target": "the target"}


@dataclass(frozen=True)
class Plan:
    """What a run starts from: ``earlier``, the published run to bring up to date, or nothing, and why."""

    earlier: Run | None
    why: str = ""

    def database(self, warehouse: Warehouse) -> Path | None:
        """The published file to bring up to date."""
        return None if self.earlier is None else warehouse.database(self.earlier.run_id)


def plan_of(history: History, run: Run, code_sha256: str, *, full_refresh: bool) -> Plan:
    """How ``run``, which has started, is to be made from the book's last published run that was not rolled back."""
    standing = history.standing(run.book)
    if full_refresh or not standing:
        return Plan(None, "as asked for" if full_refresh else "it is the book's first run")
    earlier = standing[0]
    changed = [*_changed_make(earlier, run, code_sha256), *_changed_vars(earlier, run)]
    return Plan(None, f"not as in {earlier.run_id}: {', '.join(changed)}") if changed else Plan(earlier)


def lay_out(plan: Plan, warehouse: Warehouse, copy: Path) -> Plan:
    """Copy the file to bring up to date; the plan is to build everything where it is not what was published.

    Raises OSError where it can't be copied.
    """
    database = plan.database(warehouse)
    if plan.earlier is None or database is None:
        return plan
    if not database.is_file():
        return Plan(None, f"{shown(database)} is missing")
    if copy_file(database, copy) != plan.earlier.sha256:
        remove(copy)
        return Plan(None, f"{shown(database)} is damaged: it is not what was published")
    return plan


def _changed_make(earlier: Run, run: Run, code_sha256: str) -> list[str]:
    code = [] if earlier.ended.get("code_hash") == code_sha256 else ["the project's code"]
    return [*code, *(told for name, told in _MAKE.items() if earlier.started[name] != run.started[name])]


def _changed_vars(earlier: Run, run: Run) -> list[str]:
    before, now = (_vars_behind_the_numbers(one) for one in (earlier, run))
    return sorted(f"the var {name}" for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _vars_behind_the_numbers(run: Run) -> dict[str, Any]:
    """All but the as-of date: the days that a book has follow from its input, of which it is a part."""
    return {name: str(value) for name, value in Recipe.variables_of(run).items() if name != "as_of_date"}
