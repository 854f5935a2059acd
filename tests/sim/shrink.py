"""A smaller plan that still fails: actions are left out, by halves, then by quarters, as long as it goes on failing.

Zeller's ddmin, with a bound on how many runs it may take. A run without an action draws other chances, so a smaller
plan counts as the same failure if it violates the same invariant: the first word of what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from tests.sim.plan import Action, Plan
from tests.sim.run import Report

RUNS_MAX = 120


def names(report: Report) -> set[str]:
    """Return what was violated, by name."""
    return {violation.split(maxsplit=1)[0] for violation in report.violations}


def shrunk(plan: Plan, failed: Report, run: Callable[[Plan], Report], runs_max: int = RUNS_MAX) -> tuple[Plan, Report]:
    """Return the smallest plan found that fails as `failed` did, and its report."""
    best, report, parts, runs = plan, failed, 2, 0
    while runs < runs_max and parts <= len(best.actions):
        for left_out in range(parts):
            runs += 1
            smaller = evolve(best, actions=_without(best.actions, left_out, parts))
            found = run(smaller)
            if names(found) & names(failed):
                best, report, parts = smaller, found, max(2, parts - 1)
                break
            if runs >= runs_max:
                break
        else:
            if parts == len(best.actions):
                break
            parts = min(len(best.actions), parts * 2)
    return best, report


def _without(actions: Sequence[Action], index: int, parts: int) -> tuple[Action, ...]:
    """Return `actions` without the part `index` of `parts`."""
    first, last = index * len(actions) // parts, (index + 1) * len(actions) // parts
    return (*actions[:first], *actions[last:])
