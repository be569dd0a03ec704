"""The charts of a report as SVG, drawn here: a report needs no network and no library of a browser."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

COLOURS: Final = {
    "policy_level": "#8a6d3b",
    "first_passage": "#0b6e99",
    "logistic": "#7a3e9d",
    "gradient_boosting": "#b3392f",
    "in_use": "#2f6f3e",
}
_WIDTH, _HEIGHT = 460, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 44

Points = Sequence[tuple[float, float]]


def line_chart(
    lines: Mapping[str, Points], horizontal: str, vertical: str, title: str, *, most: float = 1.0, diagonal: bool = True
) -> str:
    """Lines (name: points) over axes from 0 to ``most``, with the diagonal where it means something."""

    def at(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + x / most * (_WIDTH - _LEFT - _RIGHT)
        return across, _HEIGHT - _BOTTOM - y / most * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
    ]
    for number in range(6):
        share = most * number / 5
        (x, y0), (_, y) = at(share, 0), at(0, share)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{x:.1f}" y="{y0 + 16:.1f}" text-anchor="middle">{share:.2f}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.2f}</text>')
    if diagonal:
        (x0, y0), (x1, y1) = at(0, 0), at(most, most)
        parts.append(f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" class="diagonal"/>')
    for name, points in lines.items():
        colour = COLOURS.get(name, "#444444")
        places = [at(min(x, most), min(y, most)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(points) <= 12:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(horizontal)}</text>')
    upright = f'x="14" y="{_HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {_HEIGHT / 2})"'
    parts.append(f"<text {upright}>{escape(vertical)}</text></svg>")
    return "".join(parts)


def legend(names: Sequence[str]) -> str:
    """Which colour is whose."""
    return (
        '<p class="legend">'
        + "".join(
            f'<span><i style="background:{COLOURS.get(name, "#444444")}"></i>{escape(name.replace("_", " "))}</span>'
            for name in names
        )
        + "</p>"
    )
