"""The dashboards: `make dashboard`, or `drift dashboard`. Which pages there are, and what every rerun begins with."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards import frame, links
from dashboards.book import Book, open_book
from dashboards.views import advisors, monitor, policy, portfolio, quality, trends
from scripts.warehouse import WarehouseError

_PAGES: dict[str, tuple[str, Callable[[Book], None]]] = {
    links.MONITOR: ("Drift monitor", monitor.show),
    links.PORTFOLIO: ("Portfolio", portfolio.show),
    links.ADVISORS: ("Advisors", advisors.show),
    links.TRENDS: ("Trends", trends.show),
    links.QUALITY: ("Data quality", quality.show),
    links.POLICY: ("Policy", policy.show),
}
_STYLE = (Path(__file__).parent / "assets" / "page.css").read_text(encoding="utf-8")


def main(start: str = links.MONITOR) -> None:
    """Show the page of the address; ``start`` is the one of the bare address."""
    st.set_page_config(
        page_title="Portfolio Drift",
        page_icon=str(Path(__file__).parent / "assets" / "icon.png"),
        layout="wide",
    )
    st.html(f"<style>{_STYLE}</style>")
    pages = {
        name: st.Page(_page(show), title=title, url_path=name, default=name == start)
        for name, (title, show) in _PAGES.items()
    }
    links.know_pages(pages)
    st.navigation(list(pages.values()), position="top").run()


def _page(show: Callable[[Book], None]) -> Callable[[], None]:
    """A page that shows the newest run, or says why it can't."""

    def page() -> None:
        try:
            with st.spinner("Opening the published run", show_time=True):
                book = open_book()
            show(book)
        except WarehouseError as error:
            frame.failed(str(error))

    return page


if __name__ == "__main__":
    main()
