"""What operators do in rooms without being in them, and what is noted of it (protocol 13.2 - 13.4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgpack
import pytest

from chatd.chain import self_id
from chatd.messages import (
    AddMember,
    CloseUser,
    Command,
    CreateFor,
    Delete,
    Edit,
    Freeze,
    Hide,
    IssueToken,
    KeyedCommand,
    Ping,
    Post,
    RemoveMember,
    Report,
    Resolve,
    RevokeToken,
    RevokeTokens,
    SetLevel,
    SetRole,
    Settle,
)
from chatd.model import NO_TIES, Answer, EntryKind, MemberState, Role
from chatd.rooms.effects import Actor
from chatd.rooms.operators import ALONE, AUDIT_ROOM, POLICY, refusal
from chatd.rooms.policy import DefaultPolicy
from chatd.wire import content
from chatd.wire.bodies import System
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, OWNER, Scene

PROTOCOL = Path(__file__).parents[2] / "protocol.md"
OPERATOR = Actor(99, "", operator=True, credential="shop")
ANOTHER = Actor(98, "", operator=True, credential="desk")
NEWS = content.of(System(event="note", fallback="the shop is closed"), allow_system=True)


def noted(scene: Scene) -> list[dict[str, Any]]:
    """Return what stands in the audit."""
    entries = scene.log(AUDIT_ROOM)
    assert [(each.kind, each.sender) for each in entries] == [(EntryKind.AUDIT, "")] * len(entries)
    return [msgpack.unpackb(each.body) for each in entries]


def test_a_post_of_an_operator_is_nobodys_in_the_room() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER})
    scene.do(OPERATOR, Post(room=room, key=scene.key(), content=NEWS))
    assert (scene.log(room)[-1].sender, scene.log(room)[-1].body) == ("", NEWS)
    assert list(scene.members(room)) == ["ana"]


def test_what_an_operator_commits_is_noted_with_it() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    scene.do(OPERATOR, post)
    assert noted(scene) == [{"by": "shop", "command": "Post", "key": post.key, "room": room}]
    assert scene.log(AUDIT_ROOM)[0].g == scene.log(room)[-1].g


@pytest.mark.parametrize(
    ("command", "about"),
    [
        (CloseUser(key=bytes(16), user="ana", reason="asked for it"), {"user": "ana", "reason": "asked for it"}),
        (CreateFor(key=bytes(16), owner="ana", title="tea"), {"user": "ana"}),
        (RevokeTokens(key=bytes(16), user="ana", reason="stolen"), {"user": "ana", "reason": "stolen"}),
    ],
)
def test_the_audit_tells_about_whom_and_why(command: KeyedCommand, about: dict[str, str]) -> None:
    scene = Scene()
    scene.know("ana")
    scene.do(OPERATOR, command)
    [note] = noted(scene)
    assert {name: note[name] for name in about} == about
    assert note["command"] == type(command).__name__


def test_what_is_refused_or_repeated_is_not_noted() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER})
    freeze = Freeze(room=room, key=scene.key())
    for command in (freeze, freeze, Freeze(room=room, key=scene.key())):
        scene.do(OPERATOR, command)
    assert len(noted(scene)) == 1


def test_tokens_are_noted_once_by_their_public_ids() -> None:
    scene = Scene()
    issue, revoke = IssueToken(user="ana", hash=bytes(range(32))), RevokeToken(token="0001020304050607")
    commands: list[Command] = [issue, issue, revoke, revoke]
    assert [code(scene.do(OPERATOR, each)) for each in commands] == ["ok"] * 4
    assert [(each["command"], each["token"], each.get("user")) for each in noted(scene)] == [
        ("IssueToken", "0001020304050607", "ana"),
        ("RevokeToken", "0001020304050607", None),
    ]


def test_each_level_that_an_operator_sets_is_noted_even_the_same_again() -> None:
    scene = Scene()
    for level in (3, 3, 0):
        assert code(scene.do(OPERATOR, SetLevel(level=level))) == "ok"
    told = [(each["by"], each["command"], each["level"]) for each in noted(scene)]
    assert told == [("shop", "SetLevel", 3), ("shop", "SetLevel", 3), ("shop", "SetLevel", 0)]
    assert len({each["key"] for each in noted(scene)}) == 3


def test_what_an_operator_settles_is_noted_once_by_the_id_of_the_report() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    scene.do(ana, Report(key=scene.key(), user="bo", reason="spam"))
    [report] = scene.store._tables.reports
    for actor in (OPERATOR, ANOTHER):
        scene.ask(actor, Resolve(report=report))
    scene.commit()
    assert noted(scene) == [{"by": "shop", "command": "Resolve", "key": report}]


def test_what_staff_settle_is_not_noted() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "bo": MEMBER})
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    scene.do(bo, Report(key=scene.key(), room=room, seq=2, reason="spam"))
    [report] = scene.store._tables.reports
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.OWNER))
    assert code(scene.do(bo, Resolve(room=room, report=report))) == "ok"
    assert noted(scene) == []


def test_operators_share_the_scope_of_their_keys() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    scene.do(OPERATOR, post)
    assert code(scene.do(ANOTHER, post)) == "duplicate"
    assert code(scene.do(ANOTHER, Post(room=room, key=post.key, content=text("other")))) == "conflict"


def test_an_operator_edits_what_operators_said_and_nothing_else() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    own = scene.do(OPERATOR, Post(room=room, key=scene.key(), content=text())).seq
    hers = scene.do(ana, Post(room=room, key=scene.key(), content=text())).seq
    edits = [Edit(room=room, key=scene.key(), seq=seq, content=text("new")) for seq in (own, hers)]
    assert [code(scene.do(OPERATOR, each)) for each in edits] == ["ok", "forbidden"]


def test_what_an_operator_said_is_deleted_by_who_may_delete_others() -> None:
    scene = Scene()
    people = {"ana": ADMIN, "bo": MEMBER}
    room = scene.group(people)
    own = scene.do(OPERATOR, Post(room=room, key=scene.key(), content=text())).seq
    codes = [code(scene.do(scene.enter(name), Delete(room=room, key=scene.key(), seq=own))) for name in ("bo", "ana")]
    assert codes == ["forbidden", "ok"]


def test_an_operator_adds_at_once_whatever_the_policy_does_with_others() -> None:
    scene = Scene(policy=DefaultPolicy(Answer.INVITED))
    scene.know("bo")
    room = scene.group({"ana": OWNER})
    reply = scene.do(OPERATOR, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert reply.answers == {"bo": Answer.ADDED}
    assert scene.standing(room, "bo") == MEMBER


def test_an_operator_removes_an_owner_unless_others_would_be_left_without() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "bo": OWNER, "cy": MEMBER})
    steps: list[Command] = [
        RemoveMember(room=room, key=scene.key(), user="ana"),
        RemoveMember(room=room, key=scene.key(), user="bo"),
        SetRole(room=room, key=scene.key(), user="bo", role=Role.MEMBER),
        RemoveMember(room=room, key=scene.key(), user="cy"),
        RemoveMember(room=room, key=scene.key(), user="bo"),
    ]
    assert [code(scene.do(OPERATOR, step)) for step in steps] == ["ok", "last_owner", "last_owner", "ok", "ok"]
    assert scene.standing(room, "bo") == (MemberState.LEFT, Role.MEMBER)


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_self_room_is_no_room_for_operators(in_memory: bool) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    if in_memory:
        scene.do(ana, Hide(room=room, key=scene.key(), seq=1))
    assert (self_id("ana") in scene.registry.rooms) is in_memory
    commands: list[Command] = [Freeze(room=self_id("ana"), key=scene.key()), _post(scene, self_id("ana"))]
    assert [code(scene.do(OPERATOR, each)) for each in commands] == ["unknown_room"] * 2


def test_nobody_writes_to_the_audit() -> None:
    scene = Scene()
    assert code(scene.do(OPERATOR, _post(scene, AUDIT_ROOM))) == "unknown_room"
    assert code(scene.do(scene.enter("ana"), _post(scene, AUDIT_ROOM))) == "unknown_room"


def _post(scene: Scene, room: bytes) -> Post:
    return Post(room=room, key=scene.key(), content=text())


def test_operators_open_no_direct_rooms() -> None:
    refusal = POLICY.may_open("", "ana", NO_TIES)
    assert refusal is not None
    assert refusal.code == "forbidden"


def test_the_clause_names_every_command_by_which_operators_act_on_rooms() -> None:
    clause = re.search(
        r"^13\.2 .*?in every room but self rooms, (.*?)\. They see", PROTOCOL.read_text("utf-8"), re.MULTILINE
    )
    assert clause
    named = re.findall(r"`(\w+)`", clause[1])
    others = [each for each in get_args(Command) if each not in (*ALONE, *get_args(Settle), Ping)]
    assert sorted(named) == sorted(each.__name__ for each in others if refusal(each.__new__(each)) is None)
