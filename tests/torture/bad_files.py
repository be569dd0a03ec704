"""Bad files, each with one outcome that the data contract gives it: accepted, rejected with the reason, or refused.

bad_files.csv lists them, makers/ makes them. What is accepted or rejected shares a few runs, in which each is scored by
itself: a run must reject the planted rows, each with its reason, and no other row, and its marts must be those of the
same book without all that. Where they are not, each of them gets a run to itself, to tell which.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.torture.bad_file_runs import Outcome, Spoilt, Workshop
from tests.torture.campaign import Arena, Fault, HarmError, evidence
from tests.torture.drift import BLOCKED, FAILED, Said
from tests.torture.makers import MAKERS

TABLE = Path(__file__).with_suffix(".csv")
OUTCOMES = ("accepted", "rejected", "refused")


@dataclass(frozen=True)
class BadFile:
    """A line of the table. ``says`` is the reject reason, or the words that a refusal must contain."""

    name: str
    table: str
    outcome: str
    says: tuple[str, ...]


def bad_files(table: Path = TABLE) -> list[BadFile]:
    """The table. Raises HarmError where it and the makers don't match one to one."""
    with table.open(newline="", encoding="utf-8") as file:
        _, *lines = csv.reader(file)
    listed = [BadFile(name, table, outcome, tuple(says.split("; "))) for name, table, _, outcome, says in lines]
    names = Counter(bad_file.name for bad_file in listed)
    faults = [
        *(f"{name} is listed {count} times" for name, count in names.items() if count > 1),
        *(f"{name} is listed and has no maker" for name in sorted(names.keys() - MAKERS.keys())),
        *(f"{name} has a maker and is not listed" for name in sorted(MAKERS.keys() - names.keys())),
        *(f"{one.name} can't be {one.outcome} for {one.says}" for one in listed if not _is_one_outcome(one)),
    ]
    if faults:
        raise HarmError("; ".join(faults))
    return listed


def _is_one_outcome(bad_file: BadFile) -> bool:
    says_something = bad_file.says != ("",)
    return bad_file.outcome in OUTCOMES and says_something == (bad_file.outcome != "accepted")


def inflict_bad_files(arena: Arena) -> Iterator[Fault]:
    """Every bad file at the door; what the door lets in, and a sample of what it refuses, through ``drift run``."""
    with evidence("the table of bad files has a maker for each", TABLE):
        listed = bad_files()
    workshop = Workshop(arena)
    refused = [bad_file for bad_file in listed if bad_file.outcome == "refused"]
    answers = {one: workshop.answer_of_the_door(one.name) for one in refused}
    yield _scored(
        "bad file refused at the door, in one line that says which",
        {one: _wrong_with_refusal(one, answer) for one, answer in answers.items() if answer},
    )
    groups = _groups([bad_file for bad_file in listed if bad_file not in refused])
    if arena.count.asked == "ci":
        groups = groups[:1]
    wrong = _judge(workshop, groups)
    for outcome, fault in (
        ("accepted", "bad file accepted, the marts are those of good writing"),
        ("rejected", "bad rows rejected with the reason, the marts are those without them"),
    ):
        yield _scored(fault, {one: wrong[one] for group in groups for one in group if one.outcome == outcome})
    tried = _to_be_refused_by_runs(arena, answers)
    yield _scored(
        "bad file refused by the whole run, nothing published",
        {
            one: _wrong_with_refused_run(one, said)
            for one, said in zip(tried, workshop.refusals([one.name for one in tried]), strict=True)
        },
    )


def _to_be_refused_by_runs(arena: Arena, answers: Mapping[BadFile, str]) -> list[BadFile]:
    """Those that only a run can refuse, and a sample of those that the door has refused."""
    let_in = [bad_file for bad_file, answer in answers.items() if not answer]
    not_let_in = [bad_file for bad_file, answer in answers.items() if answer]
    sample = arena.how_many(ci=0, slice=4, full=len(not_let_in))
    shown = arena.random("refused by a run").sample(not_let_in, min(sample, len(not_let_in)))
    return [*let_in[: 1 if arena.count.asked == "ci" else None], *shown]


def _scored(fault: str, wrong: Mapping[BadFile, str]) -> Fault:
    """One fault: ``wrong`` says what is wrong with each bad file, and nothing where all is as it must be."""
    told = [f"{bad_file.name}: {harm}" for bad_file, harm in wrong.items() if harm]
    return Fault(fault, len(wrong), len(wrong) - len(told), "; ".join(told))


def _groups(bad_files: Iterable[BadFile]) -> list[list[BadFile]]:
    """Bad files that can lie in one folder: all single rows; of those that change a whole file, one a table."""
    single_rows: list[BadFile] = []
    groups: list[list[BadFile]] = []
    for bad_file in bad_files:
        if MAKERS[bad_file.name].shares_file:
            single_rows.append(bad_file)
            continue
        group = next((group for group in groups if bad_file.table not in [other.table for other in group]), None)
        if group is None:
            groups.append([bad_file])
        else:
            group.append(bad_file)
    return [single_rows, *groups]


def _judge(workshop: Workshop, groups: Sequence[Sequence[BadFile]]) -> dict[BadFile, str]:
    """What is wrong with each of the bad files; nothing where all is as it must be."""
    spoilt = [workshop.spoil({one.name: one.says[0] for one in group}) for group in groups]
    found = dict(zip(map(tuple, groups), workshop.outcomes(spoilt), strict=True))
    wrong: dict[BadFile, str] = {}
    for (group, (outcome, as_if)), one in zip(found.items(), spoilt, strict=True):
        harm = _wrong_with_run(one, outcome, as_if)
        wrong |= dict.fromkeys(group, harm)
        if harm and len(group) > 1:
            workshop.arena.say(f"  {len(group)} bad files in one run: {harm}; now each has a run to itself")
            alone = _judge(workshop, [[bad_file] for bad_file in group])
            wrong |= alone if any(alone.values()) else {group[0]: f"not alone, but among {len(group)} others: {harm}"}
    return wrong


def _wrong_with_run(spoilt: Spoilt, outcome: Outcome, as_if: Outcome) -> str:
    """What differs from what must be: planted rows that were not rejected so, others that were, other marts."""
    for what, failure in (("it", outcome.failure), ("the same book without it", as_if.failure)):
        if failure:
            return f"{what} was not published: {failure}"
    if outcome.rejected != spoilt.rejected:
        kept, others = spoilt.rejected - outcome.rejected, outcome.rejected - spoilt.rejected
        return f"{kept.total()} planted rows not rejected so: {_first(kept)}; {others.total()} others: {_first(others)}"
    if outcome.content != as_if.content:
        return (
            f"other marts: {', '.join(name for name in as_if.content if as_if.content[name] != outcome.content[name])}"
        )
    return ""


def _first(rows: Iterable[object]) -> str:
    return str(next(iter(rows), "none"))[:300]


def _wrong_with_refusal(bad_file: BadFile, answer: str) -> str:
    """What is wrong with the words of a refusal: one line that names the table, and contains what the table says."""
    if "\n" in answer or f"{bad_file.table}: " not in answer:
        return f"not one line about {bad_file.table}: {answer!r}"
    lacking = [words for words in bad_file.says if words not in answer]
    return f"lacks {lacking}: {answer!r}" if lacking else ""


def _wrong_with_refused_run(bad_file: BadFile, refusal: tuple[Said, str]) -> str:
    """What is wrong with a run that must fail: its exit code, its words, or what readers see after it."""
    said, harm = refusal
    if said.exit_code not in (FAILED, BLOCKED) or harm:
        return harm or said.told()
    answer, what_stands, *_ = [line for line in said.err.splitlines() if not line.startswith("Note: ")]
    if "Traceback" in said.out + said.err or not what_stands.startswith("Nothing was published"):
        return f"not in one line: {said.told()}"
    return _wrong_with_refusal(bad_file, answer)
