"""What a draft is built of: who sees from where to where, and who is told."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd import facts
from chatd.model import HeadPlus, Membership, MemberState, Role, RoomKind, RoomRecord, SeqOf
from chatd.rights import Past, Settings
from chatd.rooms.commands.draft import membership, peer

ROOM = b"room-----------1"
RECORD = RoomRecord(room=ROOM, kind=RoomKind.GROUP)
GONE = Membership(room=ROOM, user="bo", state=MemberState.LEFT, role=Role.MEMBER, floor=3, until=7, since=2)
HERE = Membership(room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.ADMIN, floor=3, until=None, since=5)
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
    after = membership(RECORD, facts.Change("bo", state, Role.MEMBER), before, 9)
    since = before.since if before and before.state is state else 9
    expected = Membership(room=ROOM, user="bo", state=state, role=Role.MEMBER, floor=floor, until=until, since=since)
    assert after == expected


def test_who_comes_in_without_an_entry_sees_from_the_next_one_on_and_up_to_the_last() -> None:
    came = membership(RECORD, facts.Change("bo", MemberState.MEMBER, Role.MEMBER), GONE, 9, aside=True)
    went = membership(RECORD, facts.Change("bo", MemberState.LEFT, Role.MEMBER), HERE, 9, aside=True)
    assert [(each.floor, each.until) for each in (came, went)] == [(HeadPlus(1), None), (3, HeadPlus(0))]


@pytest.mark.parametrize("aside", [False, True])
def test_who_comes_in_sees_all_that_was_there_where_the_settings_say_so(aside: bool) -> None:
    record = evolve(RECORD, settings=Settings(history=Past.ALL))
    came = membership(record, facts.Change("bo", MemberState.MEMBER, Role.MEMBER), GONE, 9, aside=aside)
    asked = membership(record, facts.Change("bo", MemberState.REQUESTED, Role.MEMBER), GONE, 9, aside=aside)
    assert [(each.floor, each.until) for each in (came, asked)] == [(1, None), (3, 7)]


def test_the_peer_of_a_direct_room_is_the_other_of_the_two() -> None:
    record = RoomRecord(room=ROOM, kind=RoomKind.DIRECT, pair=("ana", "bo"))
    assert (peer(record, "ana"), peer(record, "bo")) == ("bo", "ana")


def test_no_other_kind_of_room_has_a_peer() -> None:
    record = RoomRecord(room=ROOM, kind=RoomKind.GROUP, pair=("ana", "bo"))
    assert peer(record, "ana") is None
    assert peer(evolve(record, kind=RoomKind.DIRECT, pair=None), "ana") is None
