"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

from scripts.warehouse import PROJECT

_LIBRARIES = ("duckdb", "dbt-core", "dbt-duckdb", "pyarrow", "numpy", "pandas", "polars", "sqlalchemy", "streamlit")


def describe() -> dict[str, str]:
    """The machine, the versions and the state of the code, by name."""
    memory = psutil.virtual_memory()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "cores": f"{len(os.sched_getaffinity(0))} used of {os.cpu_count()}",
        "memory": f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB of it free",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{library: _version(library) for library in _LIBRARIES},
        "code": _code(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"


def _code() -> str:
    """The commit, and whether the files differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(PROJECT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "no commit") + changed
