"""What came of a run, and whether it found what was planted, each thing by the rule meant for it."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tests.torture.defects.good_day import Row
from tests.torture.defects.planting import Alarmed, Expected, Refused, Rejected, Stale, Unvalued

# what each control's list names, in the words of planting.py
NAMES = {
    "custodian_balances": "select scope from audit.reconciliation"
    " where control = 'custodian_balances' and not is_reconciled",
    "price_jumps": "select security_id || ' ' || price_date from audit.price_jumps",
    "stale_prices": "select security_id || ' ' || price_date from audit.stale_prices",
    "old_snapshots": "select portfolio_id || ' ' || snapshot_date from audit.old_snapshots",
    "portfolio_count": "select as_of_date from audit.book_totals where portfolio_count_change <> 0",
    "aum": "select as_of_date from audit.book_totals where aum_change <> 0",
    "freshness": "select as_of_date from staging.stg_as_of_date",
    "rejected_rows": "select distinct table_name from audit.rejected_rows",
}


SILENT = ("holds", "not_compared")


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its exit code, what it said, and what its file says where it left one."""

    exit_code: int
    said: str
    rejected: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    exceptions: frozenset[tuple[str, str, str]] = frozenset()
    stale: frozenset[tuple[str, str]] = frozenset()
    controls: dict[str, str] = field(default_factory=dict)
    names: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def alarms(self) -> list[str]:
        """What was said of the day that a clean one gives no cause for."""
        told = [f"exit code {self.exit_code}"] if self.exit_code else []
        told += [f"{control} {outcome}" for control, outcome in self.controls.items() if outcome not in SILENT]
        told += [f"rejected as {reason}: {table}" for reason, table, *_ in self.rejected]
        return told + [f"no value: {' '.join(exception)}" for exception in self.exceptions]

    def missing(self, expected: Expected) -> str:
        """What of ``expected`` was not found; empty where all of it was."""
        match expected:
            case Rejected():
                wanted = Counter((expected.reason, table, file, as_key(row)) for table, file, row in expected.rows)
                return _told(f"not rejected as {expected.reason}", [row[-1] for row in (wanted - self.rejected)])
            case Unvalued():
                wanted_days = {(portfolio, expected.day, expected.reason) for portfolio in expected.portfolios}
                return _told("no exception", [" ".join(row) for row in sorted(wanted_days - self.exceptions)])
            case Stale():
                wanted_stale = {(portfolio, expected.day) for portfolio in expected.portfolios}
                return _told("not stale", [" ".join(row) for row in sorted(wanted_stale - self.stale)])
            case Alarmed():
                return self._missing_alarm(expected)
            case Refused():
                if self.exit_code != 1 or self.controls:
                    return f"not refused: exit code {self.exit_code}"
                return _told("refused without saying", [word for word in expected.words if word not in self.said])

    def _missing_alarm(self, expected: Alarmed) -> str:
        outcome = self.controls.get(expected.control, "was not computed")
        if outcome not in (("blocks",) if expected.must_block else ("warns", "blocks")):
            return f"{expected.control} {outcome}"
        if outcome == "blocks" and self.exit_code != 3:
            return f"{expected.control} blocks, and the exit code is {self.exit_code}"
        unnamed = set(expected.names) - self.names[expected.control]
        return _told(f"{expected.control} {outcome} without naming", sorted(unnamed))


def as_key(row: Row) -> str:
    """A landed row as one text, whatever the order of its columns."""
    return json.dumps(row, sort_keys=True)


def read_outcome(exit_code: int, said: str, database: Path | None) -> Outcome:
    """The outcome of a run, from its published or blocked file."""
    if database is None:
        return Outcome(exit_code, said)
    with duckdb.connect(str(database), read_only=True) as connection:
        if not connection.execute(
            "from duckdb_tables() where schema_name = 'audit' and table_name = 'controls'"
        ).fetchall():
            return _stopped_early(exit_code, said)

        def rows(query: str) -> list[tuple[str, ...]]:
            return [tuple(map(str, row)) for row in connection.execute(query).fetchall()]

        return Outcome(
            exit_code,
            said,
            rejected=Counter(
                (reason, table, file, as_key(json.loads(raw)))
                for reason, table, file, raw in rows(
                    "select reason, table_name, source_file, raw_row from audit.rejected_rows"
                )
            ),
            exceptions=frozenset(
                (portfolio, day, reason)
                for portfolio, day, reason in rows(
                    "select portfolio_id, as_of_date, reason from audit.valuation_exceptions"
                )
            ),
            stale=frozenset(
                (portfolio, day)
                for portfolio, day in rows(
                    "select portfolio_id, as_of_date from marts.fct_portfolio_daily where stale_position_count > 0"
                )
            ),
            controls={row[0]: row[1] for row in rows("select control, outcome from audit.controls")},
            names={control: frozenset(name for (name,) in rows(query)) for control, query in NAMES.items()},
        )


def _stopped_early(exit_code: int, said: str) -> Outcome:
    """A failed data test ends a build before the controls are there; the message names the controls it stands for."""
    blocking = [control for control in said.split(":", maxsplit=1)[0].split(", ") if control in NAMES]
    words = frozenset(re.findall(r"\w+", said))
    return Outcome(exit_code, said, controls=dict.fromkeys(blocking, "blocks"), names=dict.fromkeys(blocking, words))


def _told(what: str, things: list[str]) -> str:
    if not things:
        return ""
    more = f" and {len(things) - 2} more" if len(things) > 2 else ""
    return f"{what}: {', '.join(things[:2])}{more}"
