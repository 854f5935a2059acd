"""Who becomes an owner may do everything, whatever was taken from them before."""

from __future__ import annotations

from chatd.messages import Post, Restrict, SetRole
from chatd.model import Role
from chatd.rights import Permission
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, OWNER, Scene


def test_what_was_taken_from_a_member_is_given_back_when_they_become_an_owner() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.POST,)))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.ADMIN))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.OWNER))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"
