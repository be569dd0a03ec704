"""Start the dashboards: a Streamlit server on this machine, which reads what was published and writes nothing."""

import os
import socket
import sys
from typing import Annotated

import typer

from scripts.warehouse import PROJECT

_APP = PROJECT / "dashboards" / "app.py"


def dashboard(
    port: Annotated[int, typer.Option(help="The port to listen at.", min=1, max=65535)] = 8501,
    address: Annotated[
        str,
        typer.Option(
            help="The address to listen at; whoever reaches it sees every client. Left out: this machine only."
        ),
    ] = "127.0.0.1",
) -> None:
    """Serve the dashboards until Ctrl-C. A run may publish meanwhile; neither waits for the other."""
    try:
        import streamlit  # noqa: F401, PLC0415 (in the group `dashboard`: other commands do without it)
    except ModuleNotFoundError:
        typer.echo("drift dashboard: streamlit is not installed; run `make dashboard`", err=True)
        raise typer.Exit(2) from None
    trouble = _trouble_with(address, port)
    if trouble:
        typer.echo(f"drift dashboard: {address}:{port} can't be listened at ({trouble}); choose --port", err=True)
        raise typer.Exit(2)
    typer.echo(f"Portfolio Drift is served at http://{address}:{port} until you press Ctrl-C.")
    # the server takes this process's place: whoever ends the command ends the server, by whatever signal
    os.chdir(PROJECT)
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(_APP)),
        *("--server.port", str(port), "--server.address", address, "--logger.hideWelcomeMessage", "true"),
    ]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": str(PROJECT)})  # noqa: S606 (no shell is wanted)


def _trouble_with(address: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(place)
    except OSError as refused:
        return refused.strerror or str(refused)
    return None
