"""What commits while a membership is on its way from the store."""

from __future__ import annotations

from chatd.model import Conversation, Membership, MemberState, ReadMark, Relation, RelationKind, Role
from chatd.rooms.effects import First
from chatd.rooms.loading import Loading, Watches
from chatd.rooms.slots import Slot
from tests.rooms.tails import ROOM

ANA = Membership(room=ROOM, user="ana", state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)


def test_a_membership_catches_up_with_what_is_its_users_alone() -> None:
    kept = Conversation(room=ROOM, user="ana", archived=True)
    loading, slot = Loading(), Slot(ANA, read=1)
    for fact in (ReadMark(ROOM, "bo", 9), ReadMark(ROOM, "ana", 3, 2), kept):
        loading.note(fact)
    loading.catch_up(slot)
    assert (slot.read, slot.told, slot.conversation) == (3, 2, kept)


def test_of_one_user_no_more_is_kept_than_the_last_word() -> None:
    loading, slot = Loading(), Slot(ANA)
    for seq in range(1, 1000):
        loading.note(ReadMark(ROOM, "ana", seq, min(seq, 5)))
        loading.note(Conversation(room=ROOM, user="ana", muted_until=seq))
    loading.note(ReadMark(ROOM, "ana", 7, 7))
    loading.catch_up(slot)
    assert (len(loading._marks), len(loading._kept)) == (1, 1)
    assert (slot.read, slot.told) == (999, 7)
    assert slot.conversation == Conversation(room=ROOM, user="ana", muted_until=999)


def test_a_membership_catches_up_with_the_last_that_its_user_did_about_the_other() -> None:
    loading, slots = Loading(), [Slot(ANA) for _ in range(2)]
    for slot, since in zip(slots, (5, 0), strict=True):
        loading.note(Relation(user="bo", kind=RelationKind.BLOCK, other="ana", since=5 - since))
        loading.note(Relation(user="ana", kind=RelationKind.BLOCK, other="bo", since=since))
        loading.catch_up(slot)
    assert [slot.blocks for slot in slots] == [True, False]


def test_who_looks_a_key_up_is_told_of_it_until_they_have_done() -> None:
    watches, key = Watches(), (ROOM, "ana", b"k" * 16)
    first = First(ROOM, 1, 1, None, b"")
    watch = watches.watch(key)
    seen = [watches.idle]
    watches.land(key, first)
    watches.unwatch(key, watch)
    watches.land(key, First(ROOM, 2, 2, None, b""))
    assert (watch.first, [*seen, watches.idle]) == (first, [False, True])
