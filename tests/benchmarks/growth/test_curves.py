from __future__ import annotations

import json

import pytest

from benchmarks.growth.curves import Bar, Curve, Point, Series, Verdict, as_json, line_of, number, text, verdicts
from benchmarks.growth.shape import Shape

PAGE = Series(figure="p50", label="page", unit="ms", shape=Shape.FLAT, bar=Bar(1000, 1.5, 0.6))
MEMORY = Series(figure="rss", label="memory", unit="MiB", shape=Shape.LINEAR, per=1024, per_unit="KiB a room")
CPU = Series(figure="cpu", label="CPU", unit="cores")


def curve(*series: Series) -> Curve:
    return Curve(name="depth", title="what it is", x_label="entries", xs=(), quick=(), series=series)


def points(*values: tuple[int, float]) -> list[Point]:
    return [Point(x=x, values={"p50": y, "rss": y, "cpu": y}) for x, y in values]


def test_a_point_that_failed_is_not_on_the_line() -> None:
    assert line_of(PAGE, [*points((1, 2.0)), Point(x=10, failure="no")]) == [(1, 2.0)]


@pytest.mark.parametrize(
    ("value", "came", "holds"),
    [(0.6, "0.6 ms, within the aim", True), (1.5, "1.5 ms, over the aim", True), (1.6, "1.6 ms, over the aim", False)],
)
def test_a_bar_is_judged_at_its_point(value: float, came: str, holds: bool) -> None:
    made = verdicts(curve(PAGE), points((100, 1.0), (1000, value)))
    assert made[1] == Verdict(figure="p50", expected="at 1,000 at most 1.5 ms, aim 0.6", came=came, holds=holds)


def test_a_bar_without_its_point_is_not_judged() -> None:
    assert [each.expected for each in verdicts(curve(PAGE), points((10, 1.0), (100, 1.0)))] == [
        "flat (within a factor of 1.5)"
    ]


def test_the_cost_of_each_one_more_is_told_in_its_own_unit() -> None:
    [verdict] = verdicts(curve(MEMORY), points((10, 1.0), (1010, 3.0), (2010, 5.0)))
    assert verdict.came.endswith(", 2.05 KiB a room")
    assert verdict.holds


def test_a_figure_without_a_shape_is_not_judged() -> None:
    assert verdicts(curve(CPU), points((10, 1.0), (100, 9.0))) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234567.8, "1,234,568"), (100.4, "100"), (12.34, "12.3"), (1.234, "1.23"), (7.0, "7"), (0.01234, "0.0123")],
)
def test_figures_have_the_digits_that_mean_something(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_table_shows_points_verdicts_and_failures() -> None:
    measured = [*points((100, 1.0), (1000, 2.0)), Point(x=10_000, failure="no space")]
    assert text(curve(PAGE, CPU), measured) == (
        "**depth**: what it is\n"
        "\n"
        "| entries | page (ms) | CPU (cores) |\n"
        "|---|---|---|\n"
        "| 100 | 1 | 1 |\n"
        "| 1,000 | 2 | 2 |\n"
        "| 10,000 | - | - |\n"
        "\n"
        "- page: expected flat (within a factor of 1.5); came the last decade is 2.00 x the one before, "
        "2.00 x the first: NOT AS EXPECTED\n"
        "- page: expected at 1,000 at most 1.5 ms, aim 0.6; came 2 ms, over the aim: NOT AS EXPECTED\n"
        "- 10,000 failed: no space\n"
    )


def test_a_driver_that_was_the_bottleneck_is_told() -> None:
    measured = [Point(x=10, values={"driver_cpu": 0.9}), Point(x=100, values={"driver_cpu": 0.91})]
    assert text(curve(CPU), measured).endswith("\n- the driver is the bottleneck at 100\n")


def test_json_holds_every_figure_and_every_verdict() -> None:
    found = as_json(curve(PAGE), [*points((100, 1.0), (200, 1.0)), Point(x=1000, failure="no")])
    assert json.loads(json.dumps(found)) == found
    assert [each["x"] for each in found["points"]] == [100, 200, 1000]
    assert found["points"][2] == {"x": 1000, "values": {}, "failure": "no"}
    assert [each["holds"] for each in found["verdicts"]] == [None]
