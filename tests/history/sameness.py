"""E1-E3: the same key has the same answer, for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator

from attrs import Factory, define

from chatd.model import RoomId
from tests.history.events import Ack, Invoke, Nack, Receive, Stored
from tests.history.evidence import Case, Evidence, Name
from tests.history.verdict import Violation


def once(evidence: Evidence) -> Iterator[Violation]:
    """E1: a key has one place. A violation for each further one, in the store or shown."""
    for case in evidence.cases.values():
        for entry in case.stored[1:]:
            yield Violation("E1", "stored again", (case.stored[0], entry))
    first: dict[Name, Receive] = {}
    told: dict[tuple[RoomId, int], None] = {}
    for receive in evidence.receives:
        if receive.key is None:
            continue
        before = first.setdefault((receive.sender, receive.room, receive.key), receive)
        if before.seq != receive.seq and (receive.room, receive.seq) not in told:
            told[receive.room, receive.seq] = None
            yield Violation("E1", "shown at another place too", (before, receive))


def alike(evidence: Evidence) -> Iterator[Violation]:
    """E2: all acks of a key name one (room, seq, time), that of the entry which is stored; and no refusal follows.

    One violation for each answer that differs.
    """
    for case in evidence.cases.values():
        told: list[Ack | Stored] = [*case.stored, *case.acks]
        reference = told[0] if told else None
        if reference is not None:
            for ack in case.acks:
                if (ack.seq, ack.time) != (reference.seq, reference.time):
                    yield Violation("E2", "another answer for the same key", (reference, ack))
        yield from _refused_later(case)


def _refused_later(case: Case) -> Iterator[Violation]:
    """A client that sends it when it is acknowledged, and has no older copy under way, is not told no."""
    acked: Ack | None = None
    asking: dict[str, Ack | None] = {}
    for word in case.words:
        if isinstance(word, Invoke):
            asking.setdefault(word.client, acked)
            continue
        known = asking.pop(word.client, None)
        if isinstance(word, Ack):
            acked = acked or word
        elif isinstance(word, Nack) and known is not None and len(case.bodies) == 1:
            yield Violation("E2", "refused after it was acknowledged", (known, word))


@define(eq=False)
class _Bodies:
    """Which body each ack of a key stands for."""

    asking: dict[str, list[Invoke]] = Factory(dict[str, list[Invoke]])
    acked: list[tuple[Invoke, Ack]] = Factory(list[tuple[Invoke, Ack]])
    sent: dict[bytes | None, Invoke] = Factory(dict[bytes | None, Invoke])

    def invoke(self, word: Invoke) -> None:
        self.asking.setdefault(word.client, []).append(word)
        self.sent.setdefault(word.body, word)

    def answer(self, client: str) -> Invoke | None:
        """Return the command that an answer is for; None where it could be for two that differ."""
        copies = self.asking.pop(client, [])
        return copies[0] if copies and all(each.body == copies[0].body for each in copies) else None


def conflicting(evidence: Evidence) -> Iterator[Violation]:
    """E3: a key under which two bodies were sent is acknowledged for one of them, which is the one that is stored;
    and nobody is told `conflict` who sent nothing else.

    Where an answer could be for either it is not judged, nor by a body that is gone or may be: that is D2's to say.
    """
    for case in evidence.cases.values():
        if len(case.bodies) > 1 or any(isinstance(word, Nack) for word in case.words):
            yield from _conflicts(case, _erased_s(evidence, case))


def _erased_s(evidence: Evidence, case: Case) -> float:
    """Return from when on the body of a command may be gone: then a repeat is acknowledged uncompared."""
    deletion = evidence.deletions.get((case.name[1], case.seq)) if case.seq is not None else None
    if deletion is None:
        return 0.0 if any(entry.expired for entry in case.stored) else math.inf
    asked = evidence.case((deletion.sender, deletion.room, deletion.key)).invokes
    return min((each.at for each in asked), default=0.0)


def _conflicts(case: Case, erased_s: float) -> Iterator[Violation]:
    bodies = _Bodies()
    for word in case.words:
        if isinstance(word, Invoke):
            bodies.invoke(word)
            continue
        asked = bodies.answer(word.client)
        if isinstance(word, Ack) and asked is not None and word.at < erased_s:
            bodies.acked.append((asked, word))
        elif isinstance(word, Nack) and word.code == "conflict" and len(bodies.sent) == 1 and None not in bodies.sent:
            yield Violation("E3", "a conflict with nothing", (*bodies.sent.values(), word))
    for asked, ack in bodies.acked:
        if asked.body != bodies.acked[0][0].body:
            yield Violation("E3", "acknowledged for two bodies", (bodies.acked[0][1], asked, ack))
        if case.stored and case.stored[0].body not in (None, asked.body):
            yield Violation("E3", "acknowledged for a body that is not stored", (asked, ack, case.stored[0]))
