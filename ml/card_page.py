"""A model's card as a page that a person reads: Markdown (after Mitchell et al. 2019, "Model cards for model
reporting").
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_FIGURES: Final = {
    "brier": "Brier",
    "brier_skill": "Brier skill",
    "log_loss": "Log loss",
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC-AUC",
    "calibration_error": "Calibration error",
    "precision_at_25": "Precision at 25",
    "warned_share": "Breaches warned of",
    "median_days_of_warning": "Days of warning (median)",
}


def card_page(card: Mapping[str, Any]) -> str:
    """The page of a card."""
    lines = [
        f"# {card['model_version']}",
        "",
        "Written by `drift ml train` and `drift ml promote`, never by hand: what card.json says, to be read.",
        "",
        f"- **Method:** {card['method']}, for horizons of {_list(card['horizons_days'])} trading days",
        f"- **Trained:** {card['trained_at']} on {card['training_data']}",
        f"- **Intended use:** {card['intended_use']}",
        f"- **Made again by:** `{card.get('command', 'drift ml train')}` at commit {card['commit'] or 'unknown'},"
        f" seed {card['seed']}",
        f"- **model.skops:** SHA-256 {card['sha256']}",
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in card["limits"]),
    ]
    promotion = card.get("promotion")
    if promotion:
        over = f"over {promotion['over']}" if promotion["over"] else "where no usable model was before"
        forced = f", forced: {promotion['reason']}" if promotion["is_forced"] else ""
        lines += ["", f"Put in use {over}{forced}."]
    for horizon, figures in card["figures"].items():
        lines += ["", f"## {horizon} days: {figures['winner']} wins", "", *_of_horizon(figures)]
    return "\n".join(lines) + "\n"


def _of_horizon(figures: Mapping[str, Any]) -> Iterable[str]:
    names = list(figures["candidates"])
    yield (
        f"Out of sample: {figures['rows']:,} portfolio-days on {figures['days']:,} days, of which"
        f" {_number(figures['breach_share'])} breached; {figures['rows_cut_short']:,} more were cut short and"
        " are in no figure."
    )
    yield ""
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + "--:|" * len(names)
    for figure, words in _FIGURES.items():
        yield f"| {words} | " + " | ".join(_number(figures["candidates"][name][figure]) for name in names) + " |"
    yield ""
    yield "Gains with 95 % intervals (circular block bootstrap over days); who is last in the rule is what is used:"
    yield ""
    yield "| | Brier | Brier skill | Precision at 25 | Beyond noise |"
    yield "|---|--:|--:|--:|---|"
    gains = {(one["better"], one["than"]): one for one in [*figures["steps_of_the_rule"], *figures["gains"]]}
    for one in gains.values():
        yield (
            f"| {one['better']} over {one['than']} | {interval(one['brier_gain'])} |"
            f" {interval(one['brier_skill_gain'])} | {interval(one['precision_gain'])} |"
            f" {'yes' if one['is_beyond_noise'] else 'no'} |"
        )


def interval(bounds: list[float | None]) -> str:
    """An estimate and its interval."""
    estimate, low, high = bounds
    if estimate is None or low is None or high is None:
        return ""
    return f"{estimate:+.4f} ({low:+.4f} to {high:+.4f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _list(values: Iterable[object]) -> str:
    return " and ".join(str(value) for value in values)
