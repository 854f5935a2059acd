"""What becomes of a held post when something becomes of its author meanwhile, or when they take it back (protocol
5.104.2, 5.104.3, 5.104.5)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.messages import AddMember, Ban, End, Freeze, Leave, RemoveMember, Review, SetFilter, SetSettings
from chatd.model import EntryKind, FilterAction, Role, RoomId
from chatd.rooms.effects import Actor
from chatd.storage.held import GetHeld
from tests.rooms.commands.test_holding import HOLD, holding, review, say, told, waiting
from tests.rooms.pieces import code
from tests.rooms.scene import Scene
from tests.rooms.streams import a_stream, posted, viewer

OPERATOR = Actor(99, "", operator=True, credential="shop")


def withdraw(scene: Scene, actor: Actor, room: RoomId, number: int = 1, **more: Any) -> Any:
    return review(scene, actor, room, number, approve=False, user=actor.user, **more)


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


# -- taken back by its author (5.104.5) --------------------------------------------------------------------------------


@pytest.mark.parametrize("forgetful", [False, True])
def test_its_author_takes_back_what_waits_and_nothing_of_it_is_kept(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    room = holding(scene)
    bo = scene.enter("bo")
    say(scene, bo, room)
    before = scene.log(room), len(scene.log(self_id("bo")))
    key = scene.key()
    reply = withdraw(scene, bo, room, key=key)
    assert (reply.room, reply.held, reply.duplicate) == (self_id("bo"), False, False)
    assert told(scene, "bo") == (EntryKind.REVIEW, {"room": room, "number": 1, "user": "bo", "approved": False})
    [entry] = scene.log(self_id("bo"))[before[1] :]
    assert (entry.sender, entry.key, scene.log(room)) == ("bo", key, before[0])
    assert (waiting(scene, room), scene.read(GetHeld(room, 1))) == ([], None)
    assert withdraw(scene, bo, room, key=key, retry=True) == evolve(reply, duplicate=True)


def test_the_key_of_what_was_taken_back_has_the_same_answer_for_ever() -> None:
    scene = Scene()
    room = holding(scene)
    bo = scene.enter("bo")
    key = scene.key()
    first = say(scene, bo, room, key=key)
    assert code(withdraw(scene, bo, room)) == "ok"
    assert say(scene, bo, room, key=key) == evolve(first, duplicate=True)
    assert code(say(scene, bo, room, "eggs", key=key)) == "conflict"
    assert waiting(scene, room) == []


@pytest.mark.parametrize("user", ["bo", "cy"])
def test_nobody_takes_back_what_another_has_said(user: str) -> None:
    scene = Scene()
    room = holding(scene)
    say(scene, scene.enter("bo"), room)
    cy = scene.enter("cy")
    assert code(review(scene, cy, room, approve=False, user=user)) == ("forbidden" if user == "bo" else "bad_seq")
    assert waiting(scene, room) == [1]


def test_a_moderator_takes_back_and_never_approves_what_they_said() -> None:
    scene = Scene()
    room = holding(scene, evolve(HOLD, exempt=Role.OWNER))
    mo = scene.enter("mo")
    say(scene, mo, room)
    assert code(review(scene, mo, room, user="mo")) == "forbidden"
    assert code(withdraw(scene, mo, room)) == "ok"


@pytest.mark.parametrize("approve", [False, True])
def test_who_takes_back_what_was_decided_meanwhile_is_told_that_it_does_not_wait(approve: bool) -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    scene.ask(mo, Review(room=room, key=scene.key(), number=1, user="bo", approve=approve))
    log = len(scene.log(room))
    assert [code(withdraw(scene, bo, room)) for _ in range(2)] == ["bad_seq"] * 2
    assert told(scene, "bo")[1]["approved"] is approve
    assert len(scene.log(room)) == log + approve


def test_what_is_taken_back_is_not_approved_any_more() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    say(scene, bo, room)
    scene.ask(bo, Review(room=room, key=scene.key(), number=1, user="bo", approve=False))
    assert code(review(scene, mo, room)) == "bad_seq"
    assert (waiting(scene, room), scene.record(room).held) == ([2], 1)


@pytest.mark.parametrize("kind", [Ban, RemoveMember])
def test_who_was_taken_out_takes_back_what_waits_and_once_alone(kind: type[Ban | RemoveMember]) -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    scene.do(mo, kind(room=room, key=scene.key(), user="bo"))
    assert [code(withdraw(scene, bo, room)) for _ in range(2)] == ["ok", "not_member"]
    assert waiting(scene, room) == []


def test_who_only_watches_takes_back_what_waits_and_so_does_who_is_gone() -> None:
    scene = Scene()
    host, room = a_stream(scene)
    scene.do(host, SetFilter(room=room, key=scene.key(), words=("spam",), action=FilterAction.HOLD))
    vera, vito = viewer(scene, room), viewer(scene, room, "vito")
    assert posted(scene, vera, room, "spam").held
    assert posted(scene, vito, room, "spam").held
    assert [code(withdraw(scene, vera, room)) for _ in range(2)] == ["ok", "bad_seq"]
    gone = scene.enter("vito", "tablet")
    scene.registry.audience.close(vito.session)
    assert [code(withdraw(scene, gone, room, 2)) for _ in range(2)] == ["ok", "unknown_room"]


def test_what_went_with_the_stream_is_not_taken_back() -> None:
    scene = Scene()
    host, room = a_stream(scene)
    scene.do(host, SetFilter(room=room, key=scene.key(), words=("spam",), action=FilterAction.HOLD))
    vera = viewer(scene, room)
    posted(scene, vera, room, "spam")
    scene.do(host, End(room=room, key=scene.key()))
    assert code(withdraw(scene, host, room)) == "ended"
    assert code(withdraw(scene, viewer(scene, room), room)) == "ended"


def test_in_a_frozen_room_nothing_is_taken_back() -> None:
    scene = Scene()
    room = holding(scene)
    bo = scene.enter("bo")
    say(scene, bo, room)
    scene.do(OPERATOR, Freeze(room=room, key=scene.key()))
    assert code(withdraw(scene, bo, room)) == "frozen"
    assert waiting(scene, room) == [1]
