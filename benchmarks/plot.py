"""Charts in SVG: lines over something that grows, and bars side by side. Equal data gives equal bytes. Pure.

matplotlib draws them. Text stays text, nothing holds a date, and ids come from a fixed salt, so a chart in the
repository changes only where its data do (or the version of matplotlib).
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

OURS, GOOD, OTHER = "#1b6ca8", "#4c956c", "#b0b0b0"
"""Colours of bars: the one the chart is about, those like it in what matters, all others."""
_LINE_COLOURS = (OURS, "#c8553d", GOOD, "#8f6593", "#d9a441", "#5c6b73")
_EXPECTED_COLOUR = "#888888"
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9.0,
    "grid.alpha": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "chatd",
    "text.parse_math": False,
}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_PANEL_INCHES = (5.0, 3.2)
_BARS_INCHES, _BAR_INCHES, _HEAD_INCHES = 8.6, 0.24, 0.75
_ROOM_FOR_TEXT = 1.45
"""The axis of bars is so many times as long as the longest bar, for what is said behind it."""


@frozen(kw_only=True)
class Line:
    """Points joined in their order. With `is_expected` it is dashed and grey: what the others should look like.

    A line without a label is not in the legend.
    """

    label: str
    points: Sequence[tuple[float, float]]
    is_expected: bool = False


@frozen(kw_only=True)
class Panel:
    """Lines over one pair of axes. A logarithmic axis leaves out what is not over 0; any other y axis begins at 0."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    log_x: bool = False
    log_y: bool = False


@frozen(kw_only=True)
class Bar:
    """One bar, with a thin line from `low` to `high` if they differ, and `said` behind it."""

    label: str
    value: float
    low: float = 0.0
    high: float = 0.0
    said: str = ""
    colour: str = OURS


@frozen(kw_only=True)
class BarPanel:
    """Bars of one unit, the first on top."""

    title: str
    bars: Sequence[Bar]


def line_chart(panels: Sequence[Panel]) -> str:
    """Return an SVG with the panels side by side; it begins with `<svg`, so that it can stand within another text."""
    width, height = _PANEL_INCHES
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width * max(1, len(panels)), height), layout="constrained")
        for index, panel in enumerate(panels, start=1):
            _draw_lines(figure.add_subplot(1, len(panels), index), panel)
        return _svg(figure)


def bar_chart(panels: Sequence[BarPanel], legend: str = "") -> str:
    """Return an SVG with the panels, of which each has a bar, one below the other, and `legend` under them.

    It begins as `line_chart`'s does.
    """
    heights = [_HEAD_INCHES + _BAR_INCHES * len(panel.bars) for panel in panels]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_BARS_INCHES, sum(heights) + _HEAD_INCHES), layout="constrained")
        grid = figure.add_gridspec(max(1, len(panels)), 1, height_ratios=heights or None)
        for index, panel in enumerate(panels):
            _draw_bars(figure.add_subplot(grid[index, 0]), panel)
        figure.supxlabel(legend, fontsize=8.0, x=0.01, ha="left")
        return _svg(figure)


def _draw_lines(axes: Axes, panel: Panel) -> None:
    for line, colour in zip(panel.lines, _colours(panel.lines), strict=True):
        shown = [(x, y) for x, y in line.points if (x > 0 or not panel.log_x) and (y > 0 or not panel.log_y)]
        axes.plot(
            [x for x, _ in shown],
            [y for _, y in shown],
            "--" if line.is_expected else "o-",
            label=line.label,
            color=colour,
            linewidth=1.0 if line.is_expected else 1.5,
            markersize=3.5,
        )
    axes.set_xscale("log" if panel.log_x else "linear")
    axes.set_yscale("log" if panel.log_y else "linear")
    if not panel.log_y:
        axes.set_ylim(bottom=0.0)
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label)
    axes.set_title(panel.title, loc="left", fontsize=10.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_tick))
    axes.legend(frameon=False, fontsize=8.0)


def _colours(lines: Sequence[Line]) -> list[str]:
    """Return a colour for each line: what was measured takes them in turn, what is expected is grey."""
    measured = 0
    found: list[str] = []
    for line in lines:
        found.append(_EXPECTED_COLOUR if line.is_expected else _LINE_COLOURS[measured % len(_LINE_COLOURS)])
        measured += not line.is_expected
    return found


def _draw_bars(axes: Axes, panel: BarPanel) -> None:
    places = range(len(panel.bars))
    axes.barh(places, [bar.value for bar in panel.bars], 0.75, color=[bar.colour for bar in panel.bars])
    for place, bar in zip(places, panel.bars, strict=True):
        if bar.high > bar.low:
            axes.hlines(place, bar.low, bar.high, colors="#222222", linewidth=1.0)
        end = (max(bar.value, bar.high), place)
        axes.annotate(bar.said, end, (5, 0), textcoords="offset points", va="center", fontsize=8.0)
    longest = max(max(bar.value, bar.high) for bar in panel.bars)
    axes.set_xlim(0.0, longest * _ROOM_FOR_TEXT or 1.0)
    axes.set_yticks(places, [bar.label for bar in panel.bars])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.set_title(panel.title, loc="left", fontsize=10.0)


def _tick(value: float, place: object = None) -> str:
    """Return a number for an axis: 15,000 rather than 1.5e4, and no more digits than it has."""
    del place
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def _svg(figure: Figure) -> str:
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata=_METADATA)
    text = drawn.getvalue()
    return "".join(f"{line.rstrip()}\n" for line in text[text.index("<svg") :].splitlines())
