from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.peers.chart import svg
from benchmarks.peers.table import Measured, Row, rows

SVG = "{http://www.w3.org/2000/svg}"


def made(*values: tuple[int, str, float]) -> list[Row]:
    measured = [Measured(run, peer, "fanout200", {"deliveries_per_s": value}) for run, peer, value in values]
    return rows(measured, {"chatd": "yes", "other": "no", "third": "yes: archive"}, "chatd")


def bars(chart: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(chart).findall(f"{SVG}rect")[1:]


def test_bars_are_as_long_as_their_figures() -> None:
    widths = [float(bar.get("width") or 0) for bar in bars(svg(made((0, "chatd", 100.0), (0, "other", 50.0)), "chatd"))]
    assert widths[0] == 2 * widths[1] > 0


def test_the_reference_the_durable_and_the_others_differ_in_colour() -> None:
    chart = svg(made((0, "chatd", 1.0), (0, "other", 1.0), (0, "third", 1.0)), "chatd")
    assert len(dict.fromkeys(bar.get("fill") for bar in bars(chart))) == 3


def test_a_line_goes_from_the_least_to_the_most() -> None:
    chart = ElementTree.fromstring(svg(made((0, "chatd", 50.0), (1, "chatd", 100.0)), "chatd"))
    [line] = chart.findall(f"{SVG}line")
    assert float(line.get("x1") or 0) < float(line.get("x2") or 0)


def test_a_server_without_a_figure_has_an_empty_bar() -> None:
    failed = rows([Measured(0, "chatd", "fanout200", {}, "it broke")], {}, "chatd")
    [bar] = bars(svg(failed, "chatd"))
    assert bar.get("width") == "0.0"


def test_texts_are_escaped() -> None:
    chart = ElementTree.fromstring(svg(made((0, "a<b", 1.0)), "chatd"))
    assert "a<b" in [text.text for text in chart.findall(f"{SVG}text")]


def test_an_empty_table_is_an_empty_chart() -> None:
    assert bars(svg([], "chatd")) == []
