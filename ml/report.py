"""An evaluation as a page that opens without a network: who wins and why, how sure that is, where it falls short."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

import numpy as np

from ml.card_page import interval
from ml.charts import legend, line_chart
from ml.contest import Comparison
from ml.evaluation import IN_USE, Evaluation
from ml.metrics import CALLS_A_DAY, calibration_bins
from ml.training import comparison_of

_WORDS: Final = {
    "policy_level": "policy level",
    "first_passage": "first passage",
    "logistic": "logistic regression",
    "gradient_boosting": "gradient boosting",
    IN_USE: "the model in use",
}
_COLUMNS: Final = {
    "brier": ("Brier", "lower is better"),
    "brier_skill": ("Brier skill", "share of climatology's Brier score saved"),
    "log_loss": ("Log loss", "nats"),
    "pr_auc": ("PR-AUC", ""),
    "roc_auc": ("ROC-AUC", ""),
    "calibration_error": ("Calibration error", "expected, ten bins of equal counts"),
    "precision_at_25": (f"Precision at {CALLS_A_DAY}", "of the day's highest scores, how many breach"),
    "warned_share": ("Breaches warned of", "among the day's highest on a day before"),
    "median_days_of_warning": ("Days of warning", "median, trading days"),
}
_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1060px;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
table{border-collapse:collapse;margin:.6rem 0 1.2rem;width:100%}
th,td{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}
th small{display:block;font-weight:400;color:#555}.best{font-weight:700}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:1.2rem}
svg text{font-size:11px;fill:#333}
.grid{stroke:#e4e4e4}.diagonal{stroke:#999;stroke-dasharray:4 4}.legend span{margin-right:1.2rem}
.legend i{display:inline-block;
width:.8rem;height:.8rem;margin-right:.35rem}.yes{color:#1d5f2b}.no{color:#8f2a22}h2{margin-top:2.2rem}
"""


def report_page(title: str, about: str, evaluations: Mapping[int, Evaluation]) -> str:
    """The whole page. ``about`` is one sentence on the data."""
    body = "".join(_of_horizon(horizon, one) for horizon, one in sorted(evaluations.items()))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(about)}</p>"
        f"<p>{' '.join(escape(headline(horizon, one)) for horizon, one in sorted(evaluations.items()))}</p>"
        f"{body}{_METHOD}</body></html>\n"
    )


def headline(horizon: int, evaluation: Evaluation) -> str:
    """Who wins, in one sentence, and whether the challenger reached the goal."""
    champion = evaluation.decision.champion
    words = f"Within {horizon} days the choice is {_WORDS[champion]}."
    baselines = [one for one in evaluation.gains if one.better == "gradient_boosting"]
    clear = [one.than for one in baselines if one.brier_skill_gain.is_above_zero and one.precision_gain.is_above_zero]
    short = [_WORDS[one.than] for one in baselines if one.than not in clear]
    if not short:
        return f"{words} Gradient boosting is clearly better than every baseline on Brier skill and precision."
    return f"{words} Gradient boosting is not clearly better on both Brier skill and precision than {', '.join(short)}."


def _of_horizon(horizon: int, evaluation: Evaluation) -> str:
    outcomes, names = evaluation.scores.outcomes, list(evaluation.figures)
    reliability = {
        name: [(mean, share) for mean, share, _ in calibration_bins(probability, outcomes.breaches)]
        for name, probability in evaluation.scores.probability.items()
    }
    most = max((max(point) for points in reliability.values() for point in points), default=1.0)
    captured = {
        name: _captured(probability, outcomes.breaches) for name, probability in evaluation.scores.probability.items()
    }
    return (
        f"<h2>Within {horizon} trading days</h2>"
        f"<p>{len(outcomes.breaches):,} portfolio-days on {len(np.unique(outcomes.day)):,} days, of which"
        f" {outcomes.breaches.mean():.2%} were followed by a breach. None was seen in training."
        f" {evaluation.scores.cut_short:,} further portfolio-days were cut short and are in no figure.</p>"
        f"{_table(evaluation.figures)}"
        f"<h3>Gains, with 95 % intervals</h3>{_gains([*evaluation.decision.steps], 'The rule, step by step')}"
        f"{_gains(evaluation.gains, 'The challenger, and the model in use where there is one, over each other')}"
        f"{legend(names)}<div class='charts'><figure>"
        + line_chart(
            reliability,
            "mean score of a tenth of the rows",
            "share that breached",
            f"Reliability within {horizon} days",
            most=min(1.0, max(0.05, most * 1.05)),
        )
        + "<figcaption>Reliability: on the dashed line a score is what happens.</figcaption></figure><figure>"
        + line_chart(captured, "share of rows, highest first", "share of breaches", f"Lift within {horizon} days")
        + "<figcaption>Lift: how many of the breaches are among the highest scores.</figcaption></figure></div>"
        + "".join(
            f"<h3>{regime.capitalize()} days ({evaluation.days_by_regime[regime]})</h3>{_table(by_name)}"
            for regime, by_name in evaluation.by_regime.items()
        )
    )


def _captured(probability: Any, breaches: Any) -> list[tuple[float, float]]:
    """The share of breaches among the highest scores, at each fiftieth of the rows."""
    order = np.argsort(-probability, kind="stable")
    found = np.concatenate([[0.0], np.cumsum(breaches[order])])
    total = found[-1] or 1.0
    return [(share, float(found[int(share * len(order))] / total)) for share in np.linspace(0, 1, 51)]


def _table(figures: Mapping[str, Any]) -> str:
    head = "".join(f"<th>{escape(name)}<small>{escape(note)}</small></th>" for name, note in _COLUMNS.values())
    rows = []
    for name, one in figures.items():
        cells = "".join(
            f"<td{_best(figures, column, name)}>{_number(getattr(one, column))}</td>" for column in _COLUMNS
        )
        rows.append(f"<tr><td>{escape(_WORDS[name])}</td>{cells}</tr>")
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _best(figures: Mapping[str, Any], column: str, name: str) -> str:
    values = {one: getattr(of, column) for one, of in figures.items() if np.isfinite(getattr(of, column))}
    if not values:
        return ""
    wanted = min(values.values()) if column in ("brier", "log_loss", "calibration_error") else max(values.values())
    return ' class="best"' if values.get(name) == wanted else ""


def _gains(comparisons: Sequence[Comparison], caption: str) -> str:
    rows = "".join(_gain_row(comparison_of(one)) for one in comparisons)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><th></th><th>Brier</th><th>Brier skill</th>"
        f"<th>Precision at {CALLS_A_DAY}</th><th>Beyond noise</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _gain_row(one: Mapping[str, Any]) -> str:
    cells: Iterable[str] = (interval(one[name]) for name in ("brier_gain", "brier_skill_gain", "precision_gain"))
    is_clear = "yes" if one["is_beyond_noise"] else "no"
    return (
        f"<tr><td>{escape(_WORDS[one['better']])} over {escape(_WORDS[one['than']])}</td>"
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + f'<td class="{is_clear}">{is_clear}</td></tr>'
    )


def _number(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else "&ndash;"


_METHOD: Final = """<h2>How this was measured</h2>
<p>Walk-forward: the first 40 % of the days are only learned from; five parts follow, each tested on models fitted to
all days before it, less a gap of the horizon, so that no outcome of the training reaches into the test. Calibration
is fitted inside the training part. Nothing is shuffled. Rows in breach, and rows whose horizon was cut short by a
trade, a change of profile, an unvalued day or the end of the history, are in no figure.</p>
<p>Intervals: circular block bootstrap over days (Politis and Romano 1992), blocks of two horizons. Calm, usual and
stressed are thirds of the days by the median portfolio volatility of the book. The choice goes from the simplest to
the most complex: a later one replaces the present choice only where its gain in Brier score is clear of zero and its
precision is not clearly worse.</p>"""
