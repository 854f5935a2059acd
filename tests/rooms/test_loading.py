"""What commits while a membership is on its way from the store."""

from __future__ import annotations

from chatd.model import Conversation, Membership, MemberState, ReadMark, Role
from chatd.rooms.loading import Loading
from chatd.rooms.room import Slot
from tests.rooms.tails import ROOM

ANA = Membership(room=ROOM, user="ana", state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)


def test_a_membership_catches_up_with_what_is_its_users_alone() -> None:
    kept = Conversation(room=ROOM, user="ana", archived=True)
    loading, slot = Loading(own=[ReadMark(ROOM, "bo", 9), ReadMark(ROOM, "ana", 3, 2), kept]), Slot(ANA, read=1)
    loading.catch_up(slot)
    assert (slot.read, slot.told, slot.conversation) == (3, 2, kept)
