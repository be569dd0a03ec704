"""The pages and the ways between them: addresses that can be kept, sent and gone back to."""

from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

import streamlit as st

MONITOR: Final = "monitor"
PORTFOLIO: Final = "portfolio"
ADVISORS: Final = "advisors"
TRENDS: Final = "trends"
QUALITY: Final = "quality"
POLICY: Final = "policy"

_PAGES = "_pages"
_LAST_VIEW = "_last_view_of_"
Parameters = Mapping[str, str | list[str]]


def know_pages(pages: Mapping[str, Any]) -> None:
    """Tell this session which page stands behind each name."""
    st.session_state[_PAGES] = dict(pages)


def go_to(name: str, parameters: Parameters | None = None) -> NoReturn:
    """Leave this page for another."""
    st.switch_page(st.session_state[_PAGES][name], query_params=dict(parameters or {}))


def link_to(name: str, label: str, parameters: Parameters | None = None, **options: Any) -> None:
    """A link to another page, within this session."""
    st.page_link(st.session_state[_PAGES][name], label=label, query_params=dict(parameters or {}), **options)


def address_of(name: str, parameters: Parameters) -> str:
    """The address of a page, as seen from any other; the one that opens first has the bare address."""
    path = st.session_state[_PAGES][name].url_path or "./"
    return f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path


def keep_view(name: str) -> None:
    """Remember the address of the page as it stands, so that a link can lead back to it."""
    st.session_state[_LAST_VIEW + name] = {field: st.query_params.get_all(field) for field in st.query_params}


def kept_view(name: str) -> Parameters:
    """The address that was last kept of a page; empty where it was not seen yet."""
    kept: Parameters = st.session_state.get(_LAST_VIEW + name, {})
    return kept
