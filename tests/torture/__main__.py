"""``python -m tests.torture``: run the campaigns, print one table, stop at the first fault that is not survived."""

import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.torture.audit_log_damage import tamper
from tests.torture.bad_files import inflict_bad_files
from tests.torture.campaign import Arena, Campaign, Count, Fault, NotSurvivedError
from tests.torture.clean_days import deliver_clean_days
from tests.torture.damage import damage
from tests.torture.defects import plant_defects
from tests.torture.disk_full import fill_the_disk
from tests.torture.failures import fail
from tests.torture.kills import kill_after_steps, kill_at_random
from tests.torture.steady_readers import publish_under_readers
from tests.torture.stops import stop
from tests.torture.two_at_once import run_two_at_once

CAMPAIGNS = (
    Campaign("kills", "a run is killed at a random moment", kill_at_random),
    Campaign("steps", "a run is killed after each of its steps", kill_after_steps),
    Campaign("stops", "a run is stopped, or a step of it meets an input/output error", stop),
    Campaign("failures", "a run ends badly for a reason of its own", fail),
    Campaign("disk_full", "the disk runs full at some step", fill_the_disk),
    Campaign("two_at_once", "two commands want one warehouse", run_two_at_once),
    Campaign("readers", "runs are published while readers read", publish_under_readers),
    Campaign("damage", "what is published is damaged afterwards", damage),
    Campaign("audit_log", "the audit log is changed by hand, or torn", tamper),
    Campaign("bad_files", "a file is bad: accepted, rejected or refused, as it must be", inflict_bad_files),
    Campaign("defects", "a defect is planted in a good day, for the rule meant for it to catch", plant_defects),
    Campaign("clean_days", "nothing is wrong, and nothing may be said", deliver_clean_days),
)

_PROGRESS = Console(stderr=True, highlight=False, soft_wrap=True)


def torture(
    seed: Annotated[int, typer.Option(help="Every choice comes from it: the same seed tries the same things.")] = 7,
    count: Annotated[
        str, typer.Option(help="ci: some minutes. slice: under 15 minutes. full: hours. Or a number of repeats.")
    ] = "slice",
    campaign: Annotated[
        list[str] | None, typer.Option(help="Only this campaign; may be given several times.", metavar="NAME")
    ] = None,
) -> None:
    """Break guarded runs on purpose and look whether one wrong number comes out.

    Exit code 0: all was survived. 1: something was not, and the folder that shows it is kept. 2: wrong arguments.
    """
    chosen = _chosen(campaign or [])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored, and its children's too
    try:
        asked = Count(count)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--count") from None
    folder = Path(tempfile.mkdtemp(prefix="torture_"))
    _tell(f"seed {seed}, count {count}, everything below {folder}")
    faults: list[tuple[Campaign, Fault, float]] = []
    try:
        for one in chosen:
            arena = Arena(folder / one.name, seed, asked, _tell)
            arena.folder.mkdir()
            _inflict(one, arena, faults)
    except NotSurvivedError as harm:
        _print_table(faults)
        print(f"NOT SURVIVED  {harm.fault}: {harm.happened}\nevidence      {harm.evidence}")
        sys.exit(1)
    except BaseException:
        _tell(f"stopped; what was at work is left in {folder}")
        raise
    shutil.rmtree(folder)
    _print_table(faults)


def _chosen(names: list[str]) -> list[Campaign]:
    known = [campaign.name for campaign in CAMPAIGNS]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(known)}", param_hint="--campaign")
    return [campaign for campaign in CAMPAIGNS if not names or campaign.name in names]


def _inflict(campaign: Campaign, arena: Arena, faults: list[tuple[Campaign, Fault, float]]) -> None:
    _tell(f"{campaign.name}: {campaign.about}")
    start = time.monotonic()
    for fault in campaign.inflict(arena):
        seconds = time.monotonic() - start
        faults.append((campaign, fault, seconds))
        _tell(
            f"  {fault.name}: {fault.survived} of {fault.tried} ({seconds:.0f} s){': ' * bool(fault.note)}{fault.note}"
        )
        if not fault.holds:
            raise NotSurvivedError(
                fault.name, f"survived {fault.survived} of {fault.tried}; {fault.note}", arena.folder
            )
        start = time.monotonic()


def _print_table(faults: list[tuple[Campaign, Fault, float]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("Fault", no_wrap=True)
    table.add_column("Tried", justify="right")
    table.add_column("Survived", justify="right")
    table.add_column("Note")
    before = None
    for campaign, fault, _ in faults:
        if campaign is not before:
            table.add_row(f"[bold]{campaign.name}[/bold]")
            before = campaign
        table.add_row(f"  {escape(fault.name)}", str(fault.tried), str(fault.survived), escape(fault.note))
    tried = sum(fault.tried for _, fault, _ in faults)
    survived = sum(fault.survived for _, fault, _ in faults)
    table.add_row("[bold]all[/bold]", str(tried), str(survived), f"in {sum(seconds for *_, seconds in faults):.0f} s")
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)


def _tell(text: str) -> None:
    _PROGRESS.print(escape(text))


if __name__ == "__main__":
    typer.run(torture)
