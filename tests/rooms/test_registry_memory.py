"""How much the rooms keep in memory: one budget for all tails, and eviction."""

from __future__ import annotations

from attrs import evolve

from chatd.model import (
    Erasure,
    Expiry,
    Item,
    MemberState,
    MessageRecord,
    RoomId,
    RoomKind,
)
from chatd.rooms.audience import Subscriber
from chatd.rooms.effects import InFlight
from chatd.rooms.policy import TokenBucket
from chatd.rooms.room import Attachment, empty_head
from tests.rooms.pieces import a_registry
from tests.rooms.registries import ANA, OTHER, RECORD, flight, frame, head_at, with_room
from tests.rooms.tails import ROOM, chained


def test_one_budget_holds_over_all_tails_and_the_oldest_frame_goes_first() -> None:
    registry = a_registry(tail_bytes_max=15)
    room, other = with_room(registry), with_room(registry, OTHER)
    for room_id in (ROOM, OTHER, ROOM, OTHER):
        there = registry.rooms[room_id]
        registry.apply_entry(chained(room_id, there.head.seq + 1)[-1], frame)
    assert [[framed.seq for framed in each.tail] for each in (room, other)] == [[2], [1, 2]]
    assert registry.tails.held_bytes == 15


def test_a_budget_of_nothing_keeps_no_tail() -> None:
    registry = a_registry(tail_bytes_max=0)
    room = with_room(registry)
    assert registry.apply_entry(chained(ROOM, 1)[0], frame) == b"00001"
    assert (len(room.tail), registry.tails.held_bytes, room.before) == (0, 0, head_at(1).hash)


# -- eviction ----------------------------------------------------------------------------------------------------------


def room_ids(count: int) -> list[RoomId]:
    return [number.to_bytes(16, "big") for number in range(count)]


def test_when_memory_is_full_the_rooms_that_came_first_go() -> None:
    registry = a_registry(rooms_max=10)
    ids = room_ids(11)
    for room_id in ids:
        with_room(registry, room_id)
    assert list(registry.rooms) == ids[1:]


def test_busy_rooms_stay_however_many_they_are() -> None:
    registry = a_registry(rooms_max=3)
    listened, flying, loading, *rest = room_ids(6)
    registry.begin_load([loading])
    for room_id in (listened, flying, loading, *rest):
        room = with_room(registry, room_id)
        if room_id == listened:
            room.attachments[1] = Attachment(room, 1, 0)
        elif room_id == flying:
            registry.submit(flight((flying, "ana", bytes(16))))
    assert [room_id in registry.rooms for room_id in (listened, flying, loading)] == [True] * 3
    assert list(registry.rooms)[3:] == rest[-1:]


def test_too_many_memberships_evict_too() -> None:
    registry = a_registry(slots_max=4)
    ids = room_ids(3)
    for room_id in ids[:2]:
        with_room(registry, room_id)
        for user in ("ana", "bo", "cy"):
            registry.install_member(evolve(ANA, room=room_id, user=user), 0)
    with_room(registry, ids[2])
    assert (list(registry.rooms), registry.slots) == (ids[1:], 3)


def test_an_eviction_of_memberships_ends_when_a_tenth_of_their_places_is_free() -> None:
    registry = a_registry(slots_max=10)
    ids = room_ids(7)
    for room_id in ids[:6]:
        with_room(registry, room_id)
        for user in ("ana", "bo"):
            registry.install_member(evolve(ANA, room=room_id, user=user), 0)
    assert registry.slots == 12
    with_room(registry, ids[6])
    assert (list(registry.rooms), registry.slots) == (ids[2:], 8)


def test_a_busy_room_stays_without_those_who_are_not_here() -> None:
    registry = a_registry(slots_max=4)
    room = with_room(registry)
    for user in ("ana", "bo", "cy", "dee", "eve"):
        registry.install_member(evolve(ANA, user=user), 0)
    subscriber = Subscriber(1, "bo", "phone", bytes(16), TokenBucket(1, 1, 1, 0))
    registry.audience.open(subscriber)
    registry.audience.attach(subscriber, room)
    changed = Item(records=(evolve(ANA, user="dee", state=MemberState.LEFT, until=0),))
    registry.submit(InFlight(item=changed, session=1, request=1, key=(ROOM, "dee", bytes(16))))
    with_room(registry, OTHER)
    assert (list(room.slots), registry.slots) == (["bo", "dee"], 2)


def test_of_a_room_that_is_being_loaded_nobody_is_dropped() -> None:
    registry = a_registry(slots_max=1)
    room = with_room(registry)
    registry.begin_load([ROOM])
    for user in ("ana", "bo"):
        registry.install_member(evolve(ANA, user=user), 0)
    with_room(registry, OTHER)
    assert (list(room.slots), registry.slots) == (["ana", "bo"], 2)


def test_an_evicted_room_gives_back_the_bytes_of_its_tail() -> None:
    registry = a_registry(rooms_max=1)
    first = with_room(registry)
    registry.apply_entry(chained(ROOM, 1)[0], frame)
    with_room(registry, OTHER)
    assert (list(registry.rooms), registry.tails.held_bytes, len(first.tail)) == ([OTHER], 0, 0)


def test_nothing_holds_on_to_an_evicted_room() -> None:
    """Invariant M1: a budget of tails that is never reached must not keep what has left memory."""
    registry = a_registry(rooms_max=1)
    for room_id in room_ids(20):
        with_room(registry, room_id)
        registry.apply_entry(chained(room_id, 1)[0], frame)
    assert list(registry.tails._order) == list(registry.rooms.values())


def test_the_budget_still_holds_after_an_eviction() -> None:
    registry = a_registry(rooms_max=2, tail_bytes_max=10)
    for room_id in room_ids(6):
        with_room(registry, room_id)
        for count in (1, 2):
            registry.apply_entry(chained(room_id, count)[-1], frame)
        assert (
            registry.tails.held_bytes == sum(len(f.frame) for room in registry.rooms.values() for f in room.tail) <= 10
        )


def test_a_room_that_is_forgotten_twice_is_no_matter() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.forget(room)
    registry.forget(room)
    assert registry.rooms == {}


def test_frames_that_leave_a_tail_early_leave_no_places_behind() -> None:
    registry = a_registry()
    room = with_room(registry)
    for entry in chained(ROOM, 300):
        registry.apply_entry(entry, frame)
        registry.apply_record(Erasure(room=ROOM, seq=entry.seq - 1, edited=False))
    assert [framed.seq for framed in room.tail] == [300]
    assert len(registry.tails._order) <= 3
    assert registry.tails.held_bytes == len(frame(chained(ROOM, 300)[-1]))


# -- loads without end -------------------------------------------------------------------------------------------------


def test_the_frame_of_an_edit_goes_with_the_post_that_expires_and_no_other() -> None:
    registry = a_registry(tail_bytes_max=1000)
    room = registry.install_room(evolve(RECORD, kind=RoomKind.LIVE), empty_head(ROOM))
    for entry in chained(ROOM, 8):
        registry.apply_entry(entry, frame)
        if edited := {4: 1, 5: 2, 6: 3}.get(entry.seq):
            registry.apply_record(MessageRecord(room=ROOM, seq=edited, edits=1))
    registry.apply_record(Expiry(room=ROOM, first=1, last=2, spared=(1,)))
    assert [framed.seq for framed in room.tail] == [6, 7, 8]
    registry.apply_record(Expiry(room=ROOM, first=1, last=6, spared=(3,)))
    assert [framed.seq for framed in room.tail] == [7, 8]
    registry.forget(room)
    assert registry.tails._edits == {}


def test_in_a_group_no_note_is_taken_of_where_edits_stand() -> None:
    registry = a_registry(tail_bytes_max=1000)
    with_room(registry)
    registry.apply_record(MessageRecord(room=ROOM, seq=1, edits=1))
    assert registry.tails._edits == {}


def test_what_was_missed_of_a_room_is_not_kept_once_the_room_is_there() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    for entry in chained(ROOM, 3):
        registry.apply_entry(entry, frame)
    assert len(registry._loading[ROOM].missed) == 3
    assert registry.install_room(RECORD, head_at(1)).head == head_at(3)
    registry.begin_load([ROOM])
    registry.end_load([ROOM])
    assert registry._loading[ROOM].missed == []


def test_where_no_membership_can_go_rooms_are_not_looked_through_for_every_new_one() -> None:
    """They would be gone through for nothing each time, and every idle room would make place for the next."""
    registry = a_registry(slots_max=100)
    busy, *others = room_ids(5)
    room = with_room(registry, busy)
    room.attachments[1] = Attachment(room, 1, 0)
    for number in range(120):
        user = f"user{number}"
        registry.audience.open(Subscriber(number, user, "phone", bytes(16), TokenBucket(1, 1, 1, 0)))
        registry.install_member(evolve(ANA, room=busy, user=user), 0)
    for room_id in others:
        with_room(registry, room_id)
    assert list(registry.rooms) == [busy, *others]
