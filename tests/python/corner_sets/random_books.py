"""Random books, each the same for the same seed."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from corner_sets.writing import HEADERS, all_trading_days, write_csv, write_parquet_text


def random_set(seed: int, root: Path) -> Path:
    """An adversarial small book, the same for the same seed: 5 to 10 portfolios, 6 securities, about 40 trading days.

    Snapshots come and go, prices are missing, a few rows of every table are bent, and tables come as one file or as
    several drops, CSV or Parquet, that repeat and correct each other.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    first = chance.randrange(len(all_trading_days()) - 60)
    days = [str(day) for day in all_trading_days()[first : first + chance.randint(36, 44)]]
    calendar_days = [
        str(date.fromisoformat(days[0]) + timedelta(offset))
        for offset in range(-4, (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 6)
    ]
    rows = _random_book(chance, days, calendar_days)
    for table, of_table in rows.items():
        _bend(chance, table, of_table, calendar_days)
        if table == "custodian_balances" and chance.random() < 0.2:
            continue
        _write_randomly(chance, root, table, of_table)
    return root


RANDOM_SECURITIES = {"E1": "Equity", "E2": "Equity", "B1": "Bonds", "B2": "Bonds", "CASH": "Cash", "FX": "Cash"}
RANDOM_SCALE = {"E1": 60, "E2": 30, "B1": 40, "B2": 20, "CASH": 500, "FX": 100}


def _random_book(chance: random.Random, days: list[str], calendar_days: list[str]) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = {table: [] for table in HEADERS}
    rows["advisors"] = [[f"A{n}", f"Advisor {n}", chance.choice(["North", "South", ""])] for n in range(1, 4)]
    rows["clients"] = [[f"C{n}", f"Client {n}"] for n in range(1, 5)]
    rows["securities"] = [[name, f"{name} name", asset_class, ""] for name, asset_class in RANDOM_SECURITIES.items()]
    rows["prices"] = _random_prices(chance, days)
    for number in range(1, chance.randint(5, 10) + 1):
        portfolio_id = f"P{number}"
        opened = chance.choice([days[0], days[0], chance.choice(calendar_days)])
        closed = chance.choice(["", "", "", chance.choice(calendar_days)])
        advisor_id, client_id = f"A{chance.randint(1, 3)}", f"C{chance.randint(1, 4)}"
        rows["portfolios"].append([portfolio_id, f"Portfolio {number}", client_id, advisor_id, opened, closed])
        for effective in sorted({opened, *chance.sample(calendar_days, chance.randint(0, 2))}):
            profile = chance.choice(["Conservative", "Moderate", "Moderate", "Moderate", "Aggressive"])
            rows["risk_profile_assignments"].append([portfolio_id, effective, profile])
        for snapshot_date in sorted({opened, *chance.sample(calendar_days, chance.randint(0, 5))}):
            for security_id, quantity in _random_positions(chance, rows["prices"], snapshot_date).items():
                rows["holdings"].append([portfolio_id, snapshot_date, security_id, format(quantity, "f")])
        for day in chance.sample(calendar_days, chance.randint(0, 3)):
            rows["custodian_balances"].append([portfolio_id, day, str(Decimal(chance.randint(0, 10**7)) / 100)])
    rows["portfolios"].append(["MONEY", "Cash only", "C1", "A1", days[0], ""])
    rows["risk_profile_assignments"].append(["MONEY", days[0], "Moderate"])
    rows["holdings"].append(["MONEY", days[0], "CASH", "1234.56"])
    for day in chance.sample(calendar_days, 5):
        rows["custodian_balances"].append(["MONEY", day, chance.choice(["1234.56", "1234.57", "1234.54"])])
    return rows


def _random_prices(chance: random.Random, days: list[str]) -> list[list[str]]:
    prices: list[list[str]] = []
    for security_id, asset_class in RANDOM_SECURITIES.items():
        price = Decimal(1) if asset_class == "Cash" else Decimal(chance.choice(["10", "33.333333", "99.995", "250"]))
        gaps = {chance.randrange(len(days)): chance.choice([1, 2, 5, 6, 7]) for _ in range(chance.randint(0, 2))}
        missing = {index + offset for index, length in gaps.items() for offset in range(length)}
        for index, day in enumerate(days):
            if asset_class != "Cash":
                step = Decimal(chance.randint(-5, 5)) / chance.choice([1, 10, 100, 100, 1000, 1000])
                price = max(price + step, Decimal("0.01"))
            if index not in missing or chance.random() < 0.1:
                prices.append([security_id, day, str(price)])
    return prices


def _random_positions(chance: random.Random, prices: list[list[str]], day: str) -> dict[str, Decimal]:
    """Either near the Moderate target, or any securities in any quantity, cash now and then overdrawn."""
    if chance.random() < 0.6:
        held = [chance.choice(["E1", "E2"]), chance.choice(["B1", "B2"]), chance.choice(["CASH", "CASH", "FX"])]
        return {security_id: _near_target(chance, prices, security_id, day) for security_id in held}
    positions: dict[str, Decimal] = {}
    for security_id in chance.sample(sorted(RANDOM_SCALE), chance.randint(1, 6)):
        quantity = Decimal(chance.randint(0, RANDOM_SCALE[security_id] * 10**6)).scaleb(-chance.choice([0, 3, 6]))
        overdrawn = RANDOM_SECURITIES[security_id] == "Cash" and chance.random() < 0.15
        positions[security_id] = -quantity if overdrawn else quantity
    return positions


def _near_target(chance: random.Random, prices: list[list[str]], security_id: str, day: str) -> Decimal:
    """About the quantity that a Moderate portfolio of 100,000 holds, at the last price of the list before the day."""
    before = [row[2] for row in prices if row[0] == security_id and row[1] <= day] or ["100"]
    weight = {"E": Decimal("0.60"), "B": Decimal("0.35")}.get(security_id[0], Decimal("0.05"))
    jitter = Decimal(chance.randint(-80, 80)) / 1000
    exact = weight * (1 + jitter) * 100_000 / Decimal(before[-1])
    return exact.quantize(Decimal(1).scaleb(-chance.choice([0, 2, 6])))


BENT_VALUES = [
    "", " ", "NOSUCH", "0", "-1", "-0.005", "1e3", "2024-02-30", "1.1234567", "10000000000", "99999999999999999999",
    "x,y", 'a "quote"', "two\nlines", "NaN", "1999-12-31", "2062-01-03", "2035-12-31", "A1", "P1", "+7", "null", "é",
]  # fmt: skip


def _odd_value(chance: random.Random, column: str, calendar_days: list[str]) -> str:
    if column.endswith("_date") and chance.random() < 0.6:
        return chance.choice(calendar_days)
    return chance.choice(BENT_VALUES)


def _bend(chance: random.Random, table: str, rows: list[list[str]], calendar_days: list[str]) -> None:
    """Spoil, repeat, contradict, pad, shorten, lengthen and lose a few rows."""
    width = len(HEADERS[table])
    for _ in range(chance.randint(0, {"prices": 10, "holdings": 6}.get(table, 2))):
        index = chance.randrange(len(rows))
        row = list(rows[index])
        if len(row) != width:
            continue
        column = chance.randrange(width)
        odd = [*row[:column], _odd_value(chance, HEADERS[table][column], calendar_days), *row[column + 1 :]]
        zeros = f"0{row[-1]}" + ("00" if "." in row[-1] else ".0")
        same_number = [*row[:-1], zeros] if row[-1].replace(".", "", 1).isdigit() else row
        padded = [f" {value}\t" for value in row]
        longer = [*row, "more"]
        shorter = row[:-1] if width > 2 else longer
        lost: list[list[str]] = [] if len(rows) > 20 else [row]
        instead = [[odd], [row, odd], [row, row], [row, same_number], [padded], [row, shorter], [row, longer], lost]
        rows[index : index + 1] = chance.choice(instead)


def _write_randomly(chance: random.Random, root: Path, table: str, rows: list[list[str]]) -> None:
    header = HEADERS[table]
    well_formed = all(len(row) == len(header) for row in rows)
    style = chance.random()
    if style < 0.4 or len(rows) < 2:
        write_csv(root / f"{table}.csv", header, rows, chance.choice(["\n", "\r\n"]))
    elif style < 0.5 and well_formed:
        write_parquet_text(root / f"{table}.parquet", header, rows)
    else:
        for number, drop in enumerate(_random_drops(chance, table, rows), start=1):
            path = root / table / f"2024-{number:02}"
            if all(len(row) == len(header) for row in drop) and chance.random() < 0.4:
                write_parquet_text(path.with_suffix(".parquet"), header, drop)
            else:
                write_csv(path.with_suffix(".csv"), header, drop)


def _random_drops(chance: random.Random, table: str, rows: list[list[str]]) -> list[list[list[str]]]:
    """The rows in 2 to 4 drops; a later one resends some of the first, whole or in part, now and then corrected."""
    drops: list[list[list[str]]] = [[] for _ in range(chance.randint(2, 4))]
    if table == "holdings":  # mostly whole snapshots, now and then one torn apart
        of_snapshot = {(row[0], row[1]): chance.randrange(len(drops)) for row in rows}
        for row in rows:
            torn = chance.random() < 0.01
            drops[chance.randrange(len(drops)) if torn else of_snapshot[row[0], row[1]]].append(row)
    else:
        for index, row in enumerate(rows):
            drops[index * len(drops) // len(rows)].append(row)
    for drop in drops[1:]:
        if not drops[0] or chance.random() < 0.3:
            continue
        picked = chance.choice(drops[0])
        width = 2 if table == "holdings" else 1
        again = [list(row) for row in drops[0] if row[:width] == picked[:width]]
        for row in again[: chance.randint(1, len(again))]:
            last = chance.choice(["7", "", "-7"]) if chance.random() < 0.3 else row[-1]
            drop.append([*row[:-1], last])
    return drops
