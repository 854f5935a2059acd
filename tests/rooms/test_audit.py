"""The audit names what a command is about: every user, and of letters the endpoint and the place (protocol 13.4)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from chatd.messages import AddMember, CreateFor, DropLetters, KeyedCommand, Redeliver, SetRelation, SettleLetters
from chatd.model import LetterRecord, RelationKind
from chatd.rooms.bounds import bound_of
from chatd.rooms.effects import Actor
from chatd.rooms.operators import AUDIT_ROOM
from chatd.storage.relays import GetLetters
from tests.rooms.bounds import committed, size
from tests.rooms.pieces import code
from tests.rooms.scene import OWNER, Scene

OPERATOR = Actor(99, "", operator=True, credential="shop")
ROOM, OTHER = b"room-----------1", b"room-----------2"


def noted(scene: Scene) -> list[dict[str, Any]]:
    return [msgpack.unpackb(each.body) for each in scene.log(AUDIT_ROOM)]


# -- users -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (SetRelation(key=bytes(16), user="ana", other="bo", relation=RelationKind.BLOCK), ("ana", ["bo"])),
        (CreateFor(key=bytes(16), owner="ana", title="tea", members=("bo", "cy")), ("ana", ["bo", "cy"])),
        (CreateFor(key=bytes(16), owner="ana", title="tea"), ("ana", None)),
    ],
)
def test_every_user_whom_a_command_names_is_named(command: KeyedCommand, named: tuple[str, list[str] | None]) -> None:
    scene = Scene()
    scene.know("ana", "bo", "cy")
    assert code(scene.do(OPERATOR, command)) == "ok"
    [note] = noted(scene)
    assert (note["user"], note.get("others")) == named


def test_all_who_are_added_are_named() -> None:
    scene = Scene()
    scene.know("bo", "cy")
    room = scene.group({"ana": OWNER})
    scene.do(OPERATOR, AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    [note] = noted(scene)
    assert (note["others"], note["room"], "user" in note) == (["bo", "cy"], room, False)


def test_the_bound_of_what_an_operator_commits_holds_however_many_and_long_the_names_are() -> None:
    scene = Scene(names_make_users=True)
    users = tuple(f"{number:064}" for number in range(100))
    room = scene.group({"a" * 64: OWNER}, title="t" * 512)
    commands: list[KeyedCommand] = [
        AddMember(room=room, key=scene.key(), users=users),
        CreateFor(key=scene.key(), owner="b" * 64, title="t" * 512, members=users),
    ]
    for command in commands:
        item, limit = committed(scene, command, OPERATOR), bound_of(OPERATOR, command)
        assert limit is not None
        assert len(item.entries) <= limit.entries
        assert size(item) <= limit.bytes
        assert limit.bytes - len(item.entries[-1].body) > size(item) - len(item.entries[-1].body)


# -- letters -----------------------------------------------------------------------------------------------------------


def letter(seq: int, room: bytes = ROOM, endpoint: str = "push") -> LetterRecord:
    return LetterRecord(endpoint=endpoint, room=room, seq=seq, time=9, attempts=3, error="status 500")


def a_scene() -> Scene:
    """Return a scene in which an endpoint has three letters, and another one has one."""
    scene = Scene()
    scene.put(letter(3), letter(5), letter(3, OTHER), letter(3, endpoint="pull"))
    return scene


def left(scene: Scene) -> list[tuple[str, bytes, int, bool]]:
    found = [each for name in ("push", "pull") for each in scene.read(GetLetters(endpoint=name, after=None, limit=9))]
    return [(each.endpoint, each.room, each.seq, each.again) for each in found]


def test_one_letter_is_told_again_and_the_audit_says_which() -> None:
    scene = a_scene()
    command = Redeliver(key=scene.key(), endpoint="push", room=ROOM, seq=5)
    reply = scene.do(OPERATOR, command)
    assert (reply.room, reply.seq) == (AUDIT_ROOM, 1)
    assert [each for each in left(scene) if each[3]] == [("push", ROOM, 5, True)]
    about = {"room": ROOM, "seq": 5, "endpoint": "push"}
    assert noted(scene) == [{"by": "shop", "command": "Redeliver", "key": command.key, **about}]


def test_all_letters_of_an_endpoint_are_forgotten_and_no_others() -> None:
    scene = a_scene()
    command = DropLetters(key=scene.key(), endpoint="push")
    assert code(scene.do(OPERATOR, command)) == "ok"
    assert left(scene) == [("pull", ROOM, 3, False)]
    assert noted(scene) == [{"by": "shop", "command": "DropLetters", "key": command.key, "endpoint": "push"}]


@pytest.mark.parametrize("kind", [Redeliver, DropLetters])
@pytest.mark.parametrize(
    ("endpoint", "place"), [("none", None), ("push", (ROOM, 4)), ("push", (ROOM, 6)), ("pull", (OTHER, 3))]
)
def test_where_there_is_no_such_letter_nothing_is_changed_or_noted(
    kind: type[SettleLetters], endpoint: str, place: tuple[bytes, int] | None
) -> None:
    scene = a_scene()
    room, seq = place or (None, None)
    before = left(scene)
    assert code(scene.do(OPERATOR, kind(key=scene.key(), endpoint=endpoint, room=room, seq=seq))) == "unchanged"
    assert (left(scene), noted(scene)) == (before, [])


def test_a_repeat_is_answered_with_the_first_outcome_and_another_command_is_a_conflict() -> None:
    scene = a_scene()
    drop = DropLetters(key=scene.key(), endpoint="push", room=ROOM, seq=3)
    first = scene.do(OPERATOR, drop)
    scene.put(letter(3))
    again = scene.do(OPERATOR, drop)
    assert (again.room, again.seq, again.duplicate) == (first.room, first.seq, True)
    assert ("push", ROOM, 3, False) in left(scene)
    assert code(scene.do(OPERATOR, DropLetters(key=drop.key, endpoint="push"))) == "conflict"
    assert len(noted(scene)) == 1
