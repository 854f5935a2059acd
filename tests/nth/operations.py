"""Everything that is cancelled at its every moment, or runs short at its every turn, by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.nth import calls, leading, life, limits, pieces, searching, serving, storing, whole

OPERATIONS: dict[str, Callable[[int], int]] = {
    **calls.OPERATIONS,
    **leading.OPERATIONS,
    **life.OPERATIONS,
    **serving.OPERATIONS,
    **pieces.OPERATIONS,
    **storing.OPERATIONS,
    **whole.OPERATIONS,
    **limits.OPERATIONS,
    **searching.OPERATIONS,
}
"""Each takes a seed for the order of tasks, and returns how often it was hindered. Raises Violation."""
