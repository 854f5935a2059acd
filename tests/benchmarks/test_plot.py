from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.plot import GOOD, OTHER, OURS, Bar, BarPanel, Line, Panel, bar_chart, line_chart

SVG = "{http://www.w3.org/2000/svg}"
MEASURED = Line(label="measured", points=[(10, 100.0), (100, 150.0), (1000, 50.0)])
EXPECTED = Line(label="expected", points=[(10, 100.0), (1000, 100.0)], is_expected=True)


def panel(*lines: Line, log_x: bool = False, log_y: bool = False) -> Panel:
    return Panel(title="a < b & $c$", x_label="members", y_label="posts/s", lines=lines, log_x=log_x, log_y=log_y)


def texts(chart: str) -> list[str | None]:
    return [text.text for text in ElementTree.fromstring(chart).iter(f"{SVG}text")]


def paths(chart: str, style: str) -> list[list[tuple[float, float]]]:
    """Return the corners of each path whose style has this in it."""
    found = [path for path in ElementTree.fromstring(chart).iter(f"{SVG}path") if style in (path.get("style") or "")]
    words = [(path.get("d") or "").replace("z", "").split() for path in found]
    return [list(zip(map(float, each[1::3]), map(float, each[2::3]), strict=True)) for each in words]


def curve(chart: str) -> list[tuple[float, float]]:
    """Return where the line that was measured runs. The first one is it, the other its sample in the legend."""
    return paths(chart, f"fill: none; stroke: {OURS}; stroke-width: 1.5")[0]


def widths(chart: str, style: str) -> list[float]:
    """Return how wide each path is whose style has this in it."""
    return [max(x for x, _ in each) - min(x for x, _ in each) for each in paths(chart, style)]


def bars(chart: str, colour: str) -> list[float]:
    """Return how wide each bar of a colour is."""
    return widths(chart, f"fill: {colour}")


@pytest.mark.parametrize("log_y", [False, True])
def test_equal_data_gives_equal_bytes_and_other_data_others(log_y: bool) -> None:
    chart = line_chart([panel(MEASURED, EXPECTED, log_x=True, log_y=log_y)])
    assert chart == line_chart([panel(MEASURED, EXPECTED, log_x=True, log_y=log_y)])
    assert chart != line_chart([panel(MEASURED, log_x=True, log_y=log_y)])


def test_nothing_tells_when_a_chart_was_drawn() -> None:
    assert "date" not in line_chart([panel(MEASURED)])


def test_texts_stay_texts_as_they_were_written() -> None:
    chart = line_chart([panel(MEASURED, EXPECTED)])
    assert {"a < b & $c$", "members", "posts/s", "measured", "expected"} <= set(texts(chart))


def test_a_line_without_a_label_is_not_in_the_legend() -> None:
    chart = line_chart([panel(MEASURED, Line(label="", points=[(1, 1.0)]))])
    assert texts(chart)[-1] == "measured"


def test_equal_steps_of_a_logarithmic_axis_are_factors() -> None:
    xs = [x for x, _ in curve(line_chart([panel(MEASURED, log_x=True)]))]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], rel=1e-3)


def test_equal_steps_of_a_linear_axis_are_differences() -> None:
    xs = [x for x, _ in curve(line_chart([panel(MEASURED)]))]
    assert (xs[2] - xs[1]) / (xs[1] - xs[0]) == pytest.approx(10, rel=1e-3)


def test_more_is_higher() -> None:
    ys = [y for _, y in curve(line_chart([panel(MEASURED)]))]
    assert ys[1] < ys[0] < ys[2]


def test_a_linear_axis_begins_at_nothing() -> None:
    assert "0" in texts(line_chart([panel(Line(label="high", points=[(1, 1000.0), (2, 1001.0)]))]))


def test_what_a_logarithmic_axis_cannot_show_is_left_out() -> None:
    line = Line(label="measured", points=[(0, 1.0), (1, 0.0), (10, 1.0), (100, 2.0)])
    assert len(curve(line_chart([panel(line, log_x=True, log_y=True)]))) == 2


def test_what_is_expected_is_dashed() -> None:
    assert "stroke-dasharray" not in line_chart([panel(MEASURED)])
    assert "stroke-dasharray" in line_chart([panel(MEASURED, EXPECTED)])


def test_panels_stand_side_by_side() -> None:
    one, two = (ElementTree.fromstring(line_chart([panel(MEASURED)] * count)) for count in (1, 2))
    width = [float((chart.get("width") or "").removesuffix("pt")) for chart in (one, two)]
    assert width[1] == 2 * width[0]
    assert one.get("height") == two.get("height")


def test_bars_are_as_long_as_their_values() -> None:
    chart = bar_chart(
        [BarPanel(title="t", bars=[Bar(label="a", value=100.0), Bar(label="b", value=50.0, colour=GOOD)])]
    )
    assert bars(chart, OURS)[0] == pytest.approx(2 * bars(chart, GOOD)[0])


def test_what_is_said_of_a_bar_and_the_legend_are_shown() -> None:
    bar = Bar(label="other", value=1.0, said="2 x ours", colour=OTHER)
    chart = bar_chart([BarPanel(title="t", bars=[bar])], "grey: others")
    assert {"other", "2 x ours", "grey: others"} <= set(texts(chart))


def test_a_bar_of_nothing_can_be_drawn() -> None:
    assert bars(bar_chart([BarPanel(title="t", bars=[Bar(label="a", value=0.0)])]), OURS) == [0.0]


def test_a_thin_line_goes_from_the_least_to_the_most() -> None:
    spread = bar_chart([BarPanel(title="t", bars=[Bar(label="a", value=5.0, low=2.0, high=10.0)])])
    alone = bar_chart([BarPanel(title="t", bars=[Bar(label="a", value=5.0, low=5.0, high=5.0)])])
    [line] = widths(spread, "stroke: #222222")
    assert line == pytest.approx(bars(spread, OURS)[0] * 8 / 5, rel=1e-3)
    assert "#222222" not in alone


def test_no_panels_are_an_empty_picture() -> None:
    assert line_chart([]).startswith("<svg")
    assert texts(bar_chart([])) == []
