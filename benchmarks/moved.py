"""How figures moved over commits: a row for each, in SVG. Equal data give equal bytes. Pure.

A row has the figure's name, its course and its newest value. Each course has a scale of its own, from 0 to its
greatest value. Figures of different machines, or versions of Python, have different rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from math import nan
from statistics import median
from typing import Any

import matplotlib as mpl
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STATES_MAX = 20
"""The newest states of the code, which are drawn: the chart, about 1 KB a row, must not grow for ever."""
_COMMIT_DIGITS = 7
_ROW_INCHES = 0.24
_NAMES_INCHES, _COURSE_INCHES, _VALUES_INCHES, _COMMITS_INCHES = 2.9, 4.2, 2.2, 0.7
_HIGH = 0.75
"""How much of its row the greatest value of a course takes."""
_COLOUR, _ZERO_COLOUR = "#1b6ca8", "#dddddd"
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "chatd",
}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@frozen(kw_only=True)
class Kept:
    """A line of the kept file."""

    date: str
    commit: str
    dirty: bool
    python: str
    cpu: str
    cores: int
    source: str
    work: str
    figure: str
    value: float
    unit: str = ""

    @property
    def state(self) -> str:
        """The code that was measured, as the axis calls it."""
        return self.commit[:_COMMIT_DIGITS] + ("+" if self.dirty else "")

    @property
    def machine(self) -> str:
        return f"{self.cores} x {self.cpu}, Python {self.python}"


@frozen(kw_only=True)
class Row:
    heading: str
    """The source and the work, which rows that follow each other may share."""
    label: str
    points: Sequence[tuple[int, float]]
    """Where a state stands among all, and the median of what was measured of it."""
    newest: str


def states_of(kept: Sequence[Kept]) -> list[str]:
    """Return the newest states of the code, in the order in which they were first measured."""
    return list(dict.fromkeys(each.state for each in kept))[-STATES_MAX:]


def machines_of(kept: Sequence[Kept]) -> list[str]:
    """Return the machines in order of first appearance. Their numbers begin at 1."""
    return list(dict.fromkeys(each.machine for each in kept))


def rows_of(kept: Sequence[Kept]) -> list[Row]:
    """Return a row for each figure of each machine, those of one work together, in order of first appearance."""
    places = {state: place for place, state in enumerate(states_of(kept))}
    machines = machines_of(kept)
    works: dict[str, dict[tuple[str, str], list[Kept]]] = {}
    for each in kept:
        if each.state in places:
            figures = works.setdefault(f"{each.source}: {each.work}", {})
            figures.setdefault((each.figure, each.machine), []).append(each)
    return [
        _row(heading, figure + (f" [{machines.index(machine) + 1}]" if len(machines) > 1 else ""), found, places)
        for heading, figures in works.items()
        for (figure, machine), found in figures.items()
    ]


def _row(heading: str, label: str, found: Sequence[Kept], places: dict[str, int]) -> Row:
    by_state: dict[str, list[float]] = {}
    for each in found:
        by_state.setdefault(each.state, []).append(each.value)
    points = sorted((places[state], median(values)) for state, values in by_state.items())
    (_, first), (_, last) = points[0], points[-1]
    moved = f" ({last / first:.2f} x)" if len(points) > 1 and first else ""
    return Row(heading=heading, label=label, points=points, newest=f"{number(last)} {found[-1].unit}".rstrip() + moved)


def number(value: float) -> str:
    """Return a value with three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def svg(kept: Sequence[Kept]) -> str:
    """Return the chart. Raises ValueError if nothing is kept."""
    rows = rows_of(kept)
    if not rows:
        raise ValueError("a chart needs a figure")
    lines = len(rows) + len(dict.fromkeys(row.heading for row in rows))
    width = _NAMES_INCHES + _COURSE_INCHES + _VALUES_INCHES
    height = lines * _ROW_INCHES + 2 * _COMMITS_INCHES
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height))
        across = (_NAMES_INCHES / width, _COURSE_INCHES / width)
        axes = figure.add_axes((across[0], _COMMITS_INCHES / height, across[1], 1 - 2 * _COMMITS_INCHES / height))
        _name(axes, states_of(kept), lines)
        _draw(axes, rows)
        figure.text(0.01, 0.1 / height, _legend(kept), fontsize=7.0)
        return _text(figure)


def _legend(kept: Sequence[Kept]) -> str:
    machines = machines_of(kept)
    numbered = (f"[{place}] {machine}" for place, machine in enumerate(machines, start=1))
    named = machines[0] if len(machines) == 1 else "; ".join(numbered)
    return f"+: with changes that were not committed. (x): the newest over the first that is drawn. {named}"


def _draw(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw from the top down: y is the number of the line, and a course rises from it."""
    beside = axes.get_yaxis_transform()
    left, right = axes.get_xlim()
    y, heading = 0, ""
    zeros: list[tuple[float, float]] = []
    for row in rows:
        if row.heading != heading:
            heading, y = row.heading, y + 1
            axes.text(-0.02 - _NAMES_INCHES / _COURSE_INCHES * 0.95, y, heading, transform=beside, weight="bold")
        y += 1
        greatest = max(value for _, value in row.points) or 1.0
        courses = [y - _HIGH * value / greatest for _, value in row.points]
        zeros += [(left, y), (right, y), (nan, nan)]
        xs = [x for x, _ in row.points]
        axes.plot(xs, courses, color=_COLOUR, linewidth=1.0, marker="" if len(xs) > 1 else "o", markersize=2.5)
        axes.text(-0.02, y, row.label, transform=beside, ha="right")
        axes.text(1.02, y, row.newest, transform=beside)
    axes.plot([x for x, _ in zeros], [y for _, y in zeros], color=_ZERO_COLOUR, linewidth=0.5)


def _name(axes: Axes, states: Sequence[str], lines: int) -> None:
    axes.set_xlim(-0.5, len(states) - 0.5)
    axes.set_ylim(lines + 0.5, 0.0)
    axes.set_frame_on(False)
    axes.set_yticks([])
    axes.set_xticks(range(len(states)), states, rotation=90, fontsize=6.0)
    axes.tick_params(axis="x", labeltop=True, length=0.0)


def _text(figure: Figure) -> str:
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata=_METADATA)
    return "".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines())
