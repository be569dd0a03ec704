"""What tests share: where the real market data is, and the skip that says so where it is absent."""

import signal
from pathlib import Path

import pytest
from project import SHARED

# in a background job Ctrl-C is ignored, and would be by every command that a test stops with it
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_market() -> Path:
    """The landing directory with real prices; it is not part of the repository."""
    landing = SHARED / "real_market"
    if not landing.is_dir():
        pytest.skip(f"{landing} is absent: the real market data is not part of the repository")
    return landing
