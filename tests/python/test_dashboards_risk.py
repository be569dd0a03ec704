"""The risk score on the pages: what may come next for a portfolio, why, and whether the model still holds."""

from typing import Any

import pytest
from dashboard_book import Published
from dashboard_pages import floats, number, plus, seen, share, trading_days


@pytest.fixture(scope="module")
def scored(book: Published) -> str:
    """A portfolio that has been scored on more than one day, and is now."""
    (found, *_), *_ = book.ask(
        """
        select portfolio_id from marts.portfolio_risk_scores group by portfolio_id
        having count(distinct as_of_date) > 1 and count(breach_probability) = count(*)
        order by max(breach_probability) desc, portfolio_id
        """
    )
    return str(found)


def latest(book: Published, portfolio_id: str) -> list[dict[str, Any]]:
    columns = [
        *("horizon_days", "breach_probability", "ml_risk_level", "log_odds", "baseline_log_odds"),
        *("reason_1", "reason_2", "reason_3", "contribution_1", "contribution_2", "contribution_3"),
        *("contribution_of_the_rest", "model_version"),
    ]
    rows = book.ask(
        f"""
        select {", ".join(columns)} from marts.portfolio_risk_scores where portfolio_id = ?
        qualify as_of_date = max(as_of_date) over () order by horizon_days desc
        """,
        portfolio_id,
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_probabilities_are_said_for_each_horizon(book: Published, scored: str) -> None:
    said = seen("portfolio", {"portfolio": scored}).said
    rows = latest(book, scored)
    assert len(rows) == 2
    for row in rows:
        told = f"**{share(row['breach_probability'], 1)}** within {trading_days(row['horizon_days'])}"
        assert f"{told} ({row['ml_risk_level']})" in said


def test_reasons_and_weights_are_the_marts(book: Published, scored: str) -> None:
    (longest, _) = latest(book, scored)
    rows = seen("portfolio", {"portfolio": scored}).tables["reasons"].rows
    wanted = [("What all portfolios have in common", longest["baseline_log_odds"])]
    wanted += [(longest[f"reason_{n}"], longest[f"contribution_{n}"]) for n in (1, 2, 3) if longest[f"reason_{n}"]]
    wanted += [("Everything else", longest["contribution_of_the_rest"])]
    assert [row[0] for row in rows[:-1]] == [reason for reason, _ in wanted]
    assert [row[2] for row in rows[:-1]] == [plus(_two_digits(weight)) for _, weight in wanted]
    assert [row[1] for row in rows[:-1]] == [
        "for a breach" if weight > 0 else "against" if weight < 0 else "–"  # noqa: RUF001
        for _, weight in wanted
    ]
    assert rows[-1][2] == plus(_two_digits(longest["log_odds"]))
    assert sum(weight for _, weight in wanted) == longest["log_odds"]
    assert longest["model_version"] in seen("portfolio", {"portfolio": scored}).said.replace("\\", "")


def test_the_chart_has_every_scored_day(book: Published, scored: str) -> None:
    traces = seen("portfolio", {"portfolio": scored}).chart("risk")["data"]
    for trace, horizon in zip(traces, (20, 5), strict=True):
        rows = book.ask(
            "select breach_probability from marts.portfolio_risk_scores where portfolio_id = ? and horizon_days = ?"
            " order by as_of_date",
            *(scored, horizon),
        )
        assert floats(trace["y"]) == floats([probability for (probability,) in rows])


def test_of_a_portfolio_in_breach_nothing_is_foreseen(book: Published) -> None:
    (found, *_), *_ = book.ask(
        "select portfolio_id from marts.drift_monitor where ml_risk_level = 'In breach' order by alert_rank"
    )
    page = seen("portfolio", {"portfolio": str(found)})
    assert "It is over the rebalance band already: nothing is left to be foreseen." in page.said
    assert "reasons" not in page.tables


def test_the_model_is_named_and_each_check_is_the_audits(book: Published) -> None:
    page = seen("quality", {"section": "model"})
    ((version,),) = book.ask("select model_version from ml.model_in_use")
    assert version in page.said.replace("\\", "")
    checks = book.ask(
        "select day_count, rings from audit.model_monitoring where alarm_limit is not null"
        " order by rings desc nulls last, monitor desc, subject, horizon_days"
    )
    table = page.tables["model_alarms"]
    assert table.column("Scored days") == [number(days) for days, _ in checks]
    assert table.column("Outcome") == [
        {True: "■ Rings", False: "● Quiet", None: "○ Too little to tell"}[rings] for _, rings in checks
    ]


def test_deciles_say_what_was_expected_and_what_came(book: Published) -> None:
    deciles = book.ask(
        "select expected, figure from audit.model_monitoring where monitor = 'breaches_by_decile'"
        " order by horizon_days desc, expected"
    )
    page = seen("quality", {"section": "model"})
    if not deciles:
        assert any("No horizon is over yet." in warned for warned in page.warned)
        return
    table = page.tables["model_deciles"]
    assert table.column("Expected") == [share(expected, 1) for expected, _ in deciles]
    assert table.column("Came true") == [share(figure, 1) for _, figure in deciles]


def _two_digits(weight: Any) -> str:
    return share(weight / 100).removesuffix(" %")
