"""What must hold after a run that was disturbed, and after the next one, which is not."""

from collections.abc import Collection, Sequence

from tests.torture.books import Book
from tests.torture.campaign import HarmError
from tests.torture.drift import PUBLISHED, Drift, Said, expect_no_process
from tests.torture.readers import expect_seen
from tests.torture.stage import Stage


def expect_all_or_nothing(
    drift: Drift, stage: Stage, old: Book, said: Said, codes: Collection[int], words: Sequence[str] = ()
) -> bool:
    """Raise HarmError unless the run was published, or ended with one of ``codes`` and left readers the old book.

    One that was not published says every word of ``words``, each in a line without a traceback, and leaves nothing at
    work and nothing half-done. Returns whether it was published.
    """
    expect_no_process(drift.warehouse)
    if said.exit_code == PUBLISHED:
        expect_seen(drift.warehouse, stage.books, drift.book)
        return True
    expect_seen(drift.warehouse, stage.books, old)
    if said.exit_code not in codes:
        raise HarmError(f"expected exit code {' or '.join(map(str, sorted(codes)))}: {said.told()}")
    if "Traceback" in said.err:
        raise HarmError(f"a traceback where a line was expected: {said.told()}")
    missing = [word for word in words if not any(word in line for line in said.err.splitlines())]
    if missing:
        raise HarmError(f"it does not say {missing}: {said.told()}")
    left = list(drift.warehouse.builds.glob("*"))
    if left:
        raise HarmError(f"it left work in progress behind: {', '.join(path.name for path in left)}")
    return False


def expect_refused(
    drift: Drift, stage: Stage, old: Book, said: Said, codes: Collection[int], words: Sequence[str] = ()
) -> None:
    """Raise HarmError unless the run was not published, and said why."""
    if expect_all_or_nothing(drift, stage, old, said, codes, words):
        raise HarmError("it was published")


def expect_recovery(drift: Drift, stage: Stage) -> None:
    """Raise HarmError unless the next run succeeds with no hand work, readers see it, and all is in order again."""
    drift.publish()
    expect_seen(drift.warehouse, stage.books, drift.book)
    drift.expect_sound()
