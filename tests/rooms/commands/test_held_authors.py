"""What becomes of a held post when something becomes of its author meanwhile (protocol 5.104.2, 5.104.3)."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.messages import AddMember, Ban, Leave, RemoveMember, SetSettings
from chatd.model import EntryKind
from tests.rooms.commands.test_holding import holding, review, say
from tests.rooms.pieces import code
from tests.rooms.scene import Scene


def test_of_whom_the_app_says_no_more_what_a_gate_asks_for_what_waits_is_approved_all_the_same() -> None:
    scene = Scene()
    room = holding(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    adult = evolve(bo, claims=(("adult", True),))
    scene.do(ana, SetSettings(room=room, key=scene.key(), requires={"adult": (True,)}))
    assert say(scene, adult, room).held
    assert code(say(scene, bo, room)) == "ineligible"
    assert code(review(scene, ana, room)) == "ok"


@pytest.mark.parametrize("kind", [Ban, RemoveMember])
def test_who_was_taken_out_says_what_waits_once_they_are_back(kind: type[Ban | RemoveMember]) -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    assert say(scene, bo, room).held
    scene.do(mo, kind(room=room, key=scene.key(), user="bo"))
    assert code(review(scene, mo, room)) == "unknown_user"
    scene.do(mo, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(review(scene, mo, room)) == "ok"
    assert (scene.log(room)[-1].kind, scene.log(room)[-1].sender) == (EntryKind.POST, "bo")


def test_who_left_and_came_back_says_what_waits() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    assert say(scene, bo, room).held
    scene.do(bo, Leave(room=room, key=scene.key()))
    scene.do(mo, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(review(scene, mo, room)) == "ok"


def test_who_may_not_see_any_more_what_they_answered_says_it_all_the_same() -> None:
    """What is answered is judged when it is sent: whoever answers says no more of it than its place."""
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    seq = say(scene, mo, room, "hello").seq
    assert say(scene, bo, room, reply=seq).held
    scene.do(mo, RemoveMember(room=room, key=scene.key(), user="bo"))
    scene.do(mo, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(review(scene, mo, room)) == "ok"
    assert scene.log(room)[-1].target == seq
