"""The keys of what one command commits: which derive, and that all are known while it is in flight."""

from __future__ import annotations

import pytest

from chatd.chain import features_key, self_id, self_key
from chatd.messages import Join, KeyedCommand, Leave, Post, SetSettings, SetTitle
from chatd.model import EntryKind, Item, NewEntry, RoomId, UserId
from chatd.rooms.effects import Actor, InFlight, KeyId
from chatd.rooms.keys import Flights, derived_keys
from chatd.wire import content

ROOM = b"room-----------1"
KEY = bytes(15) + b"k"
ANA = Actor(1, "ana")


@pytest.mark.parametrize(
    "command", [Join(room=ROOM, key=KEY), Leave(room=ROOM, key=KEY), SetSettings(room=ROOM, key=KEY)]
)
def test_what_may_tell_its_sender_or_switch_something_derives_two_keys(command: KeyedCommand) -> None:
    own: KeyId = (self_id("ana"), "ana", self_key(ROOM, KEY, "ana"))
    assert derived_keys(ANA, command, ROOM) == (own, (ROOM, "ana", features_key(ROOM, KEY)))


@pytest.mark.parametrize(
    "command", [Post(room=ROOM, key=KEY, content=content.text("hi")), SetTitle(room=ROOM, key=KEY, title="tea")]
)
def test_what_is_one_entry_derives_none(command: KeyedCommand) -> None:
    assert derived_keys(ANA, command, ROOM) == ()


def test_operators_are_trusted_with_theirs() -> None:
    assert derived_keys(Actor(1, "", operator=True), Join(room=ROOM, key=KEY), ROOM) == ()


def new(room: RoomId, sender: UserId, number: int) -> NewEntry:
    key = number.to_bytes(16, "big")
    return NewEntry(room=room, kind=EntryKind.POST, sender=sender, key=key, time=1, salt=bytes(16), body=b"")


def test_an_item_in_flight_is_known_by_the_keys_of_all_its_entries() -> None:
    flights = Flights()
    flight = InFlight(item=Item(entries=(new(ROOM, "ana", 1), new(ROOM, "bo", 2))), session=1, request=1)
    own: KeyId = (ROOM, "ana", (1).to_bytes(16, "big"))
    flights.add(flight, own)
    assert flights == {own: flight, (ROOM, "bo", (2).to_bytes(16, "big")): flight}
    flights.drop(flight, own)
    assert flights == {}


def test_what_another_item_has_first_stays_its_own() -> None:
    flights = Flights()
    one, two = (
        InFlight(item=Item(entries=(new(ROOM, "ana", n), new(ROOM, "bo", 9))), session=1, request=n) for n in (1, 2)
    )
    keys: list[KeyId] = [(ROOM, "ana", n.to_bytes(16, "big")) for n in (1, 2)]
    flights.add(one, keys[0])
    flights.add(two, keys[1])
    flights.drop(two, keys[1])
    assert flights == {keys[0]: one, (ROOM, "bo", (9).to_bytes(16, "big")): one}
