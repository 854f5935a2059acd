"""What a draft is built of: who sees from where to where, and who is told."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd import facts
from chatd.model import Membership, MemberState, Role, RoomKind, RoomRecord, SeqOf
from chatd.rooms.commands.draft import membership, peer

ROOM = b"room-----------1"
GONE = Membership(room=ROOM, user="bo", state=MemberState.LEFT, role=Role.MEMBER, floor=3, until=7)
HERE = Membership(room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.ADMIN, floor=3, until=None)
INVITED = Membership(room=ROOM, user="bo", state=MemberState.INVITED, role=Role.MEMBER, floor=1, until=0)


@pytest.mark.parametrize(
    ("before", "state", "floor", "until"),
    [
        (None, MemberState.MEMBER, SeqOf(0), None),
        (None, MemberState.INVITED, 1, 0),
        (INVITED, MemberState.MEMBER, SeqOf(0), None),
        (INVITED, MemberState.LEFT, 1, 0),
        (HERE, MemberState.MEMBER, 3, None),
        (HERE, MemberState.RESTRICTED, 3, None),
        (HERE, MemberState.LEFT, 3, SeqOf(0)),
        (HERE, MemberState.BANNED, 3, SeqOf(0)),
        (GONE, MemberState.MEMBER, SeqOf(0), None),
        (GONE, MemberState.INVITED, 3, 7),
    ],
)
def test_a_standing_opens_or_closes_what_can_be_seen(
    before: Membership | None, state: MemberState, floor: int | SeqOf, until: int | SeqOf | None
) -> None:
    after = membership(ROOM, facts.Change("bo", state, Role.MEMBER), before)
    expected = Membership(room=ROOM, user="bo", state=state, role=Role.MEMBER, floor=floor, until=until)
    assert after == expected


def test_the_peer_of_a_direct_room_is_the_other_of_the_two() -> None:
    record = RoomRecord(room=ROOM, kind=RoomKind.DIRECT, pair=("ana", "bo"))
    assert (peer(record, "ana"), peer(record, "bo")) == ("bo", "ana")


def test_no_other_kind_of_room_has_a_peer() -> None:
    record = RoomRecord(room=ROOM, kind=RoomKind.GROUP, pair=("ana", "bo"))
    assert peer(record, "ana") is None
    assert peer(evolve(record, kind=RoomKind.DIRECT, pair=None), "ana") is None
