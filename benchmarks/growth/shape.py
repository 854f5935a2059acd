"""What form a curve was expected to have, and which it has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from statistics import correlation, linear_regression, median

from attrs import frozen

FLAT_FACTOR_MAX = 1.5
"""A curve is flat if its last decade lies within this factor of the one before and of the first, either way."""
LINEAR_R2_MIN = 0.98
"""A curve is linear if a line by least squares explains this share of its variance."""
_DECADE = 10

Points = Sequence[tuple[float, float]]
"""(x, y), x ascending and over 0."""


class Shape(StrEnum):
    FLAT = "flat"
    """The cost of one does not depend on how many there are."""
    LINEAR = "linear"
    """Each one more costs the same."""
    LEVELS_OFF = "rises, then flat"
    """More at once is cheaper each, up to what the machine can do; it must not fall after that."""


@frozen
class Judged:
    """How a curve came out."""

    holds: bool | None
    """None if there are too few points to say."""
    came: str
    expected: Points
    """What was expected, to be drawn beside the curve: empty where nothing can be said."""


def judge(shape: Shape, points: Points) -> Judged:
    """Return whether `points` have the shape. A curve needs two points for each judgement, a linear one three."""
    if shape is Shape.LINEAR:
        return _linear(points)
    return _levels_off(points) if shape is Shape.LEVELS_OFF else _flat(points)


def decades(points: Points) -> tuple[list[float], list[float]]:
    """Return the y values of the last decade of x, and those of the decade before it.

    Points lie at whole steps like 10, 100, 1000, so a decade includes its end and excludes its beginning. Where the
    decade before holds no point, all points before the last decade stand for it.
    """
    end = points[-1][0]
    last = [y for x, y in points if x > end / _DECADE]
    before = [y for x, y in points if end / _DECADE**2 < x <= end / _DECADE]
    return last, before or [y for x, y in points if x <= end / _DECADE]


def _flat(points: Points) -> Judged:
    last, before = decades(points) if points else ([], [])
    if not before or min(y for _, y in points) <= 0:
        return Judged(None, "too few points", ())
    level = median(before)
    first = median([y for x, y in points if x < points[0][0] * _DECADE])
    ratios = (median(last) / level, median(last) / first)
    holds = all(1 / FLAT_FACTOR_MAX <= ratio <= FLAT_FACTOR_MAX for ratio in ratios)
    came = f"the last decade is {ratios[0]:.2f} x the one before, {ratios[1]:.2f} x the first"
    return Judged(holds, came, _level(points, level))


def _levels_off(points: Points) -> Judged:
    last, _ = decades(points) if points else ([], [])
    before = [y for _, y in points][: len(points) - len(last)]
    if not before or max(before) <= 0:
        return Judged(None, "too few points", ())
    best = max(before)
    ratio = median(last) / best
    return Judged(
        ratio >= 1 / FLAT_FACTOR_MAX, f"the last decade is {ratio:.2f} x the best before it", _level(points, best)
    )


def _level(points: Points, y: float) -> Points:
    return ((points[0][0], y), (points[-1][0], y))


def _linear(points: Points) -> Judged:
    if len(points) < 3:
        return Judged(None, "too few points", ())
    xs, ys = [x for x, _ in points], [y for _, y in points]
    slope, start = linear_regression(xs, ys)
    r2 = correlation(xs, ys) ** 2 if len(dict.fromkeys(ys)) > 1 else 0.0
    came = f"{start:,.4g} + {slope:,.4g} x, R^2 {r2:.4f}"
    drawn = [(x, start + slope * x) for x in (xs[0], xs[-1])]
    return Judged(r2 >= LINEAR_R2_MIN and slope > 0, came, drawn)
