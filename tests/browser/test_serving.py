"""`drift dashboard` as a command: at a port that is taken, and when it is ended."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from scripts.warehouse import PROJECT
from tests.browser.serving import DRIFT, end, free_port, press_ctrl_c, start, wait_until_it_answers


def test_a_port_that_is_taken_is_one_line(site: str) -> None:
    port = site.rsplit(":", 1)[1]
    second = subprocess.run(
        [DRIFT, "dashboard", "--port", port], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120
    )
    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr.splitlines() == [
        f"drift dashboard: 127.0.0.1:{port} can't be listened at (Address already in use); choose --port"
    ]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_it_ends_when_it_is_told_to(ending: signal.Signals, browser: object, tmp_path: Path) -> None:
    """Even with nothing published the server stands; told to end, it leaves nothing behind at its port."""
    port, log = free_port(), tmp_path / "server.log"
    with log.open("wb") as said:
        server = start(port, tmp_path / "warehouse", stdout=said, stderr=subprocess.STDOUT)
        try:
            wait_until_it_answers(server, port, log)
            if ending == signal.SIGINT:
                code = press_ctrl_c(server)
            else:
                server.terminate()  # the process that was started, and no other
                code = server.wait(60)
            with socket.socket() as door:
                assert door.connect_ex(("127.0.0.1", port)) != 0
        finally:
            end(server)
    assert code == 0
    assert "Traceback" not in log.read_text()
    assert f"http://127.0.0.1:{port}" in log.read_text()
