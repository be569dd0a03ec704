"""Which runs keep their files: the newest, the month-ends, and what readers may need."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from scripts.runs import steps
from scripts.runs.audit_log import Journal
from scripts.runs.files import remove
from scripts.runs.history import History, Run
from scripts.runs.inputs import InputStore


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
            kept.update(run.run_id for run in self._kept_of_book(runs, after.rolled_back))
        return [run.run_id for run in after.published() if run.pruned_by is None and run.run_id not in kept]

    def prune(self, journal: Journal) -> None:
        """Remove what the log says is pruned: databases, blocked builds, inputs that no kept run needs. Raises OSError.

        A file of which the log knows nothing stays: the log may be what is wrong.
        """
        warehouse, history = journal.warehouse, journal.history
        for run in history.published():
            if run.pruned_by is not None:
                remove(warehouse.database(run.run_id))
        blocked = [run for run in reversed(history.runs.values()) if run.status == "blocked"]
        for run in blocked[self.blocked_runs :]:
            remove(warehouse.blocked / f"{run.run_id}.duckdb")
        steps.reached("old_runs_pruned")
        if journal.is_sound:
            kept = [run for run in history.published() if run.pruned_by is None] + blocked[: self.blocked_runs]
            InputStore(warehouse).forget_all_but(content for run in kept for content in contents_of(run))
        steps.reached("old_inputs_pruned")

    def _kept_of_book(self, runs: list[Run], rolled_back: Container[str]) -> Iterable[Run]:
        """``runs`` are one book's, the newest first; a run that was taken back is no month's last word."""
        yield from runs[: self.daily_runs]
        last_of_date: dict[str, Run] = {}
        for run in (run for run in runs if run.run_id not in rolled_back):
            last_of_date.setdefault(str(run.as_of_date), run)
        month_ends = {date[:7]: date for date in sorted(last_of_date)}
        yield from (last_of_date[date] for date in month_ends.values())


def contents_of(run: Run) -> list[str]:
    """The SHA-256 of everything that a run was made from."""
    return [*(file[2] for file in run.ended.get("inputs", ())), *filter(None, [run.ended.get("code_hash")])]
