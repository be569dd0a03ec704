"""Downloads of what is shown, all of it: CSV and Excel, by the writers of `drift export`."""

from collections.abc import Mapping
from datetime import datetime, time
from io import BytesIO
from typing import Any, Final

import streamlit as st

from dashboards.book import Book
from scripts.export import write_csv, write_workbook

_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def buttons(name: str, book: Book, query: str, parameters: Mapping[str, Any]) -> None:
    """Two buttons for the rows of a query; the files are made when one is pressed, named ``name`` and the day."""
    file_name = f"{name}_{book.as_of_date}"
    with st.container(horizontal=True, width="content", gap="small"):
        st.download_button(
            "Download CSV",
            data=lambda: _csv(book, query, parameters),
            file_name=f"{file_name}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"{name}_csv",
        )
        st.download_button(
            "Download Excel",
            data=lambda: _excel(name, book, query, parameters),
            file_name=f"{file_name}.xlsx",
            mime=_EXCEL,
            on_click="ignore",
            key=f"{name}_xlsx",
        )


def _csv(book: Book, query: str, parameters: Mapping[str, Any]) -> bytes:
    file = BytesIO()
    write_csv(book.table(query, **parameters), file)
    return file.getvalue()


def _excel(name: str, book: Book, query: str, parameters: Mapping[str, Any]) -> bytes:
    file = BytesIO()
    created = datetime.combine(book.as_of_date, time())
    write_workbook({name: book.table(query, **parameters)}, file, created)
    return file.getvalue()
