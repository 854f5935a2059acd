"""Who speaks in a room only where the app says of them what it requires (protocol 5.3.2)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.codes import Verdict
from chatd.messages import Edit, Permissions, Post, React, SetSettings
from chatd.model import Attribute, Attributes, Role, RoomId
from chatd.rights import USUAL, Level
from chatd.rooms.effects import Actor
from chatd.rooms.gates import asks_more
from chatd.rooms.operators import AUDIT_ROOM
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, MODERATOR, NOW, OWNER, Scene

EU = (("region", ("eu", "ch")),)
OPERATOR = Actor(99, "", operator=True, credential="shop")


def gated(scene: Scene, **settings: Any) -> RoomId:
    """Return a group with these settings, in which bo is a member."""
    room = scene.group({"ana": OWNER, "ada": ADMIN, "mo": MODERATOR, "bo": MEMBER})
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, **settings)))
    return room


def said(scene: Scene, user: str, **values: Attribute) -> None:
    """Let the app have said this of a user."""
    scene.put(Attributes(user=user, values=tuple(values.items())))


def say(scene: Scene, actor: Actor, room: RoomId) -> Any:
    return scene.do(actor, Post(room=room, key=scene.key(), content=text()))


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"region": "eu"}, "ok"),
        ({"region": "ch", "level": 3}, "ok"),
        ({"region": "us"}, "ineligible"),
        ({"Region": "eu"}, "ineligible"),
        ({}, "ineligible"),
    ],
)
def test_a_member_speaks_of_whom_the_app_says_one_of_the_values(values: dict[str, Attribute], answer: str) -> None:
    scene = Scene()
    room = gated(scene, requires=EU)
    bo = scene.enter("bo")
    said(scene, "bo", **values)
    assert code(say(scene, bo, room)) == answer


def test_a_member_of_whom_the_app_has_said_nothing_does_not_speak_and_is_not_told_to_come_again() -> None:
    scene = Scene()
    room = gated(scene, requires=EU)
    refused = say(scene, scene.enter("bo"), room)
    assert (refused.code, refused.verdict, refused.wait_ms, refused.after_ms) == (
        "ineligible", Verdict.NEVER, None, None,
    )  # fmt: skip


def test_all_that_is_required_must_be_said() -> None:
    scene = Scene()
    room = gated(scene, requires=(("adult", (True,)), *EU))
    bo = scene.enter("bo")
    for values, answer in (
        ({"region": "eu"}, "ineligible"),
        ({"region": "eu", "adult": False}, "ineligible"),
        ({"region": "eu", "adult": True}, "ok"),
    ):
        said(scene, "bo", **values)
        assert code(say(scene, bo, room)) == answer


@pytest.mark.parametrize(("value", "answer"), [(3, "ok"), ("3", "ineligible"), (2, "ineligible")])
def test_a_number_is_no_text(value: Attribute, answer: str) -> None:
    scene = Scene()
    room = gated(scene, requires=(("level", (3, 4)),))
    bo = scene.enter("bo")
    said(scene, "bo", level=value)
    assert code(say(scene, bo, room)) == answer


def test_what_a_token_says_wins_over_what_is_stored_under_the_same_name_alone() -> None:
    scene = Scene()
    room = gated(scene, requires=(("adult", (True,)), *EU))
    bo = scene.enter("bo")
    said(scene, "bo", region="us", adult=True)
    assert code(say(scene, evolve(bo, claims=(("region", "eu"),)), room)) == "ok"
    said(scene, "bo", region="eu", adult=True)
    assert code(say(scene, evolve(bo, claims=(("region", "us"),)), room)) == "ineligible"


def test_what_is_stored_is_asked_for_only_where_the_token_leaves_something_open() -> None:
    scene = Scene()
    plain, room = gated(scene, member_s=1), gated(scene, requires=EU)
    bo = scene.enter("bo")
    assert not asks_more(None, bo)
    for actor, asks in ((bo, True), (evolve(bo, claims=(("region", "us"),)), False), (OPERATOR, False)):
        say(scene, actor, room)
        assert asks_more(scene.registry.rooms[room], actor) is asks
        say(scene, actor, plain)
        assert not asks_more(scene.registry.rooms[plain], actor)


def test_for_a_stranger_nothing_is_looked_up() -> None:
    """It would take a moment longer than in a room that never was (A4)."""
    scene = Scene()
    room = gated(scene, requires=EU)
    sven = scene.enter("sven")
    assert code(say(scene, sven, room)) == "unknown_room"
    assert not asks_more(scene.registry.rooms[room], sven)


@pytest.mark.parametrize("user", ["mo", "ada", "ana"])
def test_of_who_has_a_role_nothing_is_required(user: str) -> None:
    scene = Scene()
    room = gated(scene, requires=EU)
    assert code(say(scene, scene.enter(user), room)) == "ok"


def test_of_operators_nothing_is_required() -> None:
    scene = Scene()
    assert code(say(scene, OPERATOR, gated(scene, requires=EU))) == "ok"
    assert scene.log(AUDIT_ROOM)


def test_who_may_not_speak_neither_edits_nor_reacts() -> None:
    scene = Scene()
    room = gated(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    seq = say(scene, bo, room).seq
    scene.do(ana, SetSettings(room=room, key=scene.key(), requires={"region": ("eu",)}))
    assert code(scene.do(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("more")))) == "ineligible"
    assert code(scene.do(bo, React(room=room, key=scene.key(), seq=seq, emoji="x"))) == "ineligible"
    said(scene, "bo", region="eu")
    assert code(scene.do(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("more")))) == "ok"
    assert code(scene.do(bo, React(room=room, key=scene.key(), seq=seq, emoji="x"))) == "ok"


def test_a_gate_in_flight_counts_already() -> None:
    scene = Scene()
    room = gated(scene)
    ana, bo, ada = scene.enter("ana"), scene.enter("bo"), scene.enter("ada")
    scene.ask(ana, SetSettings(room=room, key=scene.key(), requires={"region": ("eu",)}))
    for actor in (bo, ada):
        scene.ask(actor, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    assert [code(each) for each in scene.said.values()] == ["ok", "ineligible", "ok"]


def test_an_emergency_and_what_never_heals_are_told_before_what_does() -> None:
    scene = Scene()
    room = gated(scene, requires=EU, member_s=60)
    bo = scene.enter("bo")
    scene.put(evolve(scene.members(room)["bo"], since=NOW))
    assert code(say(scene, bo, room)) == "ineligible"
    said(scene, "bo", region="eu")
    assert code(say(scene, bo, room)) == "too_new"
    scene.do(scene.enter("ana"), SetSettings(room=room, key=scene.key(), level=Level.MODERATORS.value))
    assert code(say(scene, bo, room)) == "emergency"


def test_a_gate_is_set_told_of_and_taken_away() -> None:
    scene = Scene()
    room = gated(scene)
    ana = scene.enter("ana")
    given: dict[str, tuple[Attribute, ...]] = {"region": ("eu", "ch"), "level": (3,)}
    first = SetSettings(room=room, key=scene.key(), requires=given)
    assert code(scene.do(ana, first)) == "ok"
    assert scene.record(room).settings.requires == (("level", (3,)), ("region", ("eu", "ch")))
    assert code(scene.do(ana, evolve(first, key=scene.key()))) == "unchanged"
    told = scene.do(ana, Permissions(room=room, user="bo"))
    assert (told.requires, told.role) == (given, Role.MEMBER)
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=0, member_s=0, level=1))) == "ok"
    assert scene.record(room).settings.requires
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), requires={}))) == "ok"
    assert scene.do(ana, Permissions(room=room)).requires is None
