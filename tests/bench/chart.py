"""The same figures as one picture: a dot per task, for on a scale of ratios there is no zero for a bar to begin at."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert

from tests.bench.contenders import CONTENDERS
from tests.bench.report import LABELS
from tests.bench.runner import Results
from tests.bench.tasks import BUILD, DASHBOARD, DAY

_FACTS_OF_PRODUCT = "Portfolio Drift: the two facts in a build"
_PRODUCT, _OTHERS = "#1F4E79", "#9AA7B1"


def write_chart(results: Results, machine: Mapping[str, str], path: Path) -> None:
    """An SVG file: one panel per stage, one dot per task."""
    dots = list(_dots(results))
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": "Seconds, medians; further left is faster",
            "subtitle": f"{machine['cpu']}, cores: {machine['cores']}, {machine['date']}, code {machine['code']}",
            "anchor": "start",
        },
        "data": {"values": dots},
        "facet": {"row": {"field": "stage", "sort": results.stages, "title": None, "header": _HEADER}},
        "spec": {
            "width": 460,
            "layer": [{"mark": _DOT}, {"mark": {"type": "text", "align": "left", "dx": 9}, "encoding": _NUMBERS}],
            "encoding": {
                "y": {
                    "field": "who",
                    "type": "nominal",
                    "sort": None,
                    "title": None,
                    "axis": {"labelLimit": 420, "grid": True},
                },
                "x": {"field": "seconds", "type": "quantitative", "scale": {"type": "log"}, "title": "seconds (log)"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        "resolve": {"scale": {"y": "independent"}},
        "config": {"font": "sans-serif", "view": {"stroke": None}},
    }
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")


_HEADER = {"labelAngle": 0, "labelOrient": "top", "labelAnchor": "start", "labelFontWeight": "bold", "labelLimit": 800}
_DOT = {"type": "circle", "size": 90, "opacity": 1}
_NUMBERS = {"text": {"field": "seconds", "format": ".2f"}, "color": {"value": "#222222"}}


def _dots(results: Results) -> Iterator[dict[str, Any]]:
    for stage in results.stages:
        for reading in results.tasks(stage):
            medians = results.medians(reading)
            if reading.task == DASHBOARD:
                for what, seconds in medians.parts.items():
                    yield _dot(stage, f"{what}, {reading.portfolios:,} portfolios", seconds, _PRODUCT)
                continue
            if reading.task in CONTENDERS:
                yield _dot(stage, LABELS[reading.task], medians.work_seconds, _OTHERS)
                continue
            if reading.task == BUILD:
                yield _dot(stage, _FACTS_OF_PRODUCT, medians.work_seconds, _PRODUCT)
            after = f", after {reading.days} days" if reading.task == DAY else ""
            yield _dot(stage, LABELS[reading.task] + after, medians.wall_seconds, _PRODUCT)


def _dot(stage: str, who: str, seconds: float | None, colour: str) -> dict[str, Any]:
    return {"stage": stage, "who": who, "seconds": seconds, "colour": colour}
