"""Commands without a key: pages, read marks and typing."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import (
    Command,
    Done,
    History,
    IsTyping,
    MarkRead,
    Members,
    Post,
    Rooms,
    Subscribe,
    Typing,
)
from chatd.model import ReadMark, RoomId
from chatd.rooms.effects import Actor, Read, Reply, Signal
from chatd.rooms.room import empty_head
from tests.rooms.pieces import code, text
from tests.rooms.scene import INVITED, LEFT, MEMBER, OWNER, Scene

NOWHERE = b"no such room at "


@pytest.mark.parametrize(
    "command", [Subscribe(epoch=bytes(16), rooms=()), History(room=NOWHERE), Members(room=NOWHERE), Rooms()]
)
def test_what_reads_pages_is_handed_on(command: Subscribe | History | Members | Rooms) -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert scene.effects(ana, command) == [Read(ana.session, 1, command)]


def test_a_read_mark_is_merged_and_waits_for_the_store() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert scene.do(ana, MarkRead(room=room, seq=1)) == Done()
    assert scene.do(ana, MarkRead(room=room, seq=0)) == Done()
    assert scene.registry.marks.waiting == {"ana": {room: ReadMark(room, "ana", 1)}}


def test_nobody_has_read_beyond_the_head() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert code(scene.do(ana, MarkRead(room=room, seq=2))) == "bad_seq"
    assert scene.registry.marks.waiting == {}


def test_a_self_room_has_no_read_mark() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.registry.install_self("ana", empty_head(self_id("ana")))
    assert code(scene.do(ana, MarkRead(room=self_id("ana"), seq=0))) == "wrong_kind"


def test_what_is_in_flight_cannot_be_read_yet() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.ask(ana, Post(room=room, key=scene.key(), content=text()))
    assert code(scene.do(ana, MarkRead(room=room, seq=2))) == "bad_seq"


@pytest.mark.parametrize("standing", [INVITED, LEFT])
@pytest.mark.parametrize("kind", [MarkRead, Typing])
def test_who_is_not_there_neither_reads_nor_types(standing: tuple, kind: type[Command]) -> None:  # type: ignore[type-arg]
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": standing}), scene.enter("bo")
    command = MarkRead(room=room, seq=1) if kind is MarkRead else Typing(room=room)
    assert code(scene.do(bo, command)) == "not_member"


def typing(scene: Scene, actor: Actor, room: RoomId) -> list[Signal]:
    effects = scene.effects(actor, Typing(room=room))
    assert [effect.message for effect in effects if isinstance(effect, Reply)] == [Done()]
    return [effect for effect in effects if isinstance(effect, Signal)]


def listening(scene: Scene, actor: Actor, room: RoomId) -> None:
    there = scene.bring_room(actor, room)
    assert there is not None
    scene.registry.audience.attach(scene.registry.audience.sessions[actor.session], there)


def test_typing_is_told_to_the_others_of_a_room_once_a_second() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    listening(scene, ana, room)
    assert typing(scene, ana, room) == [Signal(room, ana.session, IsTyping(room=room, user="ana"))]
    assert typing(scene, ana, room) == []
    scene.now += 1000
    assert len(typing(scene, ana, room)) == 1


def test_typing_without_listening_is_answered_and_not_told() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert typing(scene, ana, room) == []


@pytest.mark.parametrize(("members", "told"), [(2, 1), (1, 0)])
def test_typing_is_not_told_in_large_rooms(members: int, told: int) -> None:
    scene = Scene(limits=evolve(DEFAULTS, typing_members_max=members))
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    listening(scene, ana, room)
    assert len(typing(scene, ana, room)) == told
