"""One room in memory: committed, pending, and its tail."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import origin
from chatd.model import EntryKind, Head, Item, Membership, MemberState, ReadMark, Role, RoomKind, RoomRecord, SeqOf
from chatd.rights import Settings
from chatd.rooms import reading
from chatd.rooms.effects import InFlight
from chatd.rooms.room import Attachment, Room
from tests.rooms.pieces import a_room
from tests.rooms.tails import ROOM, chained, grown


def member(user: str, **fields: Any) -> Membership:
    return evolve(
        Membership(room=ROOM, user=user, state=MemberState.MEMBER, role=Role.MEMBER, floor=1, until=None), **fields
    )


def flight(*records: object) -> InFlight:
    return InFlight(item=Item(records=records), session=1, request=1)  # type: ignore[arg-type]


def assert_contiguous(room: Room) -> None:
    """The tail is without holes and ends at the head; `before` is the hash before its first."""
    seqs = [framed.seq for framed in room.tail]
    assert seqs == list(range(room.head.seq - len(seqs) + 1, room.head.seq + 1))
    hashes = [origin(ROOM), *(entry.hash for entry in chained(ROOM, room.head.seq))]
    assert room.before == hashes[room.head.seq - len(seqs)]
    assert [framed.hash for framed in room.tail] == hashes[room.head.seq - len(seqs) + 1 :]


def test_a_room_is_idle_without_listeners_and_without_anything_in_flight() -> None:
    room = a_room(ROOM)
    item = flight()
    seen = [room.idle]
    room.submit(item)
    seen.append(room.idle)
    room.settle(item)
    assert [*seen, room.idle] == [True, False, True]


def test_a_room_with_a_listener_is_not_idle() -> None:
    room = a_room(ROOM)
    room.attachments[1] = Attachment(room, 1, 0)
    assert not room.idle


def test_judging_sees_what_is_in_flight_and_queries_do_not() -> None:
    room = a_room(ROOM)
    room.apply_member(member("ana"))
    leaving = member("ana", state=MemberState.LEFT, until=SeqOf(0))
    room.submit(flight(leaving))
    assert room.judged_member("ana") == leaving
    assert room.member("ana") == member("ana")


def test_the_newest_of_what_is_in_flight_is_judged() -> None:
    room = a_room(ROOM)
    assert room.record is not None
    first, second = flight(evolve(room.record, title="one")), flight(evolve(room.record, title="two"))
    room.submit(first)
    room.submit(second)
    room.settle(first)
    judged = room.judged_record()
    assert judged is not None
    assert judged.title == "two"


def test_once_settled_nothing_is_pending() -> None:
    room = a_room(ROOM)
    assert room.record is not None
    item = flight(evolve(room.record, title="one"), member("bo"))
    room.submit(item)
    assert (room.is_settled("bo"), room.is_settled("cy")) == (False, True)
    room.settle(item)
    assert (room.judged_record(), room.judged_member("bo"), room.is_settled("bo")) == (room.record, None, True)
    assert (room.last_change, room._pending) == (None, {})


def test_a_refusal_rides_on_the_newest_change() -> None:
    room = a_room(ROOM)
    first, post, second = flight(member("bo")), flight(), flight(member("cy"))
    room.submit(first)
    room.submit(post)
    assert room.last_change is first
    room.submit(second)
    room.settle(first)
    assert room.last_change is second


def test_facts_of_other_rooms_and_of_no_room_are_not_pending_here() -> None:
    room = a_room(ROOM)
    room.submit(flight(evolve(member("bo"), room=b"room-----------2")))
    assert (room.judged_member("bo"), room.last_change) == (None, None)


def test_the_item_that_creates_a_room_is_known_until_it_settles() -> None:
    room = a_room(ROOM, committed=False)
    creation, later = flight(), flight()
    room.submit(creation)
    room.submit(later)
    assert room.creation is creation
    room.settle(creation)
    assert room.creation is None


def test_nothing_creates_a_room_that_exists() -> None:
    room = a_room(ROOM)
    room.submit(flight())
    assert room.creation is None


def test_an_entry_moves_the_head_and_joins_the_tail() -> None:
    room = grown(2)
    last = chained(ROOM, 2)[-1]
    assert room.head == Head(2, last.time, last.posts, last.hash)
    assert [framed.frame for framed in room.tail] == [b"00001", b"00002"]
    assert_contiguous(room)


@pytest.mark.parametrize("dropped", range(5))
def test_a_shortened_tail_stays_contiguous(dropped: int) -> None:
    room = grown(4)
    assert [room.shorten() for _ in range(dropped)] == [5] * dropped
    assert_contiguous(room)


def test_a_tail_that_was_emptied_grows_again_without_a_hole() -> None:
    room = grown(2)
    while room.shorten():
        pass
    room.apply(chained(ROOM, 3)[-1], b"00003")
    assert len(room.tail) == 1
    assert_contiguous(room)


def test_an_empty_tail_has_nothing_to_drop() -> None:
    assert a_room(ROOM).shorten() == 0


def test_a_membership_applied_keeps_how_far_was_read() -> None:
    room = a_room(ROOM)
    room.apply_member(member("ana"))
    room.slots["ana"].read = 7
    room.apply_member(member("ana", role=Role.ADMIN))
    assert (room.slots["ana"].read, room.slots["ana"].membership.role) == (7, Role.ADMIN)


def test_a_mark_that_commits_behind_a_newer_one_does_not_set_it_back() -> None:
    room = a_room(ROOM)
    room.apply_member(member("ana"))
    slot = room.slots["ana"]
    slot.read, slot.told = 9, 8
    slot.take(ReadMark(ROOM, "ana", 4, 2))
    assert (slot.read, slot.told) == (9, 8)
    slot.take(ReadMark(ROOM, "ana", 11, 10))
    assert (slot.read, slot.told) == (11, 10)


def test_rewinding_goes_on_from_the_stores_head_without_a_tail() -> None:
    room = grown(3)
    entry = chained(ROOM, 2)[-1]
    head = Head(entry.seq, entry.time, entry.posts, entry.hash)
    assert room.rewind(head) == 15
    assert (room.head, len(room.tail)) == (head, 0)
    assert_contiguous(room)


def test_a_reset_forgets_what_was_in_flight_and_keeps_who_listens() -> None:
    room = grown(1)
    room.apply_member(member("ana"))
    room.attachments[1] = Attachment(room, 1, 0)
    room.submit(flight(member("bo")))
    assert room.record
    stored = evolve(room.record, title="as it is stored")
    assert room.reset(stored, Head(0, 0, 0, origin(ROOM))) == 5
    assert (room.record, room.slots, room.in_flight, room._pending) == (stored, {}, 0, {})
    assert (room.creation, room.last_change, list(room.attachments)) == (None, None, [1])


def test_a_post_in_slow_mode_of_who_is_not_in_memory_is_noted_nowhere() -> None:
    room = a_room(ROOM)
    room.record = RoomRecord(room=ROOM, kind=RoomKind.GROUP, settings=Settings(slow_mode_s=5))
    post = evolve(chained(ROOM, 1)[0], kind=EntryKind.POST)
    room.apply(post, b"frame")
    assert (room.slots, room.live, room.head.seq) == ({}, None, 1)


def test_in_a_room_that_is_being_made_nothing_has_expired() -> None:
    room = grown(3)
    room.record = None
    assert reading.visible(room, member("ana")) == reading.Range(1, 3)
