"""A spoilt book, published and served once, and a browser that notices whatever goes wrong on a page."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scripts.reader import open_database
from scripts.warehouse import PROJECT, Warehouse
from tests.browser.browsing import DESK, PATIENCE, Watch, chromium
from tests.browser.serving import DRIFT, served

# in a background job Ctrl-C is ignored, and would be by the servers that a test stops with it
signal.signal(signal.SIGINT, signal.default_int_handler)

SETTINGS = {"PORTFOLIO_DRIFT_TODAY": "2026-07-01", "PORTFOLIO_DRIFT_LOOKS_EVERY": "1s"}


@dataclass(frozen=True)
class Publisher:
    """A landing folder and the warehouse that it is published into."""

    landing: Path
    warehouse: Warehouse

    @property
    def runs(self) -> list[str]:
        """What was published, the oldest first."""
        return sorted(path.stem for path in self.warehouse.published.glob("*.duckdb"))

    def run(self, *options: str) -> "subprocess.Popen[str]":
        """`drift run`, begun."""
        return subprocess.Popen(
            [
                *(str(DRIFT), "run", "--landing", str(self.landing), "--book", "spoilt"),
                *("--vars", "max_rejected_share: 1", *options),
            ],
            cwd=PROJECT,
            env={**os.environ, "PORTFOLIO_DRIFT_WAREHOUSE": str(self.warehouse.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def publish(self) -> None:
        """`drift run`, to its end."""
        run = self.run()
        _, complained = run.communicate()
        assert run.returncode == 0, complained

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is published says."""
        with open_database(self.warehouse.link) as connection:
            return connection.execute(query).fetchall()

    def copy(self, folder: Path) -> "Publisher":
        """One like it that a test may change."""
        shutil.copytree(self.landing, folder / "landing")
        shutil.copytree(self.warehouse.folder, folder / "warehouse", symlinks=True)
        return Publisher(folder / "landing", Warehouse(folder / "warehouse"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or a skip that says how to get it."""
    if shutil.which("chromium") is None:
        pytest.skip("Chromium is not installed; `apt-get install chromium` brings it")
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def book(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    """A small book, of several pages, with some of each kind of bad row."""
    folder = tmp_path_factory.mktemp("book")
    made_up = ("--portfolios", "140", "--days", "60", "--defects", "1", "--max-rejected-share", "1")
    subprocess.run([DRIFT, "simulate", *made_up, "--out", folder / "landing"], check=True, capture_output=True)
    publisher = Publisher(folder / "landing", Warehouse(folder / "warehouse"))
    publisher.publish()
    return publisher


@pytest.fixture(scope="session")
def site(book: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboards on the book."""
    with served(book.warehouse.folder, tmp_path_factory.mktemp("site") / "server.log", SETTINGS) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address as a visitor who was never here. Afterwards: no error, and nothing asked of another host."""
    watches: list[Watch] = []
    contexts = []

    def open_(url: str, theme: Any = "light", size: tuple[int, int] = DESK) -> Page:
        watch = Watch("/".join(url.split("/")[:3]))
        context = browser.new_context(
            color_scheme=theme, viewport={"width": size[0], "height": size[1]}, accept_downloads=True
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", watch.over)
        page = context.new_page()
        page.goto(url)
        watches.append(watch)
        contexts.append(context)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [trouble for watch in watches for trouble in watch.troubles] == []
