"""A curve as a chart: one panel for each unit, what was expected dashed beside what came. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.growth.curves import Curve, Point, Series, line_of
from benchmarks.growth.shape import Shape, judge
from benchmarks.plot import Line, Panel, line_chart


def svg(curve: Curve, points: Sequence[Point]) -> str:
    """Return the chart of a curve, as `benchmarks.plot.line_chart` does. A series without a point is left out."""
    drawn = [series for series in curve.series if series.is_drawn]
    panels = [
        _panel(curve, [series for series in drawn if series.unit == unit], points)
        for unit in dict.fromkeys(series.unit for series in drawn)
    ]
    return line_chart([panel for panel in panels if panel.lines])


def _panel(curve: Curve, drawn: Sequence[Series], points: Sequence[Point]) -> Panel:
    unit = drawn[0].unit
    measured = [Line(label=each.label, points=line_of(each, points)) for each in drawn]
    return Panel(
        title=f"{curve.name}: {drawn[0].label if len(drawn) == 1 else unit}",
        x_label=curve.x_label,
        y_label=unit,
        lines=[*(line for line in measured if line.points), *_expected(drawn, points)],
        log_x=not any(series.shape is Shape.LINEAR for series in drawn),
    )


def _expected(drawn: Sequence[Series], points: Sequence[Point]) -> list[Line]:
    """Return a dashed line for each series of which something is expected. The legend names each shape once."""
    lines: list[Line] = []
    for series in drawn:
        expected = judge(series.shape, line_of(series, points)).expected if series.shape is not None else ()
        if series.shape is not None and expected:
            label = f"expected: {series.shape.value}"
            is_named = any(line.label == label for line in lines)
            lines.append(Line(label="" if is_named else label, points=expected, is_expected=True))
    return lines
