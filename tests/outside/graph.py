"""A directed graph with kinds of edges, in which a cycle can be found and shown short."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from attrs import Factory, define, frozen

TRIES = 50
"""From how many nodes of a cycle that was found, at most, a shorter one is searched for."""

Successors = dict[int, dict[int, str]]


@frozen
class Cycle:
    nodes: tuple[int, ...]
    """Those that the graph was made with, in order; the last leads back to the first."""
    kinds: tuple[str, ...]
    """The kinds of all edges on the way, those to and from added nodes too."""


@define(eq=False)
class Graph:
    """Nodes are the numbers below `size`, and those that `node` adds to carry many edges as few."""

    size: int
    _added: int = 0
    _edges: list[tuple[str, int, int]] = Factory(list[tuple[str, int, int]])

    def node(self) -> int:
        self._added += 1
        return self.size + self._added - 1

    def link(self, kind: str, start: int | None, end: int | None) -> None:
        """Add an edge, unless an end is missing or both are one."""
        if start is not None and end is not None and start != end:
            self._edges.append((kind, start, end))

    def cycle(self, kinds: Sequence[str]) -> Cycle | None:
        """Return a cycle over edges of these kinds, if there is one: the shortest through some node of one found."""
        successors: Successors = {}
        sorter: TopologicalSorter[int] = TopologicalSorter()
        for kind, start, end in self._edges:
            if kind in kinds:
                successors.setdefault(start, {}).setdefault(end, kind)
                sorter.add(end, start)
        try:
            sorter.prepare()
        except CycleError as error:
            return self._shortest(error.args[1], successors)
        return None

    def _shortest(self, nodes: Sequence[int], successors: Successors) -> Cycle:
        own = [node for node in nodes if node < self.size]
        some = own[:: len(own) // TRIES + 1]
        return min((self._round(node, successors) for node in some), key=lambda cycle: len(cycle.nodes))

    def _round(self, start: int, successors: Successors) -> Cycle:
        """Return a way from a node, which lies on a cycle, back to it, over the fewest nodes that were not added.

        A search in breadth, in which a step to an added node costs nothing.
        """
        came_from: dict[int, int] = {}
        queue = deque((node, start) for node in sorted(successors[start], reverse=True))
        while start not in came_from:
            node, before = queue.popleft()
            if node not in came_from:
                came_from[node] = before
                for following in successors.get(node, {}):
                    (queue.append if following < self.size else queue.appendleft)((following, node))
        path = [start, came_from[start]]
        while path[-1] != start:
            path.append(came_from[path[-1]])
        kinds = tuple(successors[one][other] for one, other in pairwise(path[::-1]))
        return Cycle(tuple(node for node in path[:0:-1] if node < self.size), kinds)
