from __future__ import annotations

import msgpack

from chatd import facts
from chatd.facts import Change
from chatd.model import MemberState, Role, RoomKind

ROOM = b"r" * 16
ANA = Change("ana", MemberState.MEMBER, Role.OWNER)
BO = Change("bo", MemberState.INVITED, Role.MEMBER)


def test_a_create_entry_tells_kind_title_and_members() -> None:
    assert msgpack.unpackb(facts.created(RoomKind.GROUP, "Friends", [ANA, BO])) == {
        "kind": "group",
        "title": "Friends",
        "members": [["ana", "member", "owner"], ["bo", "invited", "member"]],
    }


def test_a_members_entry_tells_the_new_standing_of_each() -> None:
    assert msgpack.unpackb(facts.changed([BO])) == {"changes": [["bo", "invited", "member"]]}


def test_a_title_entry_tells_the_title() -> None:
    assert msgpack.unpackb(facts.titled("New")) == {"title": "New"}


def test_a_room_entry_tells_the_users_own_standing() -> None:
    assert msgpack.unpackb(facts.own_room(ROOM, RoomKind.GROUP, "Friends", None, BO)) == {
        "room": ROOM,
        "kind": "group",
        "title": "Friends",
        "state": "invited",
        "role": "member",
    }


def test_a_room_entry_of_a_direct_room_names_the_peer() -> None:
    assert msgpack.unpackb(facts.own_room(ROOM, RoomKind.DIRECT, "", "bo", ANA))["peer"] == "bo"


def test_equal_facts_give_equal_bytes() -> None:
    assert facts.changed([ANA, BO]) == facts.changed([ANA, BO])
    assert facts.titled("a") == bytes.fromhex("81a57469746c65a161")
