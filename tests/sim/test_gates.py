"""The judge of gates: it finds who spoke in a room of whom nobody had said what the room required."""

from __future__ import annotations

import pytest

from chatd.chain import pack, self_id
from chatd.model import Entry, EntryKind, RoomId
from tests.sim.gates import ADULT, faults

ROOM = b"r" * 16
GATED = pack({"requires": {ADULT: [True]}})


def log(*said: tuple[str, EntryKind, bytes], room: RoomId = ROOM) -> list[Entry]:
    """Return the entries of a room, each of a commit of its own."""
    return [
        Entry(
            room=room,
            seq=number,
            g=number,
            kind=kind,
            sender=sender,
            key=bytes([number]) * 16,
            time=number,
            target=None,
            posts=0,
            salt=b"s" * 16,
            body_hash=b"h" * 32,
            hash=b"h" * 32,
            body=body,
        )
        for number, (sender, kind, body) in enumerate(said, 1)
    ]


SETTINGS = ("ana", EntryKind.SETTINGS, GATED)
POST = ("bo", EntryKind.POST, b"hello")


@pytest.mark.parametrize("kind", [EntryKind.POST, EntryKind.EDIT, EntryKind.REACT, EntryKind.VOTE])
def test_who_speaks_and_was_never_vouched_for_is_found(kind: EntryKind) -> None:
    rooms = {ROOM: log(SETTINGS, ("bo", kind, pack({})))}
    assert len(list(faults(rooms, {}))) == 1
    assert list(faults(rooms, {"bo": 1})) == []


def test_what_was_said_of_somebody_later_does_not_count() -> None:
    assert len(list(faults({ROOM: log(SETTINGS, POST)}, {"bo": 2}))) == 1


def test_without_a_gate_everybody_speaks() -> None:
    assert list(faults({ROOM: log(POST, SETTINGS, ("ana", EntryKind.SETTINGS, pack({})), POST)}, {})) == []


def test_who_has_a_role_speaks_before_a_gate() -> None:
    made = pack({"kind": "group", "title": "", "members": [["ana", "member", "owner"], ["bo", "member", "member"]]})
    rooms = {ROOM: log(("ana", EntryKind.CREATE, made), SETTINGS, ("ana", EntryKind.POST, b"hello"))}
    assert list(faults(rooms, {})) == []


def test_no_gate_holds_back_what_was_approved() -> None:
    looked = pack({"room": ROOM, "number": 1, "user": "bo", "approved": True})
    own = log(POST, ("mo", EntryKind.REVIEW, looked), room=self_id("bo"))
    assert list(faults({ROOM: log(SETTINGS, POST), self_id("bo"): own}, {})) == []
