"""What tests share: where the real market data is, and the skip that says so where it is absent."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from project import SHARED

if TYPE_CHECKING:
    from dashboard_book import Published

# in a background job Ctrl-C is ignored, and would be by every command that a test stops with it
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_market() -> Path:
    """The landing directory with real prices; it is not part of the repository."""
    landing = SHARED / "real_market"
    if not landing.is_dir():
        pytest.skip(f"{landing} is absent: the real market data is not part of the repository")
    return landing


@pytest.fixture(scope="session")
def published_book(tmp_path_factory: pytest.TempPathFactory) -> "Published":
    """The book that the dashboards are tested on; takes a minute to make, once for all workers."""
    from dashboard_book import published_book  # noqa: PLC0415 (other tests start without it)

    return published_book(tmp_path_factory)


@pytest.fixture(scope="module")
def book(published_book: "Published") -> Iterator["Published"]:
    """The same, as the book that the dashboards read."""
    from dashboard_pages import reading  # noqa: PLC0415

    with reading(published_book.warehouse):
        yield published_book
