"""Elle's checks of list-append histories, written anew from the paper: Kingsbury and Alvaro, "Elle: Inferring Isolation
Anomalies from Experimental Observations" (VLDB 2020), after Adya's definitions of the anomalies.

A list that is only appended to tells its own history: a read names every append before it, in order. From that follow
the dependencies between transactions: ww (appended next), wr (read what that one appended last), rw (appended what that
read did not see yet). With the order of each process, and with real time (complete before the other was invoked), a
cycle among them means that no order of the transactions explains what was seen: it is not strictly serializable.

What it does not do: it names at most one cycle, of the fewest kinds of edges that make one, and it finds only such
internal contradictions as these; elle-cli finds more kinds, where it is at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

from attrs import Factory, define, frozen

from tests.outside.graph import Graph
from tests.outside.ops import Deed, Op, deeds

LADDER = (("G0", ("ww",)), ("G1c", ("ww", "wr")), ("G2-item", ("ww", "wr", "rw")))
ORDERS = (("", ()), ("-process", ("process",)), ("-realtime", ("process", "realtime")))
Element = tuple[Any, Any]
"""A list and what was appended to it."""


@frozen
class Anomaly:
    name: str
    """As Elle names it."""
    text: str
    deeds: tuple[Deed, ...]


@define(eq=False)
class _Lists:
    """What is known of every list."""

    deeds: Sequence[Deed]
    writers: dict[Element, list[int]] = Factory(dict[Element, list[int]])
    reads: list[tuple[int, Any, list[Any]]] = Factory(list[tuple[int, Any, list[Any]]])
    """Who read which list, and what."""
    longest: dict[Any, list[Any]] = Factory(dict[Any, list[Any]])

    @classmethod
    def of(cls, all_deeds: Sequence[Deed]) -> _Lists:
        lists = cls(all_deeds)
        for index, deed in enumerate(all_deeds):
            for f, key, value in deed.value:
                if f == "append":
                    lists.writers.setdefault((key, value), []).append(index)
                elif deed.ending == "ok":
                    lists.reads.append((index, key, value or []))
                    lists.longest[key] = max(lists.longest.get(key, []), value or [], key=len)
        return lists

    def writer(self, key: Any, value: Any) -> int | None:
        found = self.writers.get((key, value))
        return found[0] if found else None

    def is_prefix(self, key: Any, values: list[Any]) -> bool:
        return values == self.longest[key][: len(values)]

    def anomaly(self, name: str, text: str, *indices: int) -> Anomaly:
        return Anomaly(name, text, tuple(self.deeds[index] for index in indices))


def anomalies(ops: Iterable[Op]) -> list[Anomaly]:
    """Return what is wrong with a history of transactions over lists. Every append must be of its own element.

    Takes time proportional to the history; a cycle, once there is one, is searched for in a few more passes.
    """
    lists = _Lists.of(deeds(ops))
    found = [*_appended_twice(lists), *_elements(lists), *_orders(lists), *_intermediate(lists)]
    return found + list(_cycles(lists))


def _appended_twice(lists: _Lists) -> Iterator[Anomaly]:
    for (key, value), writers in lists.writers.items():
        if len(writers) > 1:
            yield lists.anomaly("duplicate-appends", f"{value} was appended to {key} more than once", *writers)


def _elements(lists: _Lists) -> Iterator[Anomaly]:
    """Each element that was read was appended, did not fail (G1a, an aborted read), and stands in its list once.

    An anomaly is told once for each element, whoever read it.
    """
    told: dict[tuple[str, Any, Any], None] = {}
    for index, key, values in lists.reads:
        seen: dict[Any, None] = {}
        for value in values:
            name, writer = _fault(lists, key, value, seen)
            seen[value] = None
            if name and (name, key, value) not in told:
                told[name, key, value] = None
                concerned = (index,) if writer is None else (writer, index)
                yield lists.anomaly(name, f"{value} in {key}", *concerned)


def _fault(lists: _Lists, key: Any, value: Any, seen: dict[Any, None]) -> tuple[str, int | None]:
    writer = lists.writer(key, value)
    if value in seen:
        return "duplicate-elements", writer
    if writer is None:
        return "phantom", None
    return ("G1a" if lists.deeds[writer].ending == "fail" else ""), writer


def _orders(lists: _Lists) -> Iterator[Anomaly]:
    """Each read is a prefix of the longest one."""
    for index, key, values in lists.reads:
        if not lists.is_prefix(key, values):
            yield lists.anomaly("incompatible-order", f"a read of {key} is no prefix of the longest", index)


def _intermediate(lists: _Lists) -> Iterator[Anomaly]:
    """G1b: a read ends within what another transaction appended. Cannot be where each appends but one element."""
    last: dict[tuple[int, Any], Any] = {}
    for index, deed in enumerate(lists.deeds):
        last.update({(index, key): value for f, key, value in deed.value if f == "append"})
    for index, key, values in lists.reads:
        writer = lists.writer(key, values[-1]) if values else None
        if writer is not None and writer != index and last[writer, key] != values[-1]:
            yield lists.anomaly("G1b", f"{values[-1]} was not the last that was appended to {key}", writer, index)


def _cycles(lists: _Lists) -> Iterator[Anomaly]:
    graph = Graph(len(lists.deeds))
    _depend(lists, graph)
    _in_order(lists, graph)
    if graph.cycle((*LADDER[-1][1], *ORDERS[-1][1])) is None:
        return
    for suffix, orders in ORDERS:
        for name, kinds in LADDER:
            cycle = graph.cycle((*kinds, *orders))
            if cycle is not None:
                single = name == "G2-item" and cycle.kinds.count("rw") == 1
                text = " -> ".join(kind for kind, _ in groupby(cycle.kinds))
                yield lists.anomaly(("G-single" if single else name) + suffix, text, *cycle.nodes)
                return


def _depend(lists: _Lists, graph: Graph) -> None:
    """Edges ww, wr and rw. A read that is no prefix of the longest depends on nothing that could be told."""
    hubs = {key: _chain(lists, graph, key) for key in lists.longest}
    for index, key, values in lists.reads:
        if lists.is_prefix(key, values):
            longest = lists.longest[key]
            graph.link("wr", lists.writer(key, values[-1]) if values else None, index)
            following = lists.writer(key, longest[len(values)]) if len(values) < len(longest) else hubs[key]
            graph.link("rw", index, following)
    read = {(key, lists.writer(key, value)) for key, values in lists.longest.items() for value in values}
    for (key, _), [writer, *_] in lists.writers.items():
        if key in hubs and lists.deeds[writer].ending == "ok" and (key, writer) not in read:
            graph.link("ww", hubs[key], writer)


def _chain(lists: _Lists, graph: Graph, key: Any) -> int:
    """Link the appends that were read, in their order; return a node behind them all, for those that never were."""
    writers = [lists.writer(key, value) for value in lists.longest[key]]
    for one, other in pairwise(writers):
        graph.link("ww", one, other)
    hub = graph.node()
    graph.link("ww", writers[-1] if writers else None, hub)
    return hub


def _in_order(lists: _Lists, graph: Graph) -> None:
    """Edges of process and real time. The latter go through a chain of moments, one for each completion."""
    last: dict[int, int] = {}
    happenings: list[tuple[int, int, bool]] = []
    for index, deed in enumerate(lists.deeds):
        if deed.ending == "fail":
            continue
        graph.link("process", last.get(deed.process), index)
        last[deed.process] = index
        happenings.append((deed.invoked, index, False))
        if deed.ended is not None:
            happenings.append((deed.ended, index, True))
    moment: int | None = None
    for _, index, complete in sorted(happenings):
        if complete:
            before, moment = moment, graph.node()
            graph.link("realtime", before, moment)
            graph.link("realtime", index, moment)
        else:
            graph.link("realtime", moment, index)
