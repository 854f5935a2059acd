"""The points of a curve -> its table, what was expected of it and what came. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from benchmarks.growth.shape import FLAT_FACTOR_MAX, LINEAR_R2_MIN, Points, Shape, judge

BOTTLENECK_CPU = 0.9
"""A driver process that used more of a core than this measured itself as much as chatd."""


@frozen
class Bar:
    """A figure that must be kept to at one point, and what it aims at; both are upper limits."""

    x: int
    must: float
    aim: float


@frozen(kw_only=True)
class Series:
    """One figure of a curve."""

    figure: str
    """Its name in `Point.values`."""
    label: str
    unit: str
    shape: Shape | None = None
    """What is expected; None of a figure that only stands beside the others."""
    per: float = 1.0
    """Of a linear series: one of `unit` is so many of `per_unit`, in which the cost of each one more is told."""
    per_unit: str = ""
    bar: Bar | None = None
    is_drawn: bool = True
    """Whether the chart shows it, or the table alone."""


@frozen(kw_only=True)
class Curve:
    name: str
    title: str
    x_label: str
    xs: tuple[int, ...]
    quick: tuple[int, ...]
    """The small points, which show that the tool works."""
    series: tuple[Series, ...]


@frozen(kw_only=True)
class Point:
    """What was measured at one size."""

    x: int
    """The size that was asked for."""
    values: dict[str, float] = field(factory=dict[str, float])
    failure: str = ""
    """Why there are no values."""


@frozen(kw_only=True)
class Verdict:
    """One sentence on one series."""

    figure: str
    expected: str
    came: str
    holds: bool | None
    """None if it cannot be said."""


def line_of(series: Series, points: Sequence[Point]) -> Points:
    """Return where the series was measured."""
    return [(point.x, point.values[series.figure]) for point in points if series.figure in point.values]


def verdicts(curve: Curve, points: Sequence[Point]) -> list[Verdict]:
    """Return a verdict for each shape and each bar of the curve. A bar whose point was not measured has none."""
    made: list[Verdict] = []
    for series in curve.series:
        line = line_of(series, points)
        if series.shape is not None:
            made.append(_shape_verdict(series, series.shape, line))
        if series.bar is not None and (at_bar := [y for x, y in line if x == series.bar.x]):
            made.append(_bar_verdict(series, series.bar, at_bar[0]))
    return made


_RULES = {
    Shape.FLAT: f"flat (within a factor of {FLAT_FACTOR_MAX:g})",
    Shape.LEVELS_OFF: f"to rise and then not to fall (by more than a factor of {FLAT_FACTOR_MAX:g})",
    Shape.LINEAR: f"linear (R^2 at least {LINEAR_R2_MIN:g})",
}


def _shape_verdict(series: Series, shape: Shape, line: Points) -> Verdict:
    judged = judge(shape, line)
    came = judged.came
    if series.per_unit and judged.expected:
        (x0, y0), (x1, y1) = judged.expected
        came += f", {(y1 - y0) / (x1 - x0) * series.per:,.3g} {series.per_unit}"
    return Verdict(figure=series.figure, expected=_RULES[shape], came=came, holds=judged.holds)


def _bar_verdict(series: Series, bar: Bar, value: float) -> Verdict:
    said = "within the aim" if value <= bar.aim else "over the aim"
    return Verdict(
        figure=series.figure,
        expected=f"at {bar.x:,} at most {bar.must:g} {series.unit}, aim {bar.aim:g}",
        came=f"{number(value)} {series.unit}, {said}",
        holds=value <= bar.must,
    )


def number(value: float) -> str:
    """Return a figure with three digits that mean something."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def text(curve: Curve, points: Sequence[Point]) -> str:
    """Return the table of one curve as Markdown, then a line for each verdict, each failure and each warning."""
    heads = [curve.x_label, *(f"{series.label} ({series.unit})" for series in curve.series)]
    lines = [f"**{curve.name}**: {curve.title}", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for point in points:
        cells = [_cell(point.values.get(series.figure)) for series in curve.series]
        lines.append("| " + " | ".join([f"{point.x:,}", *cells]) + " |")
    lines.append("")
    lines += [f"- {each}" for each in [*_sentences(curve, points), *_warnings(points)]]
    return "\n".join(lines).rstrip() + "\n"


def _cell(value: float | None) -> str:
    return "-" if value is None else number(value)


def _sentences(curve: Curve, points: Sequence[Point]) -> list[str]:
    labels = {series.figure: series.label for series in curve.series}
    words = {True: "as expected", False: "NOT AS EXPECTED", None: "not judged"}
    return [
        f"{labels[each.figure]}: expected {each.expected}; came {each.came}: {words[each.holds]}"
        for each in verdicts(curve, points)
    ]


def _warnings(points: Sequence[Point]) -> list[str]:
    said = [f"{point.x:,} failed: {point.failure}" for point in points if point.failure]
    busy = [f"{point.x:,}" for point in points if point.values.get("driver_cpu", 0.0) > BOTTLENECK_CPU]
    return [*said, *([f"the driver is the bottleneck at {', '.join(busy)}"] if busy else [])]


def as_json(curve: Curve, points: Sequence[Point]) -> dict[str, Any]:
    """Return everything that was found out about a curve, in what JSON knows."""
    return {
        "curve": curve.name,
        "points": [{"x": point.x, "values": point.values, "failure": point.failure} for point in points],
        "verdicts": [
            {"figure": each.figure, "expected": each.expected, "came": each.came, "holds": each.holds}
            for each in verdicts(curve, points)
        ],
    }
