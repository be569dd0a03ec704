"""Choices that live in the address by what they mean, while the reader sees names: an advisor's id, a section.

Streamlit's own binding writes into the address what is shown; a name or a count that changes would break a bookmark.
"""

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

_STEP = 100_000  # USD
_LONGEST_AMOUNT = 15  # digits: a browser counts no further without rounding


def choose(name: str, label: str, options: Mapping[str, str], **looks: Any) -> str | None:
    """A select box of ``options`` (what the address says: what is shown); None while nothing is chosen."""
    key = _follow_address(name, options, None)
    chosen: str | None = st.selectbox(
        label,
        list(options),
        index=None,
        key=key,
        format_func=options.__getitem__,
        on_change=_write_address,
        args=(name, key),
        **looks,
    )
    return chosen


def choose_section(name: str, label: str, options: Mapping[str, str]) -> str:
    """A row of sections, of which one is always open: at first the first."""
    key = _follow_address(name, options, otherwise=next(iter(options)))
    section: str | None = st.segmented_control(
        label,
        list(options),
        required=True,
        format_func=options.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=_write_address,
        args=(name, key),
    )
    assert section is not None  # required
    return section


def choose_amount(name: str, label: str) -> int | None:
    """A field for whole dollars; None while it is empty."""
    said = st.query_params.get(name, "")
    is_amount = not said or (said.isascii() and said.isdigit() and len(said) <= _LONGEST_AMOUNT)
    if not is_amount:  # Streamlit would stop the page at 1e999
        st.query_params.pop(name)
    bind: Literal["query-params"] | None = "query-params" if is_amount else None
    amount: int | None = st.number_input(label, min_value=0, value=None, step=_STEP, key=name, bind=bind)
    return amount


def _follow_address(name: str, options: Mapping[str, str], otherwise: str | None) -> str:
    """The address is the truth: whoever comes by a link or by the back button sees what it says."""
    key = f"chosen_{name}"
    said = st.query_params.get(name)
    wanted = said if said in options else otherwise
    if key not in st.session_state or st.session_state[key] != wanted:
        st.session_state[key] = wanted
    return key


def _write_address(name: str, key: str) -> None:
    chosen = st.session_state[key]
    if chosen is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
