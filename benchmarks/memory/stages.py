"""What was measured, in stages and rounds, and how it is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from benchmarks.footprint import Footprint

Figures = dict[str, int | float | str]


@frozen
class Stage:
    round: int
    """From 1."""
    name: str
    footprint: Footprint


def each_kb(stages: Sequence[Stage], earlier: str, later: str, count: int) -> Figures:
    """Return what one of `count` things cost in the first round, between two stages, in KiB of RSS and USS."""
    first = {stage.name: stage.footprint for stage in stages if stage.round == 1}
    before, after = first[earlier], first[later]
    return {
        "rss_kb": round((after.rss_kb - before.rss_kb) / count, 2),
        "uss_kb": round((after.uss_kb - before.uss_kb) / count, 2),
    }


def kept_kb(stages: Sequence[Stage], earlier: str, later: str) -> list[int]:
    """Return for each round by how much USS is over where the first one began, in KiB, at its stage `later`.

    Equal numbers are what the allocator keeps of the highest need; numbers that rise by the same each time, a leak.
    """
    began = next(stage.footprint for stage in stages if stage.name == earlier)
    return [stage.footprint.uss_kb - began.uss_kb for stage in stages if stage.name == later]


def table(stages: Sequence[Stage]) -> str:
    """Return a line for each stage."""
    lines = [f"{'round':>5}  {'stage':28} {'RSS KiB':>10} {'USS KiB':>10} {'fds':>6} {'threads':>7}"]
    for stage in stages:
        held = stage.footprint
        lines.append(
            f"{stage.round:>5}  {stage.name:28} {held.rss_kb:>10,} {held.uss_kb:>10,}"
            f" {held.descriptors:>6,} {held.threads:>7}"
        )
    return "\n".join(lines)
