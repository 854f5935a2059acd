"""The table as bars, in SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.table import Row, number
from benchmarks.plot import GOOD, OTHER, OURS, Bar, BarPanel, bar_chart


def _colour(row: Row, reference: str) -> str:
    if row.peer == reference:
        return OURS
    return GOOD if row.durable.startswith("yes") else OTHER


def _bar(row: Row, reference: str) -> Bar:
    ratio = "" if row.ratio is None or row.peer == reference else f"  ({number(row.ratio)} x {reference})"
    return Bar(
        label=row.peer,
        value=row.value or 0.0,
        low=row.low,
        high=row.high,
        said=number(row.value) + ratio,
        colour=_colour(row, reference),
    )


def svg(rows: Sequence[Row], reference: str) -> str:
    """Return the chart: a panel for each headline, a bar for each server, a line from its least to its most."""
    panels: list[BarPanel] = []
    for headline in dict.fromkeys(row.headline for row in rows):
        better = "more" if headline.more_is_better else "less"
        bars = [_bar(row, reference) for row in rows if row.headline == headline]
        panels.append(BarPanel(title=f"{headline.label}: {headline.unit}, {better} is better", bars=bars))
    legend = f"blue: {reference}; green: on disk when received; grey: not. The thin line goes from least to most."
    return bar_chart(panels, legend)
