"""Which columns a file must have, and what is said where it has not."""

from collections.abc import Sequence

from scripts.landing.errors import LandingError


def check_header(header: Sequence[str], required: Sequence[str], where: str, *, is_csv: bool) -> None:
    """Raise LandingError unless every required column is there once; ``where`` names table and file."""
    missing = [column for column in required if column not in header]
    if is_csv and missing and len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise LandingError(f"{where}, line 1: fields are not separated by commas; the line reads {header[0][:80]!r}")
    if missing and not [column for column in required if column not in [name.lower() for name in header]]:
        raise LandingError(f"{where}: names of columns are lower case; it has {', '.join(header)}")
    if is_csv and len(missing) == len(required):
        raise LandingError(
            f"{where}, line 1: no header; the first line must name the columns {', '.join(required)}"
            f" and reads {','.join(header)[:80]!r}"
        )
    if missing:
        raise LandingError(f"{where}: lacks the column {', '.join(missing)}; it has {', '.join(header)}")
    twice = sorted({name for name in required if list(header).count(name) > 1})
    if twice:
        raise LandingError(f"{where}: has the column {', '.join(twice)} twice; keep one")
