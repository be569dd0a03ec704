"""Policy files are edited by people: read them strictly, and say which line and column to mend."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from scripts.landing.csv_records import open_csv
from scripts.landing.errors import LandingError
from scripts.landing.headers import check_header
from scripts.landing.queries import LandedCsv, csv_rows
from scripts.landing.sql_text import quoted

# no limit: the last band or bin, a control that does not warn or does not block
MAY_BE_EMPTY = ("max_drift", "max_probability", "warning_limit", "blocking_limit")
_DECIMAL_TYPE = re.compile(r"decimal\((\d+), *(\d+)\)")


def policy_query(path: Path, column_types: Mapping[str, str], landed_csv: LandedCsv) -> str:
    """SQL for the typed rows of the policy file ``path``; ``column_types`` names every column and its SQL type.

    Raises LandingError for anything but a clean file: nobody can act on half a policy.
    """
    table = path.stem
    csv_file = open_csv(path, table)
    if csv_file is None:
        raise LandingError(f"{table}: {path} is empty; it must have a header and at least one row")
    columns = list(column_types)
    check_header(csv_file.header, columns, f"{table}: {path}", is_csv=True)
    rows = csv_rows(csv_file, columns)
    if len(rows) == 0:
        raise LandingError(f"{table}: {path} has a header and no row; policy needs at least one")
    for row in rows.to_pylist():
        _check_row(f"{table}: {path}, line {row['source_line']}", row["fields"], column_types, row["malformed_line"])
    landed_csv.put(path, rows)
    typed = ",\n".join(
        f"    cast(nullif(trim(policy.fields[{n}], ' \t'), '') as {column_types[column]}) as {column}"
        for n, column in enumerate(columns, start=1)
    )
    return f"select\n{typed}\nfrom (select unnest(csv_rows({quoted(str(path))})) as policy)"


def _check_row(
    where: str, fields: list[str] | None, column_types: Mapping[str, str], malformed_line: str | None
) -> None:
    if fields is None:
        raise LandingError(f"{where}: not {len(column_types)} fields of UTF-8 text: {malformed_line!r}")
    for (column, sql_type), value in zip(column_types.items(), fields, strict=True):
        text = value.strip(" \t")
        if not text and column not in MAY_BE_EMPTY:
            raise LandingError(f"{where}: {column} is empty; fill it in")
        if text and not _fits(text, sql_type.lower()):
            raise LandingError(
                f"{where}: {column} is {value!r}, which is no {sql_type}{_HINTS.get(sql_type.lower(), '')}"
            )


_HINTS = {"date": "; write YYYY-MM-DD", "boolean": "; write true or false", "decimal(18,10)": "; write 0.05 for 5 %"}


def _fits(text: str, sql_type: str) -> bool:
    if sql_type == "date":
        return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and _is_a_day(text)
    if sql_type == "integer":
        return re.fullmatch(r"[+-]?[0-9]{1,9}", text) is not None
    if sql_type == "boolean":
        return text in ("true", "false")
    decimal = _DECIMAL_TYPE.fullmatch(sql_type)
    if decimal is not None:
        width, scale = int(decimal[1]), int(decimal[2])
        return re.fullmatch(rf"[+-]?0*[0-9]{{1,{width - scale}}}(\.[0-9]{{1,{scale}}}0*)?", text) is not None
    return True


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
