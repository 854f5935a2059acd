"""Requests to be let into a group: who may ask, who answers, and how many wait."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import AddMember, Leave, RemoveMember, RequestJoin, SetSettings
from chatd.model import Answer, MemberState, Role, RoomId
from chatd.rights import USUAL, JoinBy
from tests.rooms.pieces import code
from tests.rooms.scene import INVITED, LEFT, MEMBER, MODERATOR, NOW, OWNER, Scene

BANNED = (MemberState.BANNED, Role.MEMBER)
REQUESTED = (MemberState.REQUESTED, Role.MEMBER)


def open_for_requests(scene: Scene, room: RoomId) -> None:
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, join_by=JoinBy.REQUEST)))


def facts(scene: Scene, room: RoomId) -> Any:
    return msgpack.unpackb(scene.log(room)[-1].body)


def test_who_asks_waits_until_they_are_let_in() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    open_for_requests(scene, room)
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "ok"
    member = scene.members(room)["bo"]
    assert (member.state, member.floor, member.until) == (MemberState.REQUESTED, 1, 0)
    assert (scene.record(room).members, scene.record(room).requests) == (1, 1)
    assert facts(scene, self_id("bo"))["state"] == "requested"
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert (scene.members(room)["bo"].state, scene.members(room)["bo"].floor) == (MemberState.MEMBER, reply.seq)
    assert (scene.record(room).members, scene.record(room).requests) == (2, 0)


def test_a_request_is_turned_down_by_removing_and_withdrawn_by_leaving() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    open_for_requests(scene, room)
    for end in (RemoveMember(room=room, key=scene.key(), user="bo"), Leave(room=room, key=scene.key())):
        scene.do(bo, RequestJoin(room=room, key=scene.key()))
        assert code(scene.do(ana if isinstance(end, RemoveMember) else bo, end)) == "ok"
        assert (scene.standing(room, "bo"), scene.record(room).requests) == (LEFT, 0)
        refused = scene.do(bo, RequestJoin(room=room, key=scene.key()))
        assert (refused.code, refused.wait_ms) == ("limit_reached", 60_000)
        scene.now += 59_999
        assert scene.do(bo, RequestJoin(room=room, key=scene.key())).wait_ms == 1
        scene.now += 1


def test_who_waits_to_come_in_has_counted_the_room_among_theirs() -> None:
    scene = Scene(limits=evolve(DEFAULTS, rooms_per_user_max=1))
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    open_for_requests(scene, room)
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "ok"
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert reply.answers == {"bo": Answer.ADDED}


def test_a_room_that_takes_no_requests_is_unknown_to_strangers() -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER})
    for place in (room, self_id("ana"), self_id("bo"), b"never was there."):
        expected = "wrong_kind" if place == self_id("bo") else "unknown_room"
        assert code(scene.do(bo, RequestJoin(room=place, key=scene.key()))) == expected


def test_who_left_may_ask_where_others_may() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": LEFT})
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "forbidden"
    scene.do(ana, SetSettings(room=room, key=scene.key(), join_by=JoinBy.REQUEST))
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "ok"


@pytest.mark.parametrize("standing", [MEMBER, INVITED, REQUESTED])
def test_who_is_in_invited_or_waits_already_changes_nothing_by_asking(standing: tuple[MemberState, Role]) -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": standing})
    open_for_requests(scene, room)
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "unchanged"


def test_who_is_banned_asks_in_vain_until_that_is_over() -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": BANNED})
    open_for_requests(scene, room)
    scene.put(evolve(scene.members(room)["bo"], banned_until=NOW + 5))
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "forbidden"
    scene.now += 5
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "ok"
    assert scene.members(room)["bo"].banned_until is None


def test_nobody_asks_in_at_a_deserted_room() -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": LEFT})
    open_for_requests(scene, room)
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "forbidden"


def test_requests_are_bounded_for_a_room_and_for_a_user() -> None:
    scene = Scene(limits=evolve(DEFAULTS, join_requests_max=1, rooms_per_user_max=1))
    room = scene.group({"ana": OWNER})
    open_for_requests(scene, room)
    scene.group({"di": OWNER})
    replies = [
        code(scene.do(scene.enter(user), RequestJoin(room=room, key=scene.key()))) for user in ("bo", "cy", "di")
    ]
    assert replies == ["ok", "limit_reached", "too_many_rooms"]


def test_who_may_invite_answers_requests_and_who_may_not_does_not() -> None:
    scene = Scene()
    bo, cy = scene.enter("bo"), scene.enter("cy")
    room = scene.group({"ana": OWNER, "bo": MEMBER, "cy": MODERATOR, "di": REQUESTED, "ed": REQUESTED})
    scene.put(evolve(scene.record(room), requests=2))
    add, remove = (
        AddMember(room=room, key=scene.key(), users=("di",)),
        RemoveMember(room=room, key=scene.key(), user="ed"),
    )
    assert [code(scene.do(bo, each)) for each in (add, remove)] == ["forbidden", "forbidden"]
    assert [code(scene.do(cy, each)) for each in (add, remove)] == ["ok", "ok"]
