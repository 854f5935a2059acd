from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.growth.chart import svg
from benchmarks.growth.curves import Curve, Point, Series
from benchmarks.growth.shape import Shape

SVG = "{http://www.w3.org/2000/svg}"
POINTS = [Point(x=x, values={"a": 1.0 + x, "b": 2.0, "c": 3.0, "cpu": 1.0}) for x in (10, 100, 1000)]


def drawn(points: list[Point], *series: Series) -> list[str]:
    curve = Curve(name="curve", title="t", x_label="rooms", xs=(), quick=(), series=series)
    texts = [text.text or "" for text in ElementTree.fromstring(svg(curve, points)).iter(f"{SVG}text")]
    return [text for text in texts if not text.replace(",", "").isdigit()]


def flat(figure: str) -> Series:
    return Series(figure=figure, label=f"figure {figure}", unit="ms", shape=Shape.FLAT)


def test_each_unit_has_a_panel() -> None:
    cpu = Series(figure="cpu", label="CPU", unit="cores")
    shown = drawn(POINTS, flat("b"), cpu)
    assert ("curve: figure b" in shown, "curve: CPU" in shown) == (True, True)


def test_what_is_expected_of_several_is_named_once() -> None:
    shown = drawn(POINTS, flat("b"), flat("c"))
    assert {"curve: ms", "figure b", "figure c"} <= set(shown)
    assert shown.count("expected: flat") == 1


def test_what_is_for_the_table_alone_is_not_drawn() -> None:
    assert drawn(POINTS, Series(figure="a", label="figure a", unit="ms", is_drawn=False)) == []


def test_a_series_that_was_not_measured_is_left_out() -> None:
    assert drawn(POINTS, Series(figure="none", label="nothing", unit="ms")) == []


def test_a_line_is_drawn_over_a_linear_axis() -> None:
    linear = Series(figure="a", label="figure a", unit="MiB", shape=Shape.LINEAR)
    assert "expected: linear" in drawn(POINTS, linear)
