"""A room that crosses a size, or whose settings turn something off, says so by an entry of its own (protocol 5.63)."""

from __future__ import annotations

from typing import Any

import msgpack
from attrs import evolve

from chatd.chain import features_key, self_id
from chatd.limits import DEFAULTS
from chatd.messages import AddMember, CreateGroup, RemoveMember, SetSettings, SetTitle
from chatd.model import EntryKind, RoomId
from chatd.rights import Feature
from chatd.rooms.bounds import bound
from tests.rooms.pieces import code
from tests.rooms.scene import MEMBER, OWNER, Scene

LIMITS = evolve(DEFAULTS, receipts_members_max=2, typing_members_max=3)
RECEIPTS, TYPING = Feature.RECEIPTS, Feature.TYPING


def told(scene: Scene, room: RoomId) -> list[tuple[int, list[str]]]:
    """Return where the room said that something is off, and what."""
    found = [entry for entry in scene.log(room) if entry.kind is EntryKind.FEATURES]
    return [(entry.seq, msgpack.unpackb(entry.body)["off"]) for entry in found]


def add(scene: Scene, actor: Any, room: RoomId, *users: str) -> bytes:
    key = scene.key()
    assert code(scene.do(actor, AddMember(room=room, key=key, users=users))) == "ok"
    return key


def remove(scene: Scene, actor: Any, room: RoomId, user: str) -> None:
    assert code(scene.do(actor, RemoveMember(room=room, key=scene.key(), user=user))) == "ok"


def test_the_member_who_makes_a_room_too_large_turns_a_feature_off_in_the_same_item() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy", "di")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    g = scene.store.g
    key = add(scene, ana, room, "cy")
    members, features = scene.log(room)[-2:]
    assert scene.store.g == g + 1
    assert (members.kind, features.kind, features.sender) == (EntryKind.MEMBERS, EntryKind.FEATURES, "ana")
    assert (members.key, features.key) == (key, features_key(room, key))
    assert told(scene, room) == [(3, ["receipts"])]
    assert scene.record(room).outgrown == (RECEIPTS,)
    add(scene, ana, room, "di")
    assert told(scene, room) == [(3, ["receipts"]), (5, ["receipts", "typing"])]


def test_who_comes_and_goes_at_the_size_writes_one_entry_and_a_smaller_room_another() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy", "di")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": MEMBER})
    for _ in range(3):
        add(scene, ana, room, "di")
        remove(scene, ana, room, "di")
    assert [off for _, off in told(scene, room)] == [["receipts", "typing"]]
    remove(scene, ana, room, "cy")
    assert [off for _, off in told(scene, room)][1:] == [["receipts"]]
    remove(scene, ana, room, "bo")
    assert [off for _, off in told(scene, room)][2:] == [[]]
    assert scene.record(room).outgrown == ()


def test_a_group_that_is_made_too_large_says_so_behind_its_first_entry() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("bo", "cy")
    ana = scene.enter("ana")
    command = CreateGroup(key=scene.key(), title="tea", members=("bo", "cy"))
    room = scene.do(ana, command).room
    assert told(scene, room) == [(2, ["receipts"])]
    assert scene.record(room).outgrown == (RECEIPTS,)


def test_the_self_room_of_who_joins_tells_what_is_off() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    add(scene, ana, room, "cy")
    assert msgpack.unpackb(scene.log(self_id("cy"))[-1].body)["off"] == ["receipts"]
    remove(scene, ana, room, "bo")
    remove(scene, ana, room, "cy")
    assert told(scene, room)[-1][1] == []
    assert "off" not in msgpack.unpackb(scene.log(self_id("cy"))[-1].body)


def test_settings_turn_a_feature_off_and_an_entry_behind_them_says_so() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), off=(TYPING, RECEIPTS)))) == "ok"
    settings, features = scene.log(room)[-2:]
    assert msgpack.unpackb(settings.body)["off"] == ["receipts", "typing"]
    assert msgpack.unpackb(features.body) == {"off": ["receipts", "typing"]}
    assert scene.record(room).settings.off == (RECEIPTS, TYPING)
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), off=(RECEIPTS, TYPING)))) == "unchanged"
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), off=()))) == "ok"
    assert told(scene, room)[-1] == (5, [])


def test_what_is_turned_off_already_is_not_told_again_when_the_room_outgrows_it() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, SetSettings(room=room, key=scene.key(), off=(RECEIPTS,)))
    add(scene, ana, room, "cy")
    assert told(scene, room) == [(3, ["receipts"])]
    scene.do(ana, SetSettings(room=room, key=scene.key(), off=()))
    assert told(scene, room) == [(3, ["receipts"])]
    assert scene.record(room).outgrown == (RECEIPTS,)


def test_other_sizes_of_an_operator_are_told_with_the_next_change_of_the_members() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("di")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": MEMBER})
    scene.do(ana, SetTitle(room=room, key=scene.key(), title="soup"))
    assert told(scene, room) == []
    add(scene, ana, room, "di")
    assert told(scene, room) == [(4, ["receipts", "typing"])]


def test_two_joins_in_flight_write_one_entry() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy", "di")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    small = evolve(LIMITS, typing_members_max=9)
    scene.router.judge.limits = small
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("cy",)))
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("di",)))
    scene.commit()
    assert told(scene, room) == [(3, ["receipts"])]
    assert scene.record(room).members == 4


def test_the_credit_of_who_may_cross_a_size_is_enough() -> None:
    scene = Scene(limits=LIMITS)
    scene.know("cy", "di")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    for command in (
        AddMember(room=room, key=scene.key(), users=("cy",)),
        CreateGroup(key=scene.key(), title="tea", members=("bo", "cy", "di")),
        SetSettings(room=room, key=scene.key(), off=(TYPING,)),
    ):
        scene.ask(ana, command)
        [flight], limit = scene.waiting, bound(command)
        assert limit
        assert len(flight.item.entries) <= limit.entries
        scene.commit()
