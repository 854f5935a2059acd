"""The judge: what a history and the store say of the invariants D1-D5, O1-O9, E1-E3 and A9.

Every checker is a pure function of the evidence, and takes time proportional to it. What they cannot see from outside
they do not judge: D6-D11 need the disk, E4-E7 and the rest of A more than posts, L needs to know when a fault ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tests.history import durability, order, sameness, streams
from tests.history.events import History, Receive, Stored
from tests.history.evidence import Evidence, gather
from tests.history.verdict import Verdict, Violation

__all__ = ["CHECKERS", "Verdict", "Violation", "judge"]

Checker = Callable[[Evidence], Iterator[Violation]]

CHECKERS: dict[str, Checker] = {
    "D1": durability.lost,
    "D2": durability.unexpected,
    "D3": durability.refused,
    "D5": durability.shown,
    "O1": order.dense,
    "O2": order.agreed,
    "O3": order.first_in_first_out,
    "O4": order.in_real_time,
    "O5": order.caused,
    "O6": streams.increasing,
    "O7": streams.whole,
    "O8": order.forward,
    "O9": order.echoed,
    "A9": durability.forgotten,
    "E1": sameness.once,
    "E2": sameness.alike,
    "E3": sameness.conflicting,
}


def judge(history: History, stored: Iterable[Stored]) -> Verdict:
    """Return what all checkers say. `stored` is all that the store holds, or all of the rooms that were used."""
    evidence = gather(history, stored)
    found = {invariant: list(checker(evidence)) for invariant, checker in CHECKERS.items()}
    return Verdict(
        violations=[violation for violations in found.values() for violation in violations],
        acked=sum(bool(case.acks) for case in evidence.cases.values()),
        recovered=len(durability.recovered(evidence)),
        lost=len(found["D1"]),
        unexpected=_places(found["D2"]),
        duplicated=_places(found["E1"]),
    )


def _places(violations: list[Violation]) -> int:
    """How many entries are concerned: one may be stored and shown to many."""
    entries = [violation.events[-1] for violation in violations]
    return len({(entry.room, entry.seq) for entry in entries if isinstance(entry, Stored | Receive)})
