"""What stands around every page: which run is shown and how fresh it is, and what to do where there is none."""

import os

import streamlit as st

from dashboards import words
from dashboards.book import Book, newest_run_id, today

# tests have no minute to spare
_LOOKS_FOR_A_NEWER_RUN = os.environ.get("PORTFOLIO_DRIFT_LOOKS_EVERY") or "60s"


def head(book: Book, title: str, question: str) -> None:
    """The title of a page, the question that it answers, and what its numbers are of."""
    st.title(title, anchor=False)
    st.caption(question)
    _of_which_run(book)
    if book.run.notice:
        st.error(f"The newest run can't be read, so you see the one before. {book.run.notice}", icon="⚠")
    for accepted in _accepted(book):
        st.warning(
            words.escaped(
                f"Let through by {accepted['accepted_by']}: {accepted['finding']}. Reason given: {accepted['reason']}"
            ),
            icon="⚠",
        )
    _tell_of_newer_run(book.run.run_id)


def empty(what: str, what_to_do: str) -> None:
    """Nothing to show: what is missing, and what to do about it."""
    st.info(f"**{what}** {what_to_do}")


def failed(message: str) -> None:
    """The page for a book that can't be read: the message says what, where and what to do."""
    st.title("Portfolio Drift", anchor=False)
    st.error(f"**There is nothing to show:** {message}.", icon="⚠")
    st.markdown(
        "- **Nothing built yet?** Run `make build` in the project's folder; this page finds the result by itself.\n"
        "- **A damaged file?** Run `make build` again, or let readers see an earlier run: `.venv/bin/drift runs` "
        "lists them, `.venv/bin/drift rollback RUN` chooses one.\n"
        "- **Another folder?** The environment variable `PORTFOLIO_DRIFT_WAREHOUSE` says where runs are published."
    )
    if st.button("Look again"):
        st.rerun()
    _look_again(newest_run_id())


@st.fragment(run_every=_LOOKS_FOR_A_NEWER_RUN)
def _look_again(failed_run_id: str | None) -> None:
    if newest_run_id() not in (None, failed_run_id):
        st.rerun()


def _of_which_run(book: Book) -> None:
    run = book.row("select ended_at from audit.runs where run_id = $run_id", run_id=book.run.run_id)
    behind = book.row(
        "select count(*) as days from policy.trading_calendar where trading_date > $day and trading_date < $today",
        day=book.as_of_date,
        today=today(),
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.markdown(f"**As of {words.day(book.as_of_date)}**", width="content")
        age = behind["days"] if behind else 0
        if age:
            text = f":orange-badge[▲ {words.of_things(age, 'trading day')} behind today]"
        else:
            text = ":green-badge[● Up to date]"
        st.markdown(
            text, width="content", help="Trading days since the day of these numbers that are over by the calendar."
        )
        published = f", published {words.moment(run['ended_at'])}" if run else ""
        st.markdown(f":small[:gray[Run {book.run.run_id}{published}]]", width="content")


def _accepted(book: Book) -> list[dict[str, str]]:
    return book.rows(
        "select accepted_by, finding, reason from audit.accepted_controls where run_id = $run_id order by control",
        run_id=book.run.run_id,
    )


@st.fragment(run_every=_LOOKS_FOR_A_NEWER_RUN)
def _tell_of_newer_run(shown_run_id: str) -> None:
    newest = newest_run_id()
    if newest not in (None, shown_run_id) and st.button("A newer run was published: show it", type="primary"):
        st.rerun()
