"""The keys of the marts, as the project declares them beside its models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.warehouse import PROJECT


def declared_keys(folder: Path = PROJECT / "models" / "marts") -> dict[str, tuple[str, ...]]:
    """The columns of each mart's key: of its test `key_is_unique`, or the first column that is `unique`."""
    return {name: key for path in sorted(folder.glob("*.yml")) for name, key in _keys_in(path)}


def _keys_in(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
        keys = [*_keys_of_tests(model), *_unique_columns(model)]
        if keys:
            yield model["name"], keys[0]


def _keys_of_tests(model: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "key_is_unique" in test:
            yield tuple(test["key_is_unique"]["arguments"]["columns"])


def _unique_columns(model: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for column in model.get("columns", []):
        if "unique" in column.get("data_tests", []):
            yield (column["name"],)
