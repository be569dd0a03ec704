"""Text on its way into SQL."""

import re
from pathlib import Path


def quoted(text: str) -> str:
    """``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def literal_path(path: Path) -> str:
    """A path as a SQL string literal that DuckDB takes for a name, not for a pattern."""
    return quoted(re.sub(r"([*?\[])", r"[\1]", str(path)))
