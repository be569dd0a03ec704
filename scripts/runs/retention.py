"""Which runs keep their files: the newest, the month-ends, and what readers may need."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.runs import steps
from scripts.runs.history import History, Run
from scripts.runs.inputs import InputStore
from scripts.warehouse import Warehouse


@dataclass(frozen=True)
class Retention:
    """How much is kept of each book: vars kept_daily_runs and kept_blocked_runs of dbt_project.yml."""

    daily_runs: int
    blocked_runs: int

    def runs_to_prune(self, before: History, after: History) -> list[str]:
        """The published runs that lose their files when the history goes on from ``before`` to ``after``.

        Kept are, of each book: the newest runs; the last run of each month's last as-of date. And what readers see, now
        and before, to fall back on.
        """
        kept = {run.run_id for run in (before.current, after.current) if run is not None}
        for book in {run.book for run in after.runs.values()}:
            runs = [run for run in after.published(book) if run.pruned_by is None]
            kept.update(run.run_id for run in self._kept_of_book(runs))
        return [run.run_id for run in after.published() if run.pruned_by is None and run.run_id not in kept]

    def prune(self, warehouse: Warehouse, history: History) -> None:
        """Remove the files that no kept run needs: databases, blocked builds, inputs. Raises OSError."""
        published = {run.run_id for run in history.published() if run.pruned_by is None}
        _remove_others(warehouse.published.glob("*"), {f"{run_id}.duckdb" for run_id in published})
        blocked = [run.run_id for run in history.runs.values() if run.status == "blocked"][-self.blocked_runs :]
        _remove_others(warehouse.blocked.glob("*"), {f"{run_id}.duckdb" for run_id in blocked})
        steps.reached("old_runs_pruned")
        InputStore(warehouse).forget_all_but(
            content for run_id in (*published, *blocked) for content in contents_of(history.runs[run_id])
        )
        steps.reached("old_inputs_pruned")

    def _kept_of_book(self, runs: list[Run]) -> Iterable[Run]:
        """``runs`` are one book's, the newest first."""
        yield from runs[: self.daily_runs]
        last_of_date: dict[str, Run] = {}
        for run in runs:
            last_of_date.setdefault(str(run.as_of_date), run)
        month_ends = {date[:7]: date for date in sorted(last_of_date)}
        yield from (last_of_date[date] for date in month_ends.values())


def contents_of(run: Run) -> list[str]:
    """The SHA-256 of everything that a run was made from."""
    return [*(file[2] for file in run.result.get("inputs", ())), *filter(None, [run.result.get("code_hash")])]


def _remove_others(paths: Iterable[Path], kept: set[str]) -> None:
    for path in paths:
        if path.name not in kept:
            path.unlink()
