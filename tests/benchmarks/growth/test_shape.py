from __future__ import annotations

import pytest

from benchmarks.growth.shape import Judged, Points, Shape, decades, judge


def test_a_decade_has_its_end_and_not_its_beginning() -> None:
    points = [(10, 1.0), (100, 2.0), (1000, 3.0), (5000, 4.0), (10000, 5.0)]
    assert decades(points) == ([4.0, 5.0], [3.0])


def test_all_points_before_stand_for_a_decade_without_one() -> None:
    assert decades([(1, 1.0), (2, 2.0), (1000, 3.0)]) == ([3.0], [1.0, 2.0])


@pytest.mark.parametrize(("last", "holds"), [(1.5, True), (1.51, False), (0.67, True), (0.66, False)])
def test_flat_allows_a_factor_either_way(last: float, holds: bool) -> None:
    assert judge(Shape.FLAT, [(10, 1.0), (100, last)]).holds is holds


def test_flat_looks_at_the_last_two_decades_and_the_first() -> None:
    judged = judge(Shape.FLAT, [(10, 0.8), (100, 900.0), (1000, 1.0), (10_000, 1.2)])
    came = "the last decade is 1.20 x the one before, 1.50 x the first"
    assert judged == Judged(True, came, ((10, 1.0), (10_000, 1.0)))


@pytest.mark.parametrize(
    ("ys", "holds"),
    [((1.0, 9.0, 9.0, 8.0), True), ((1.0, 9.0, 90.0, 95.0), True), ((1.0, 9.0, 5.0, 6.0), False)],
)
def test_what_levels_off_may_rise_and_must_not_fall(ys: tuple[float, ...], holds: bool) -> None:
    assert judge(Shape.LEVELS_OFF, list(zip((10, 100, 600, 1000), ys, strict=True))).holds is holds


def test_linear_tells_its_start_its_slope_and_how_well_it_fits() -> None:
    judged = judge(Shape.LINEAR, [(100, 12.0), (200, 14.0), (400, 18.0)])
    assert judged.holds
    assert judged.came == "10 + 0.02 x, R^2 1.0000"
    assert [y for _, y in judged.expected] == pytest.approx([12.0, 18.0])


@pytest.mark.parametrize(
    "ys", [(1.0, 100.0, 10_000.0, 1_000_000.0), (5.0, 5.0, 5.0, 5.0), (4.0, 3.0, 2.0, 1.0), (1.0, 9.0, 2.0, 8.0)]
)
def test_what_bends_stays_falls_or_scatters_is_not_linear(ys: tuple[float, ...]) -> None:
    assert judge(Shape.LINEAR, list(zip((1, 2, 3, 4), ys, strict=True))).holds is False


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("points", [[], [(10, 1.0)]])
def test_too_few_points_are_not_judged(shape: Shape, points: Points) -> None:
    assert judge(shape, points) == Judged(None, "too few points", ())


def test_two_points_are_no_line() -> None:
    assert judge(Shape.LINEAR, [(1, 1.0), (2, 2.0)]).holds is None


def test_a_cost_of_nothing_has_no_ratio() -> None:
    assert judge(Shape.FLAT, [(10, 0.0), (100, 1.0)]).holds is None


def test_what_creeps_up_over_many_decades_is_not_flat() -> None:
    creeping = [(10.0**power, 1.2**power) for power in range(1, 6)]
    judged = judge(Shape.FLAT, creeping)
    assert judged.holds is False
    assert judged.came == "the last decade is 1.20 x the one before, 2.07 x the first"
