"""What belongs to one user in a room in memory: how far they have read, and how they keep it."""

from __future__ import annotations

from attrs import evolve

from chatd.chain import self_id
from chatd.model import (
    Conversation,
    Erasure,
    HiddenRecord,
    Membership,
    MemberState,
    ReadMark,
    Role,
    RoomKind,
    RoomRecord,
)
from chatd.rooms.marks import News
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room, empty_head
from tests.rooms.pieces import a_registry
from tests.rooms.tails import ROOM

RECORD = RoomRecord(room=ROOM, kind=RoomKind.GROUP, title="tea", members=1, owners=1)
ANA = Membership(room=ROOM, user="ana", state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)
KEPT = Conversation(room=ROOM, user="ana", archived=True)


def with_room(registry: Registry) -> Room:
    return registry.install_room(RECORD, empty_head(ROOM))


# -- read marks --------------------------------------------------------------------------------------------------------


def test_a_mark_grows_and_never_goes_back() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 3)
    for seq in (2, 5, 4):
        registry.mark_read(room, "ana", seq)
    assert room.slots["ana"].read == 5
    assert registry.marks.waiting == {"ana": {ROOM: ReadMark(ROOM, "ana", 5)}}


def test_a_mark_that_says_nothing_new_is_not_written_again() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 3)
    registry.mark_read(room, "ana", 3)
    assert (registry.marks.waiting, registry.marks.news) == ({}, {})


def test_a_private_mark_grows_alone_until_a_public_one_passes_it() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 3)
    registry.mark_read(room, "ana", 5, private=True)
    assert registry.marks.take_news() == {ROOM: News(own={"ana": 5})}
    registry.mark_read(room, "ana", 5, private=True)
    assert registry.marks.news == {}
    registry.mark_read(room, "ana", 4)
    assert registry.marks.take_news() == {ROOM: News(read={"ana": 4})}
    assert registry.marks.waiting == {"ana": {ROOM: ReadMark(ROOM, "ana", 5, 4)}}


def test_what_was_delivered_only_grows_and_is_no_mark() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 3)
    for seq in (2, 5, 4):
        registry.mark_delivered(room, "ana", seq)
    assert registry.marks.take_news() == {ROOM: News(delivered={"ana": 5})}
    assert (room.slots["ana"].read, registry.marks.waiting) == (3, {})


def test_a_mark_the_store_does_not_have_yet_survives_eviction() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 0)
    registry.mark_read(room, "ana", 5)
    registry.forget(room)
    again = with_room(registry)
    registry.install_member(ANA, 0)
    assert again.slots["ana"].read == 5


def test_a_mark_applied_is_known_to_the_store_and_in_memory() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 0)
    registry.apply_record(ReadMark(ROOM, "ana", 5))
    registry.apply_record(ReadMark(ROOM, "ana", 4))
    assert (room.slots["ana"].read, registry.marks.newest("ana")) == (5, {})


def test_a_mark_of_somebody_not_in_memory_is_no_matter() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.apply_record(ReadMark(ROOM, "bo", 5))
    assert room.slots == {}


def test_a_mark_that_commits_while_its_room_loads_is_not_lost() -> None:
    registry = a_registry()
    registry.begin_load([ROOM])
    for seq in (5, 4):
        registry.apply_record(ReadMark(ROOM, "ana", seq))
    room = with_room(registry)
    registry.install_member(ANA, 3)
    assert room.slots["ana"].read == 5


def test_a_mark_that_commits_while_its_membership_loads_is_not_lost() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.begin_load([ROOM])
    registry.apply_record(ReadMark(ROOM, "ana", 5))
    registry.install_member(ANA, 3)
    assert room.slots["ana"].read == 5


def test_the_stores_mark_counts_for_a_membership_that_was_applied_first() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.begin_load([ROOM])
    registry.apply_record(ANA)
    registry.install_member(ANA, 3)
    assert room.slots["ana"].read == 3


# -- conversations -----------------------------------------------------------------------------------------------------


def test_how_a_user_keeps_a_room_belongs_to_their_membership() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.apply_record(KEPT)
    registry.install_member(ANA, 0)
    assert room.slots["ana"].conversation is None
    registry.apply_record(KEPT)
    assert room.slots["ana"].conversation == KEPT


def test_the_stores_conversation_counts_for_a_membership_that_was_applied_first() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.begin_load([ROOM])
    registry.apply_record(ANA)
    registry.install_member(ANA, 0, kept=KEPT)
    assert room.slots["ana"].conversation == KEPT


def test_a_conversation_that_commits_while_its_membership_loads_is_not_lost() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.begin_load([ROOM])
    registry.apply_record(evolve(KEPT, user="bo"))
    registry.apply_record(KEPT)
    registry.install_member(ANA, 0, kept=evolve(KEPT, archived=False))
    assert room.slots["ana"].conversation == KEPT


def test_what_a_user_hides_is_not_kept_in_memory() -> None:
    registry = a_registry()
    room = with_room(registry)
    registry.install_member(ANA, 0)
    registry.apply_record(HiddenRecord(room=ROOM, user="ana", seq=1))
    assert room.slots["ana"].conversation is None


def test_what_was_erased_is_remembered_whether_its_room_is_in_memory_or_not() -> None:
    registry = a_registry()
    with_room(registry)
    own = registry.install_self("ana", empty_head(self_id("ana")))
    registry.g = 6
    for room in (own.id, b"not in memory---"):
        erasure = Erasure(room=room, seq=1, edited=False)
        registry.apply_record(erasure)
        assert [registry.erased.after(room, g) for g in (6, 7)] == [(erasure,), ()]
    assert registry.erased.after(ROOM, 0) == ()
