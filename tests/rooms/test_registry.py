"""The rooms in memory: loading, what is missed meanwhile, read marks, keys, and applying."""

from __future__ import annotations

from attrs import evolve

from chatd.chain import origin, self_id
from chatd.model import (
    Head,
    MemberState,
    Role,
    RoomKind,
    RoomRecord,
    UserRecord,
)
from chatd.rooms.effects import First
from chatd.rooms.room import empty_head
from tests.rooms.pieces import a_registry
from tests.rooms.registries import ANA, KEY, RECORD, flight, frame, head_at, with_room
from tests.rooms.tails import ROOM, chained

# -- loading -----------------------------------------------------------------------------------------------------------


def test_a_room_in_memory_wins_over_one_that_is_read() -> None:
    registry = a_registry()
    room = with_room(registry)
    assert registry.install_room(evolve(RECORD, title="old"), head_at(2)) is room
    assert (room.record, room.head.seq) == (RECORD, 0)


def test_what_commits_while_a_room_loads_is_applied_to_what_was_read() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    for entry in chained(ROOM, 4):
        assert registry.apply_entry(entry, frame) is None
    registry.apply_record(evolve(RECORD, title="new"))
    registry.apply_record(evolve(ANA, role=Role.ADMIN))
    room = registry.install_room(RECORD, head_at(2))
    registry.install_member(ANA, 0)
    member = room.member("ana")
    assert (room.head, room.record and room.record.title, member and member.role) == (head_at(4), "new", Role.ADMIN)


def test_the_tail_of_a_loaded_room_begins_after_what_it_missed() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    registry.apply_entry(chained(ROOM, 1)[0], frame)
    room = registry.install_room(RECORD, empty_head(ROOM))
    registry.apply_entry(chained(ROOM, 2)[1], frame)
    assert [framed.seq for framed in room.tail] == [2]
    assert room.before == head_at(1).hash


def test_a_missed_entry_that_was_read_already_changes_nothing() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    registry.apply_entry(chained(ROOM, 1)[0], frame)
    assert registry.install_room(RECORD, head_at(3)).head == head_at(3)


def test_a_second_load_still_gets_what_the_first_one_missed() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    registry.begin_load([ROOM])
    registry.apply_record(evolve(RECORD, title="new"))
    registry.end_load([ROOM])
    room = registry.install_room(RECORD, empty_head(ROOM))
    assert room.record is not None
    assert room.record.title == "new"


def test_nothing_is_kept_of_rooms_that_nobody_loads() -> None:
    registry = a_registry()
    registry.apply_record(evolve(RECORD, title="new"))
    registry.begin_load([ROOM])
    registry.end_load([ROOM])
    assert registry.install_room(RECORD, empty_head(ROOM)).record == RECORD
    assert registry._loading == {}


def test_a_membership_in_memory_wins_over_one_that_is_read() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.apply_record(evolve(ANA, role=Role.ADMIN))
    registry.install_member(ANA, 0)
    member = room.member("ana")
    assert member is not None
    assert (member.role, registry.slots) == (Role.ADMIN, 1)


def test_a_membership_of_a_room_that_is_not_there_is_dropped() -> None:
    registry = a_registry()
    registry.install_member(ANA, 0)
    assert (registry.rooms, registry.slots) == ({}, 0)


def test_a_self_room_belongs_to_its_user_alone() -> None:
    registry = a_registry()
    room = registry.install_self("ana", empty_head(self_id("ana")))
    member = room.member("ana")
    assert room.record == RoomRecord(room=self_id("ana"), kind=RoomKind.SELF, members=1, owners=1)
    assert member is not None
    assert (member.state, member.role, member.floor, member.until) == (MemberState.MEMBER, Role.OWNER, 1, None)


# -- keys and what is in flight ----------------------------------------------------------------------------------------


def test_an_item_in_flight_is_found_by_its_key_until_it_settles() -> None:
    registry = a_registry()
    room = with_room(registry)
    item = flight()
    registry.submit(item)
    assert (registry.in_flight, room.in_flight) == ({KEY: item}, 1)
    registry.settle(item)
    assert (registry.in_flight, room.in_flight) == ({}, 0)


def test_a_room_comes_to_memory_with_the_item_that_creates_it() -> None:
    registry = a_registry()
    registry.submit(flight())
    room = registry.rooms[ROOM]
    assert (room.record, room.head) == (None, Head(0, 0, 0, origin(ROOM)))


def test_an_item_without_a_key_is_not_noted() -> None:
    registry = a_registry()
    item = flight(None)
    registry.submit(item)
    registry.settle(item)
    assert (registry.in_flight, registry.rooms) == ({}, {})


def test_a_look_up_learns_of_a_key_that_lands_meanwhile() -> None:
    registry = a_registry()
    first = First(ROOM, 1, 2, b"salt", b"hash")
    one, two = registry.keys.watch(KEY), registry.keys.watch(KEY)
    assert registry.keys.is_watched(KEY)
    registry.keys.land(KEY, first)
    registry.keys.unwatch(KEY, one)
    assert (one.first, two.first, registry.keys.is_watched(KEY)) == (first, first, True)
    registry.keys.unwatch(KEY, two)
    assert not registry.keys.is_watched(KEY)


def test_a_key_that_nobody_looks_up_lands_quietly() -> None:
    registry = a_registry()
    registry.keys.land(KEY, First(ROOM, 1, 2, b"salt", b"hash"))
    assert registry.keys.watch(KEY).first is None


# -- applying ----------------------------------------------------------------------------------------------------------


def test_users_leave_no_trace_and_nobody_need_listen_to_tokens() -> None:
    registry = a_registry()
    registry.apply_record(UserRecord(user="ana", created=1))
    assert (registry.rooms, registry.slots) == ({}, 0)
