"""D1-D3 and D5: what was acknowledged or shown is on disk, and nothing else is. D4 is a count: see `Verdict`."""

from __future__ import annotations

from collections.abc import Iterator

from chatd.model import RoomId, UserId
from tests.history.events import Receive, Stored
from tests.history.evidence import Case, Evidence, Name
from tests.history.verdict import Violation


def lost(evidence: Evidence) -> Iterator[Violation]:
    """D1: every acknowledged command is stored. A violation for each that is not.

    It says which part of what its sender had acknowledged in the room is gone: all, the prefix, the suffix, or
    something in the middle, which is the worst, because no later entry tells of it.
    """
    by_sender: dict[tuple[UserId, RoomId], list[Case]] = {}
    for case in evidence.cases.values():
        if case.acks:
            by_sender.setdefault(case.name[:2], []).append(case)
    for (sender, _), cases in by_sender.items():
        cases.sort(key=lambda case: case.acks[0].seq)
        kept = [index for index, case in enumerate(cases) if case.stored]
        for index, case in enumerate(cases):
            if not case.stored:
                yield Violation("D1", f"lost, {_part(index, kept)} of what {sender} sent", (case.acks[0],))


def _part(index: int, kept: list[int]) -> str:
    if not kept:
        return "with all"
    if index < kept[0]:
        return "in the prefix"
    return "in the suffix" if index > kept[-1] else "in the middle"


def unexpected(evidence: Evidence) -> Iterator[Violation]:
    """D2: every post that is stored or shown was sent, and with that body. One violation for each place."""
    for entries in evidence.rooms.values():
        for entry in entries:
            case = evidence.cases[entry.sender, entry.room, entry.key]
            deleted = entry.expired or (entry.room, entry.seq) in evidence.deletions
            if fault := _fault_of_deleted(case, entry) if deleted else _fault(case, entry):
                yield Violation("D2", fault, (*case.invokes[:1], entry))
    told: dict[tuple[RoomId, int], None] = {}
    for shown in evidence.receives:
        if shown.key is None or shown.body is None or (shown.room, shown.seq) in told:
            continue
        found = evidence.cases.get((shown.sender, shown.room, shown.key))
        if fault := _fault(found or Case((shown.sender, shown.room, shown.key)), shown):
            told[shown.room, shown.seq] = None
            yield Violation("D2", f"shown: {fault}", (*(found.invokes[:1] if found else ()), shown))


def _fault_of_deleted(case: Case, entry: Stored) -> str | None:
    if entry.body is not None:
        return "it was deleted, or has expired, and its body is still there"
    return None if case.bodies else "nobody sent it"


def _fault(case: Case, entry: Stored | Receive) -> str | None:
    bodies = case.bodies
    if entry.body is None:
        return "its body is gone" if bodies and None not in bodies else None
    if not bodies:
        return "nobody sent it"
    return None if entry.body in bodies else "its body was altered"


def refused(evidence: Evidence) -> Iterator[Violation]:
    """D3: what was refused, and not sent again, is not stored.

    A `conflict` refuses a command for the sake of the one that is stored under its key: E3 judges that.
    """
    for case in evidence.cases.values():
        if case.stored and case.words and case.refused:
            yield Violation("D3", "refused, and stored all the same", (case.words[-1], case.stored[0]))


def shown(evidence: Evidence) -> Iterator[Violation]:
    """D5, as far as a history can tell: what was shown to anybody is stored. One violation for each place."""
    places = {(entry.room, entry.seq) for entries in evidence.rooms.values() for entry in entries}
    for receive in evidence.receives:
        place = receive.room, receive.seq
        if place not in places:
            places.add(place)
            yield Violation("D5", "shown, and not stored", (receive,))


def forgotten(evidence: Evidence) -> Iterator[Violation]:
    """A9, of one post: who was told that it was deleted is not shown what it said any more."""
    told: dict[tuple[str, RoomId], int] = {}
    for receive in evidence.receives:
        place = receive.client, receive.room
        deletion = evidence.deletions.get((receive.room, receive.seq))
        if deletion and receive.body is not None and deletion.seq <= told.get(place, 0):
            yield Violation("A9", "shown after it was told to be deleted", (receive, deletion))
        told[place] = max(told.get(place, 0), receive.seq)


def recovered(evidence: Evidence) -> list[Name]:
    """D4: the commands that are stored although their clients had no answer, or none but "later"."""
    return [
        case.name
        for case in evidence.cases.values()
        if case.stored and case.invokes and not case.acks and not case.refused
    ]
