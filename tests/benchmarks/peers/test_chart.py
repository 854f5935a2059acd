from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.peers.chart import svg
from benchmarks.peers.table import Measured, Row, rows
from benchmarks.plot import GOOD, OTHER, OURS

SVG = "{http://www.w3.org/2000/svg}"


def made(*values: tuple[int, str, float]) -> list[Row]:
    measured = [Measured(run, peer, "fanout200", {"deliveries_per_s": value}) for run, peer, value in values]
    return rows(measured, {"chatd": "yes", "other": "no", "third": "yes: archive"}, "chatd")


def widths(chart: str, style: str) -> list[float]:
    """Return how wide each path is whose style has this in it."""
    found = [path for path in ElementTree.fromstring(chart).iter(f"{SVG}path") if style in (path.get("style") or "")]
    corners = [[float(word) for word in (path.get("d") or "").split()[1::3] if word != "z"] for path in found]
    return [max(xs) - min(xs) for xs in corners]


def texts(chart: str) -> list[str | None]:
    return [text.text for text in ElementTree.fromstring(chart).iter(f"{SVG}text")]


def test_bars_are_as_long_as_their_figures() -> None:
    chart = svg(made((0, "chatd", 100.0), (0, "other", 50.0)), "chatd")
    assert widths(chart, f"fill: {OURS}")[0] == pytest.approx(2 * widths(chart, f"fill: {OTHER}")[0])


def test_the_reference_the_durable_and_the_others_differ_in_colour() -> None:
    chart = svg(made((0, "chatd", 1.0), (0, "other", 1.0), (0, "third", 1.0)), "chatd")
    assert [len(widths(chart, f"fill: {colour}")) for colour in (OURS, GOOD, OTHER)] == [1, 1, 1]


def test_a_line_goes_from_the_least_to_the_most() -> None:
    chart = svg(made((0, "chatd", 50.0), (1, "chatd", 100.0)), "chatd")
    [line], [bar] = widths(chart, "stroke: #222222"), widths(chart, f"fill: {OURS}")
    assert line == pytest.approx(bar * 50 / 75, rel=1e-3)


def test_a_server_without_a_figure_has_an_empty_bar() -> None:
    failed = rows([Measured(0, "chatd", "fanout200", {}, "it broke")], {}, "chatd")
    assert widths(svg(failed, "chatd"), f"fill: {OURS}") == [0.0]


def test_a_figure_and_its_ratio_stand_behind_the_bar() -> None:
    shown = texts(svg(made((0, "chatd", 100.0), (0, "a<b", 50.0)), "chatd"))
    assert {"chatd", "100", "a<b", "50.0  (0.50 x chatd)"} <= set(shown)


def test_an_empty_table_is_an_empty_chart() -> None:
    assert widths(svg([], "chatd"), f"fill: {OURS}") == []
