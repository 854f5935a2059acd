"""Who becomes an owner may do everything, whatever was taken from them before; and how a group is handed over."""

from __future__ import annotations

import msgpack

from chatd.chain import self_id
from chatd.messages import Leave, Post, Restrict, SetRole, TransferOwnership
from chatd.model import MemberState, Role
from chatd.rights import Permission
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, OWNER, Scene


def test_what_was_taken_from_a_member_is_given_back_when_they_become_an_owner() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.POST,)))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.ADMIN))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.OWNER))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"


def test_a_group_is_handed_over_in_one_entry_and_everybody_concerned_is_told() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.POST,)))
    before = len(scene.log(room))
    assert code(scene.do(ana, TransferOwnership(room=room, key=scene.key(), user="bo"))) == "ok"
    assert (scene.standing(room, "ana"), scene.standing(room, "bo")) == (ADMIN, OWNER)
    assert (len(scene.log(room)), scene.record(room).owners) == (before + 1, 1)
    changes = msgpack.unpackb(scene.log(room)[-1].body)["changes"]
    assert changes == [["bo", "member", "owner"], ["ana", "member", "admin"]]
    told = [msgpack.unpackb(scene.log(self_id(user))[-1].body)["role"] for user in ("ana", "bo")]
    assert told == ["admin", "owner"]
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"
    assert code(scene.do(ana, Leave(room=room, key=scene.key()))) == "ok"


def test_of_two_who_hand_over_at_once_each_is_judged_by_what_the_other_did() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": OWNER, "cy": MEMBER})
    scene.ask(ana, TransferOwnership(room=room, key=scene.key(), user="cy"))
    assert code(scene.do(bo, TransferOwnership(room=room, key=scene.key(), user="cy"))) == "unchanged"
    assert scene.record(room).owners == 2


def test_a_group_is_handed_over_to_who_is_there() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    room = scene.group({"ana": OWNER, "bo": (MemberState.INVITED, Role.MEMBER)})
    assert code(scene.do(ana, TransferOwnership(room=room, key=scene.key(), user="bo"))) == "unknown_user"
