"""What the app tells of its users, through operators (protocol 14.6, 14.7)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from chatd.messages import CloseUser, Committed, CreateUser, SetAttributes, SetRelation
from chatd.model import Attribute, Attributes, EntryKind, RelationKind
from chatd.rooms.effects import Actor
from chatd.rooms.operators import AUDIT_ROOM
from chatd.storage.people import GetAttributes
from chatd.storage.people_tables import People
from tests.rooms.pieces import code
from tests.rooms.scene import Scene

OPERATOR = Actor(99, "", operator=True, credential="control")


def relation(scene: Scene, user: str, other: str, kind: RelationKind = RelationKind.FOLLOW, **more: Any) -> Any:
    return scene.do(OPERATOR, SetRelation(key=scene.key(), user=user, other=other, relation=kind, **more))


def attributes(scene: Scene, user: str, said: dict[str, Attribute]) -> Any:
    return scene.do(OPERATOR, SetAttributes(key=scene.key(), user=user, attributes=said))


def since(scene: Scene, user: str, kind: RelationKind, other: str) -> int:
    return People(scene.store._tables.people).since(user, kind, other)


@pytest.mark.parametrize("kind", RelationKind)
def test_a_relation_holds_from_the_time_that_is_told_or_from_now(kind: RelationKind) -> None:
    scene = Scene()
    scene.know("ana", "bo")
    assert code(relation(scene, "ana", "bo", kind, since=5)) == "ok"
    assert since(scene, "ana", kind, "bo") == 5
    assert code(relation(scene, "ana", "bo", kind)) == "ok"
    assert since(scene, "ana", kind, "bo") == scene.now


def test_a_relation_that_is_over_has_no_since() -> None:
    scene = Scene()
    scene.know("ana", "bo")
    relation(scene, "ana", "bo")
    assert code(relation(scene, "ana", "bo", on=False, since=5)) == "ok"
    assert since(scene, "ana", RelationKind.FOLLOW, "bo") == 0


@pytest.mark.parametrize("known", [("ana",), ("bo",), ()])
def test_a_relation_needs_two_users_who_exist(known: tuple[str, ...]) -> None:
    scene = Scene()
    scene.know(*known)
    assert code(relation(scene, "ana", "bo")) == "unknown_user"


def test_in_a_development_server_a_relation_makes_the_users_whom_it_names() -> None:
    scene = Scene(names_make_users=True)
    assert code(relation(scene, "ana", "bo")) == "ok"
    assert [*scene.store._tables.users] == ["ana", "bo"]


def test_attributes_make_a_user_and_leave_one_who_exists_as_old_as_they_were() -> None:
    scene = Scene()
    attributes(scene, "ana", {"level": 2})
    before = scene.store._tables.users["ana"]
    scene.now += 9
    attributes(scene, "ana", {"fan": True})
    assert scene.store._tables.users["ana"] == before
    assert scene.read(GetAttributes("ana")) == Attributes(user="ana", values=(("fan", True),))


def test_nothing_is_said_of_who_was_closed() -> None:
    scene = Scene()
    scene.do(OPERATOR, CreateUser(key=scene.key(), user="ana"))
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    assert code(attributes(scene, "ana", {})) == "forbidden"


def test_what_is_told_is_in_the_audit_and_a_repeat_has_the_same_answer() -> None:
    scene = Scene()
    scene.know("ana", "bo")
    for command in (
        SetRelation(key=scene.key(), user="ana", other="bo", relation=RelationKind.FOLLOW),
        SetAttributes(key=scene.key(), user="ana", attributes={"fan": True}),
    ):
        told: Committed = scene.do(OPERATOR, command)
        entry = scene.log(AUDIT_ROOM)[-1]
        assert (told.room, told.seq) == (AUDIT_ROOM, entry.seq)
        assert (entry.kind, entry.sender) == (EntryKind.AUDIT, "")
        body = msgpack.unpackb(entry.body)
        assert (body["by"], body["command"], body["user"]) == ("control", type(command).__name__, "ana")
        assert code(scene.do(OPERATOR, command)) == "duplicate"
