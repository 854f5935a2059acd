"""Blocks: what the one who blocks sees of it, and that the other one sees nothing (14.5, A8)."""

from __future__ import annotations

from typing import Any

import msgpack
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    Block,
    CloseUser,
    CreateGroup,
    IsTyping,
    MarkRead,
    OpenDirect,
    Post,
    RequestJoin,
    SetSettings,
    Typing,
)
from chatd.model import Answer, Relation, RelationKind, RoomId
from chatd.rights import JoinBy
from chatd.rooms.effects import Actor, Reply, Signal
from chatd.rooms.marks import News
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.pieces import code, text
from tests.rooms.scene import OWNER, Scene


def block(scene: Scene, user: str, *, on: bool = True) -> Block:
    return Block(key=scene.key(), user=user, on=on)


def relation(scene: Scene, user: str, other: str) -> Relation | None:
    found: Any = scene.store._tables.people.get((user, RelationKind.BLOCK, other))
    return found  # type: ignore[no-any-return]


def pair(scene: Scene) -> tuple[Actor, Actor, RoomId]:
    """Return ana, bo, and their direct room with a post of each."""
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    for actor in (ana, bo):
        scene.do(actor, Post(room=room, key=scene.key(), content=text()))
    return ana, bo, room


# -- the one who blocks ------------------------------------------------------------------------------------------------


def test_a_block_is_an_entry_of_the_self_room_and_a_relation() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    reply = scene.do(ana, block(scene, "bo"))
    [entry] = scene.log(self_id("ana"))
    assert (reply.room, reply.seq, entry.kind) == (self_id("ana"), 1, "block")
    assert msgpack.unpackb(entry.body) == {"user": "bo", "on": True}
    assert relation(scene, "ana", "bo") == Relation(user="ana", kind=RelationKind.BLOCK, other="bo", since=scene.now)


def test_a_block_ends_and_may_begin_again() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    answers = [code(scene.do(ana, block(scene, "bo", on=on))) for on in (False, True, True, False, False, True)]
    assert answers == ["unchanged", "ok", "unchanged", "ok", "unchanged", "ok"]


def test_nobody_blocks_themselves_nor_somebody_who_does_not_exist() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert code(scene.do(ana, block(scene, "ana"))) == "forbidden"
    assert code(scene.do(ana, block(scene, "nobody"))) == "unknown_user"


def test_in_a_development_server_naming_a_user_is_enough() -> None:
    scene = Scene(names_make_users=True)
    assert code(scene.do(scene.enter("ana"), block(scene, "bo"))) == "ok"
    assert "bo" in scene.store._tables.users


def test_so_many_users_are_blocked_and_no_more_until_one_is_let_go() -> None:
    scene = Scene(limits=evolve(DEFAULTS, blocks_max=1))
    ana = scene.enter("ana")
    scene.know("bo", "cy")
    assert code(scene.do(ana, block(scene, "bo"))) == "ok"
    assert code(scene.do(ana, block(scene, "cy"))) == "limit_reached"
    scene.do(ana, block(scene, "bo", on=False))
    assert code(scene.do(ana, block(scene, "cy"))) == "ok"


def test_what_a_block_commits_is_within_its_bound() -> None:
    scene = Scene()
    ana, name = scene.enter("a" * 64), "b" * 64
    scene.know(name)
    command = block(scene, name)
    assert_bounded(command, committed(scene, command, ana))


# -- the one who is blocked --------------------------------------------------------------------------------------------


def test_who_is_blocked_opens_a_room_and_posts_there_as_ever() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, block(scene, "bo"))
    room = scene.do(bo, OpenDirect(key=scene.key(), user="ana")).room
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"
    assert [entry.kind for entry in scene.log(room)] == ["create", "post"]


def test_who_is_blocked_adds_the_blocker_no_more_than_somebody_who_does_not_exist() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, block(scene, "bo"))
    created = scene.do(bo, CreateGroup(key=scene.key(), title="tea", members=("ana", "nobody")))
    assert created.answers == {"ana": Answer.REFUSED, "nobody": Answer.REFUSED}
    added = [scene.do(bo, AddMember(room=created.room, key=scene.key(), users=(user,))) for user in ("ana", "nobody")]
    assert [(each.code, each.verdict) for each in added] == [("unknown_user", "never")] * 2
    assert scene.standing(created.room, "ana") is None


def test_who_blocks_may_add_whom_they_have_blocked() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    scene.do(ana, block(scene, "bo"))
    assert scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",))).answers == {"bo": Answer.ADDED}


def test_who_asked_to_be_let_in_is_let_in_by_somebody_they_have_blocked() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"bo": OWNER})
    scene.do(bo, SetSettings(room=room, key=scene.key(), join_by=JoinBy.REQUEST))
    scene.do(ana, RequestJoin(room=room, key=scene.key()))
    scene.do(ana, block(scene, "bo"))
    added = scene.do(bo, AddMember(room=room, key=scene.key(), users=("ana",)))
    assert added.answers == {"ana": Answer.ADDED}


# -- what the server keeps back in the direct room ---------------------------------------------------------------------


def news(scene: Scene, actor: Actor, room: RoomId, seq: int) -> News | None:
    scene.registry.marks.take_news()
    scene.do(actor, MarkRead(room=room, seq=seq))
    return scene.registry.marks.take_news().get(room)


def test_the_reading_of_who_blocks_is_not_told_and_is_again_once_the_block_has_ended() -> None:
    scene = Scene()
    ana, bo, room = pair(scene)
    scene.do(ana, block(scene, "bo"))
    assert news(scene, ana, room, 2) == News(own={"ana": 2})
    assert news(scene, bo, room, 2) == News(read={"bo": 2})
    scene.do(ana, block(scene, "bo", on=False))
    assert news(scene, ana, room, 3) == News(read={"ana": 3})


def test_a_room_that_is_opened_after_the_block_tells_no_more() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, block(scene, "bo"))
    room = scene.do(bo, OpenDirect(key=scene.key(), user="ana")).room
    assert news(scene, ana, room, 1) == News(own={"ana": 1})


def test_the_reading_of_who_blocks_is_told_in_groups() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    room = scene.group({"ana": OWNER})
    scene.do(ana, block(scene, "bo"))
    assert news(scene, ana, room, 1) == News(read={"ana": 1})


def heard(scene: Scene, actor: Actor, room: RoomId) -> list[IsTyping]:
    """Return what others are told when `actor`, who listens to the room, types there."""
    subscriber = scene.registry.audience.sessions[actor.session]
    if room not in subscriber.attachments:
        scene.registry.audience.attach(subscriber, scene.registry.rooms[room])
    scene.now += 10_000
    effects = scene.effects(actor, Typing(room=room))
    assert isinstance(effects[0], Reply)
    return [effect.message for effect in effects if isinstance(effect, Signal)]


def test_nobody_is_told_that_who_blocks_types_in_the_room_of_the_two() -> None:
    scene = Scene()
    ana, bo, room = pair(scene)
    assert heard(scene, ana, room) == [IsTyping(room=room, user="ana")]
    scene.do(ana, block(scene, "bo"))
    assert heard(scene, ana, room) == []
    assert heard(scene, bo, room) == [IsTyping(room=room, user="bo")]


def test_a_room_that_leaves_memory_comes_back_with_its_block() -> None:
    scene = Scene(forgetful=True)
    ana, _, room = pair(scene)
    scene.do(ana, block(scene, "bo"))
    assert news(scene, ana, room, 2) == News(own={"ana": 2})


def test_who_was_closed_is_blocked_by_nobody_and_let_go_all_the_same() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo", "cy")
    scene.do(ana, block(scene, "bo"))
    for name in ("bo", "cy"):
        scene.do(Actor(99, "", operator=True), CloseUser(key=scene.key(), user=name))
    assert code(scene.do(ana, block(scene, "cy"))) == "unknown_user"
    assert code(scene.do(ana, block(scene, "bo", on=False))) == "ok"
