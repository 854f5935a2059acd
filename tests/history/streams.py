"""O6 and O7: each stream of a room goes on from its cursor, entry by entry, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from chatd.model import RoomId
from tests.history.events import Begin, Receive, Skip
from tests.history.evidence import Evidence
from tests.history.verdict import Violation

Step = Begin | Receive | Skip
"""What moves a stream."""


def increasing(evidence: Evidence) -> Iterator[Violation]:
    """O6: within a stream the seqs increase strictly, and begin behind its cursor."""
    for before, step in _steps(evidence):
        if isinstance(step, Receive) and before is not None and step.seq <= _reach(before):
            yield Violation("O6", f"{step.seq} came after {_reach(before)}", (before, step))


def whole(evidence: Evidence) -> Iterator[Violation]:
    """O7: the entry after s is s + 1, or what lies between was named as a gap, exactly.

    It says nothing of entries that a stream did not come to: that is liveness.
    """
    for before, step in _steps(evidence):
        if isinstance(step, Begin):
            continue
        first, last = (step.first, step.last) if isinstance(step, Skip) else (step.seq, step.seq)
        if before is None:
            yield Violation("O7", "a stream without a beginning", (step,))
        elif first > _reach(before) + 1:
            yield Violation("O7", f"a silent hole before {first}, after {_reach(before)}", (before, step))
        elif isinstance(step, Skip) and (first <= _reach(before) or last < first):
            yield Violation("O7", f"a gap that is none, after {_reach(before)}", (before, step))


def _steps(evidence: Evidence) -> Iterator[tuple[Step | None, Step]]:
    """Yield each step of each stream with the one before it."""
    last: dict[tuple[int, RoomId], Step] = {}
    for event in evidence.events:
        if isinstance(event, Receive | Begin | Skip):
            stream = event.session, event.room
            yield last.get(stream), event
            last[stream] = event


def _reach(step: Step) -> int:
    return step.last if isinstance(step, Skip) else step.seq
