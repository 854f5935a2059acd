"""O1-O5, O8 and O9: one dense order in each room, the one that everybody saw, and in which causes come first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from attrs import Factory, define

from chatd.model import RoomId
from tests.history.events import Ack, Invoke, Nack, Postponed, Receive, Stored
from tests.history.evidence import Case, Evidence, Name
from tests.history.verdict import Violation


def dense(evidence: Evidence) -> Iterator[Violation]:
    """O1: the seqs of each stored room are 1, 2, 3 ... One violation for each that is missing before, or doubled."""
    for entries in evidence.rooms.values():
        head = 0
        for entry in entries:
            if entry.seq != head + 1:
                yield Violation("O1", f"{entry.seq} follows {head}", (entry,))
            head = entry.seq


def agreed(evidence: Evidence) -> Iterator[Violation]:
    """O2: whoever was shown an entry was shown what the store holds there, or else what others were shown."""
    held: dict[tuple[RoomId, int], Stored | Receive] = {
        (entry.room, entry.seq): entry for entries in evidence.rooms.values() for entry in entries
    }
    for receive in evidence.receives:
        reference = held.setdefault((receive.room, receive.seq), receive)
        expired = isinstance(reference, Stored) and reference.expired
        deleted = expired or (receive.room, receive.seq) in evidence.deletions
        if reference is not receive and not _same(reference, receive, deleted=deleted):
            yield Violation("O2", "another entry at the same place", (reference, receive))


def _same(reference: Stored | Receive, receive: Receive, *, deleted: bool) -> bool:
    """Whether they are one entry. None was not noted; but a stored body was noted, also where there is none.

    Of a deleted or expired post the body that was shown before is not compared with the one that is gone: D2 compares
    it with what was sent.
    """
    if (reference.sender, reference.time) != (receive.sender, receive.time):
        return False
    keys_differ = None not in (reference.key, receive.key) and reference.key != receive.key
    bodies_differ = receive.body is not None and reference.body != receive.body
    if isinstance(reference, Receive) and reference.body is None:
        bodies_differ = False
    return not keys_differ and (deleted or not bodies_differ)


def forward(evidence: Evidence) -> Iterator[Violation]:
    """O8: the server's time never runs back within a room."""
    for entries in evidence.rooms.values():
        for before, entry in pairwise(entries):
            if entry.time < before.time:
                yield Violation("O8", f"its time runs back by {before.time - entry.time} ms", (before, entry))


def echoed(evidence: Evidence) -> Iterator[Violation]:
    """O9: an acknowledged entry is shown at the seq of its ack. One violation for each other seq."""
    told: dict[tuple[RoomId, int], None] = {}
    for receive in evidence.receives:
        if receive.key is None or (receive.room, receive.seq) in told:
            continue
        case = evidence.cases.get((receive.sender, receive.room, receive.key))
        if case is not None and case.acks and case.acks[0].seq != receive.seq:
            told[receive.room, receive.seq] = None
            yield Violation("O9", f"shown at {receive.seq}, acknowledged at {case.acks[0].seq}", (receive,))


def in_real_time(evidence: Evidence) -> Iterator[Violation]:
    """O4: what was sent after an ack, by whomever, comes after what was acknowledged (a linearizable append)."""
    newest: dict[RoomId, Ack] = {}
    for event in evidence.events:
        if isinstance(event, Ack):
            newest[event.room] = max(newest.get(event.room, event), event, key=lambda ack: ack.seq)
        elif isinstance(event, Invoke) and (known := newest.get(event.room)):
            yield from _behind("O4", evidence, event, known)


def caused(evidence: Evidence) -> Iterator[Violation]:
    """O5: what a client sent after it was shown an entry comes after that entry."""
    newest: dict[tuple[str, RoomId], Receive] = {}
    for event in evidence.events:
        if isinstance(event, Receive):
            place = event.client, event.room
            newest[place] = max(newest.get(place, event), event, key=lambda receive: receive.seq)
        elif isinstance(event, Invoke) and (known := newest.get((event.client, event.room))):
            yield from _behind("O5", evidence, event, known)


def _behind(invariant: str, evidence: Evidence, invoke: Invoke, known: Ack | Receive) -> Iterator[Violation]:
    """A violation if the first sending of a command came after `known`, and its entry did not."""
    case = evidence.cases[invoke.account, invoke.room, invoke.key]
    if case.invokes[0] is invoke and case.seq is not None and case.seq <= known.seq:
        yield Violation(invariant, f"sent after {known.seq}, and came to {case.seq}", (known, invoke))


@define(eq=False)
class _Queue:
    """What one client sent into one room, over the same connections: key by key, where it stands on each of them."""

    places: dict[Name, dict[int, int]] = Factory(dict[Name, dict[int, int]])


def first_in_first_out(evidence: Evidence) -> Iterator[Violation]:
    """O3: of two commands that went out over the same connections, in the same order on each, the first comes first.

    Commands that were ever postponed or refused are left out: they have no order. So are those that several clients
    sent: their place may be another's doing. Connections are compared whole, so
    a command that was sent again is compared with those that were sent again with it, and the others are O4's. Of a
    client that was ever refused anything those sent again are left out: one may have been refused without its hearing.
    """
    for queue in _queues(evidence).values():
        last: tuple[dict[int, int], Case] | None = None
        for name, places in queue.places.items():
            case = evidence.cases[name]
            if case.seq is None or (last and not all(last[0][each] < place for each, place in places.items())):
                continue
            if last and last[1].seq is not None and case.seq <= last[1].seq:
                events = (last[1].invokes[0], case.invokes[0])
                yield Violation("O3", f"sent first and came to {last[1].seq}, sent next and came to {case.seq}", events)
            else:
                last = places, case


Connections = tuple[str, RoomId, tuple[int, ...]]


def _queues(evidence: Evidence) -> dict[Connections, _Queue]:
    places: dict[tuple[str, Name], dict[int, int]] = {}
    denied: dict[str, None] = {}
    for index, event in enumerate(evidence.events):
        if isinstance(event, Nack | Postponed):
            denied[event.client] = None
        elif isinstance(event, Invoke):
            by_session = places.setdefault((event.client, (event.account, event.room, event.key)), {})
            by_session.setdefault(event.session, index)
    queues: dict[Connections, _Queue] = {}
    for (client, name), by_session in places.items():
        again = len(by_session) > 1 and client in denied
        words = evidence.cases[name].words
        # Where another client sent the command too, its place may be that one's doing.
        if not again and all(word.client == client and not isinstance(word, Nack | Postponed) for word in words):
            queue = queues.setdefault((client, name[1], tuple(by_session)), _Queue())
            queue.places[name] = by_session
    return queues
