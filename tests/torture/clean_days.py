"""Clean days, delivered one after the other: no control may say a word.

Each book lives through a simulated history; its last days come one by one, for some books as daily drops, for others
in whole files that grow. What a day can't know yet (a portfolio's opening or end, the next profile) does not come with
it. Every day is a guarded run, as of that day, in the book's one warehouse. At the end one book's last day comes again
with one wrong close, and must not pass: silence that nothing breaks would prove nothing.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from project import copy_of_project

from scripts.simulator import SimulatorOptions
from scripts.simulator.days import trading_days
from tests.torture.campaign import PARALLEL, Arena, Fault, side_by_side
from tests.torture.defects.good_day import DROPPED, Landing, Row, day_of, number, recent_sessions, simulated
from tests.torture.defects.slots import Slot
from tests.torture.drift import events_of

PORTFOLIOS = 60
HISTORY = 40  # trading days before the first that is delivered
MOST_DAYS = 25  # of one book


@dataclass(frozen=True)
class Book:
    """What was simulated, and the days of it that are delivered one by one."""

    tables: Mapping[str, Sequence[Row]]
    days: tuple[str, ...]
    comes_in_drops: bool

    def delivered(self, day: str) -> Landing:
        """The landing folder as it is on ``day``."""
        files: dict[str, list[Row]] = defaultdict(list)
        for table, rows in self.tables.items():
            for row in rows:
                if self._is_known(table, row, day):
                    files[self._file(table, row)].append(_as_known(row, day))
        return Landing(files)

    @cached_property
    def _openings(self) -> dict[str, str]:
        """The day of each portfolio's first snapshot."""
        return {row["portfolio_id"]: row["snapshot_date"] for row in reversed(self.tables["holdings"])}

    def _is_known(self, table: str, row: Row, day: str) -> bool:
        if table in DROPPED:
            return day_of(table, row) <= day
        is_open = self._openings.get(row.get("portfolio_id", ""), "") <= day
        return is_open and row.get("effective_date", "") <= day

    def _file(self, table: str, row: Row) -> str:
        if table in DROPPED and self.comes_in_drops:
            return f"{table}/{max(day_of(table, row), self.days[0])}.csv"
        return f"{table}.csv"


@dataclass(frozen=True)
class Lived:
    """What came of one book: the alarms of each day that had any, and of the day with a wrong close."""

    alarms: Mapping[str, Sequence[str]]
    alarms_of_wrong_day: Sequence[str]


def deliver_clean_days(arena: Arena) -> Iterator[Fault]:
    """The campaign ``clean_days``."""
    days = arena.how_many(ci=2, slice=4, full=250)
    of_a_book = min(max(days // PARALLEL, 2), MOST_DAYS)
    project = copy_of_project(arena.folder)
    books = range(-(-days // of_a_book))
    lives = list(side_by_side(partial(_live, arena, project, of_a_book), list(books)))
    alarms = [f"{day}: {', '.join(said)}" for life in lives for day, said in life.alarms.items()]
    tried = of_a_book * len(books)
    yield Fault("clean days without an alarm", tried, tried - len(alarms), "; ".join(alarms))
    (said,) = [life.alarms_of_wrong_day for life in lives[:1]]
    yield Fault("the last of them with one wrong close", 1, int("price_jumps warns" in said), ", ".join(said))


def _live(arena: Arena, project: Path, day_count: int, number: int) -> Lived:
    """Simulate a book and deliver it day by day; the warehouse is kept where a day alarms."""
    folder = arena.new_folder(f"book_{number}")
    book = _simulate(arena, folder, day_count, number)
    slot = Slot(folder, project)
    slot.begin(None)
    alarms: dict[str, list[str]] = {}
    for day in book.days:
        book.delivered(day).write(slot.landing)
        if said := _alarms(slot, day):
            alarms[day] = said
            arena.say(f"  book {number + 1}, {day}: {', '.join(said)}")
    wrong = _with_wrong_close(book, slot) if number == 0 else []
    if not alarms:
        shutil.rmtree(folder)
    arena.say(f"  book {number + 1}: {len(book.days)} days to {book.days[-1]}, {len(alarms)} with an alarm")
    return Lived(alarms, wrong)


def _simulate(arena: Arena, folder: Path, day_count: int, number: int) -> Book:
    chance = arena.random("book", number)
    end = chance.choice(recent_sessions()).item()
    options = SimulatorOptions(PORTFOLIOS, HISTORY + day_count, chance.randrange(1_000_000), end)
    days = trading_days(options.days, end).sessions.astype(str).tolist()
    return Book(simulated(options, folder / "simulated"), tuple(days[-day_count:]), number % 2 == 0)


def _as_known(row: Row, day: str) -> Row:
    """A row without the end of a portfolio that is still to come."""
    return {**row, "closed_date": ""} if row.get("closed_date", "") > day else row


def _alarms(slot: Slot, day: str) -> list[str]:
    """Everything that a run says of a day that gives no cause for it."""
    outcome = slot.run(day)
    results = events_of(slot.warehouse)[-1]["results"]
    return outcome.alarms + [
        f"{node} {status}" for node, _, status, *_ in results if status in ("warn", "fail", "error")
    ]


def _with_wrong_close(book: Book, slot: Slot) -> list[str]:
    """The last day once more, one widely held security's close ten times too high."""
    landing = book.delivered(book.days[-1])
    held = [row["security_id"] for row in landing.rows("holdings")]
    security = max(set(held) - {"USD"}, key=lambda name: (held.count(name), name))
    for row in landing.rows("prices"):
        if row["security_id"] == security and row["price_date"] == book.days[-1]:
            row["close_price"] = number(row["close_price"], 10)
    landing.write(slot.landing)
    return _alarms(slot, book.days[-1])
