"""The dashboards as `drift dashboard` serves them, on a port that is free, until they are no longer needed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from scripts.warehouse import PROJECT

DRIFT = Path(sys.executable).with_name("drift")
_SECONDS_TO_START = 120
_SECONDS_TO_END = 60
_ask = build_opener(ProxyHandler({})).open  # this machine, whatever proxy its environment names


class NotServedError(Exception):
    """The server ended, or did not answer in time: the message says what it said."""


@contextmanager
def served(warehouse: Path, log: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the dashboards on what is published in ``warehouse``. Raises NotServedError.

    ``settings`` are environment variables; what the server says is in ``log``.
    """
    port = free_port()
    with log.open("wb") as said:
        server = start(port, warehouse, settings, stdout=said, stderr=subprocess.STDOUT)
        try:
            wait_until_it_answers(server, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            end(server)


def start(
    port: int, warehouse: Path, settings: Mapping[str, str] | None = None, **streams: object
) -> "subprocess.Popen[bytes]":
    """`drift dashboard`, in a process group of its own, as a terminal gives one to a command."""
    environment = {**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(warehouse), **(settings or {})}
    command = [str(DRIFT), "dashboard", "--port", str(port)]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True, **streams)  # type: ignore[call-overload, no-any-return]


def press_ctrl_c(server: "subprocess.Popen[bytes]") -> int:
    """As a terminal does it: every process of the group is interrupted. Returns the exit code."""
    os.killpg(server.pid, signal.SIGINT)
    return server.wait(_SECONDS_TO_END)


def end(server: "subprocess.Popen[bytes]") -> None:
    """End it, whatever state it is in, and leave none of its processes behind."""
    try:
        if server.poll() is None:
            press_ctrl_c(server)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait_until_it_answers(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until its health is well. Raises NotServedError."""
    patience = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < patience:
        if server.poll() is not None:
            raise NotServedError(f"exit code {server.returncode}: {log.read_text(errors='replace')}")
        try:
            with _ask(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise NotServedError(f"no answer within {_SECONDS_TO_START} s: {log.read_text(errors='replace')}")


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
