"""The table as bars, in SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.peers.table import Headline, Row, number

WIDTH = 860
_BAR = 18
_STEP = 24
_HEAD = 34
_LEFT = 130
_BAR_MAX = 420
_OURS, _DURABLE, _OTHER = "#1b6ca8", "#4c956c", "#b0b0b0"
_SANS = "font-family='sans-serif'"


def _text(x: float, y: float, said: str, size: int = 12, anchor: str = "start") -> str:
    return f"<text x='{x:g}' y='{y:g}' font-size='{size}' {_SANS} text-anchor='{anchor}'>{escape(said)}</text>"


def _colour(row: Row, reference: str) -> str:
    if row.peer == reference:
        return _OURS
    return _DURABLE if row.durable.startswith("yes") else _OTHER


def _bar(row: Row, y: float, scale: float, reference: str) -> list[str]:
    value = row.value or 0.0
    shown = [_text(_LEFT - 8, y + _BAR - 4, row.peer, anchor="end")]
    size = f"width='{value * scale:.1f}' height='{_BAR}'"
    shown.append(f"<rect x='{_LEFT}' y='{y:g}' {size} fill='{_colour(row, reference)}'/>")
    if row.high > row.low:
        middle = y + _BAR / 2
        shown.append(
            f"<line x1='{_LEFT + row.low * scale:.1f}' x2='{_LEFT + row.high * scale:.1f}'"
            f" y1='{middle:g}' y2='{middle:g}' stroke='#222'/>"
        )
    ratio = "" if row.ratio is None or row.peer == reference else f"  ({number(row.ratio)} x {reference})"
    shown.append(_text(_LEFT + row.high * scale + 8, y + _BAR - 4, number(row.value) + ratio))
    return shown


def _panel(headline: Headline, rows: Sequence[Row], top: float, reference: str) -> tuple[list[str], float]:
    better = "more" if headline.more_is_better else "less"
    shown = [_text(8, top + 20, f"{headline.label}: {headline.unit}, {better} is better", 14)]
    longest = max(row.high for row in rows)
    scale = _BAR_MAX / longest if longest > 0 else 0.0
    y = top + _HEAD
    for row in rows:
        shown += _bar(row, y, scale, reference)
        y += _STEP
    return shown, y + 10


def svg(rows: Sequence[Row], reference: str) -> str:
    """Return the chart: a panel for each headline, a bar for each server, a line from its least to its most."""
    shown: list[str] = []
    top = 10.0
    for headline in dict.fromkeys(row.headline for row in rows):
        panel, top = _panel(headline, [row for row in rows if row.headline == headline], top, reference)
        shown += panel
    legend = f"blue: {reference}; green: on disk when received; grey: not. The thin line goes from least to most."
    shown.append(_text(8, top + 10, legend, 11))
    size = f"width='{WIDTH}' height='{top + 24:g}'"
    back = "<rect width='100%' height='100%' fill='white'/>"
    return "\n".join([f"<svg xmlns='http://www.w3.org/2000/svg' {size}>", back, *shown, "</svg>", ""])
