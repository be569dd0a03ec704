"""The landing tables, the trading days, and the writing of CSV and Parquet files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import exchange_calendars
import pyarrow as pa
import pyarrow.parquet as pq

HEADERS: dict[str, list[str]] = {
    "advisors": ["advisor_id", "advisor_name", "team"],
    "clients": ["client_id", "client_name"],
    "portfolios": ["portfolio_id", "portfolio_name", "client_id", "advisor_id", "inception_date", "closed_date"],
    "risk_profile_assignments": ["portfolio_id", "effective_date", "risk_profile"],
    "securities": ["security_id", "security_name", "asset_class", "sector"],
    "prices": ["security_id", "price_date", "close_price"],
    "holdings": ["portfolio_id", "snapshot_date", "security_id", "quantity"],
    "custodian_balances": ["portfolio_id", "balance_date", "market_value"],
}


@cache
def all_trading_days() -> tuple[date, ...]:
    """New York Stock Exchange trading days, 2000 to 2035."""
    calendar = exchange_calendars.get_calendar("XNYS", start="2000-01-01", end="2035-12-31")
    return tuple(session.date() for session in calendar.sessions)


def trading_days(first: str, last: str) -> list[str]:
    return [str(day) for day in all_trading_days() if first <= str(day) <= last]


# 2024-01-02 (a Tuesday) to 2024-01-31, 21 days; the 15th is a holiday, 6/7, 13/14, 20/21, 27/28 are weekends
DAYS = trading_days("2024-01-02", "2024-01-31")
SATURDAY, SUNDAY, HOLIDAY = "2024-01-06", "2024-01-07", "2024-01-15"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], line_end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], line_end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_text(header, rows, line_end).encode())


def write_parquet(path: Path, columns: Mapping[str, object]) -> None:
    """Columns are pyarrow arrays, or lists from which the type is inferred."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path)


def write_parquet_text(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    write_parquet(path, {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(header)})
